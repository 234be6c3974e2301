import { fromKysely, PgBoss, type Job as QueuedJob } from 'pg-boss'
import type { z } from 'zod'
import type { Tx } from './db.ts'
import type { Log } from './log.ts'

/** What a job is; its body is a handler, loaded only where jobs run. */
export interface Job<P extends object = object> {
  /** `module.verb-object` */
  name: string
  payload: z.ZodType<P>
  /** Tries in all before the job is a dead letter. */
  attempts: number
  /** Seconds one try may take. */
  limitSeconds: number
  /** Five-field cron, Asia/Manila. A scheduled job has an empty payload. */
  schedule?: string
}

export const defineJob = <P extends object>(job: Job<P>): Job<P> => job

export interface JobContext {
  log: Log
  /** Aborted when the process stops or the limit is reached. */
  signal: AbortSignal
  /** Nobody tries again when this try fails: say so where a person looks. */
  lastTry: boolean
}

export type JobHandler<P extends object> = (payload: P, context: JobContext) => Promise<void>

export interface JobRegistration {
  job: Job
  handle: JobHandler<object>
}

/** Ties a job to the function that does it. Handlers rethrow and are idempotent: a job may run again after a crash. */
export const handles = <P extends object>(job: Job<P>, handle: JobHandler<P>): JobRegistration => ({
  job: job as unknown as Job,
  handle: handle as unknown as JobHandler<object>,
})

export type Enqueue = <P extends object>(tx: Tx, job: Job<P>, payload: P) => Promise<void>

export interface Jobs {
  /** Stores the job in the caller's transaction: no change without its job, no job without its change. */
  enqueue: Enqueue
  /** Starts taking jobs; returns when every queue is being watched. */
  work(registrations: readonly JobRegistration[]): Promise<void>
  /** Runs what is queued now, one after the other, in this call. @returns how many ran */
  runQueued(registrations: readonly JobRegistration[]): Promise<number>
  close(): Promise<void>
}

const deadLetters = 'dead-letters'
const heartbeatSeconds = 20

/** Creates or upgrades the queue tables and the queues; part of `obcms migrate`. */
export async function installQueues(url: string, jobs: readonly Job[]): Promise<void> {
  const boss = new PgBoss({ connectionString: url, max: 2, supervise: false, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  try {
    if (!(await boss.getQueue(deadLetters))) await boss.createQueue(deadLetters)
    for (const job of jobs) {
      const options = {
        retryLimit: job.attempts - 1,
        retryDelay: 5,
        retryBackoff: true,
        expireInSeconds: job.limitSeconds,
        heartbeatSeconds,
        deadLetter: deadLetters,
      }
      if (await boss.getQueue(job.name)) await boss.updateQueue(job.name, options)
      else await boss.createQueue(job.name, { ...options, notify: true })
    }
    const planned = await boss.getSchedules()
    for (const job of jobs) if (job.schedule) await boss.schedule(job.name, job.schedule, {}, { tz: 'Asia/Manila' })
    for (const old of planned) {
      if (!jobs.some((job) => job.name === old.name && job.schedule)) await boss.unschedule(old.name)
    }
  } finally {
    await boss.stop({ graceful: false })
  }
}

export interface JobsOptions {
  url: string
  log: Log
  /** Connections for the queue itself. */
  poolSize?: number
  /** Runs schedules and upkeep as well. */
  works: boolean
}

export async function openJobs({ url, log, poolSize = 3, works }: JobsOptions): Promise<Jobs> {
  const boss = new PgBoss({
    connectionString: url,
    max: poolSize,
    application_name: 'obcms jobs',
    migrate: false,
    createSchema: false,
    supervise: works,
    // A job whose worker was killed is seen within these after its heartbeat ran out (its own default is a minute).
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
    schedule: works,
    useListenNotify: works,
  })
  boss.on('error', (error) => log.error({ err: error }, 'job queue'))
  await boss.start()

  const run = async (registration: JobRegistration, taken: QueuedJob<object>, signal: AbortSignal): Promise<void> => {
    const jobLog = log.child({ job: registration.job.name, jobId: taken.id })
    const started = performance.now()
    try {
      const lastTry = taken.retryCount >= registration.job.attempts - 1
      await registration.handle(registration.job.payload.parse(taken.data ?? {}), { log: jobLog, signal, lastTry })
      jobLog.info({ ms: Math.round(performance.now() - started) }, 'job done')
    } catch (error) {
      jobLog.error({ err: error }, 'job failed')
      throw error
    }
  }

  return {
    async enqueue(tx, job, payload) {
      await boss.send(job.name, job.payload.parse(payload), { db: fromKysely(tx) })
    },
    async work(registrations) {
      for (const registration of registrations) {
        const worker: { id?: string } = {}
        worker.id = await boss.work(
          registration.job.name,
          { pollingIntervalSeconds: 2, batchSize: 1 },
          async (batch) => {
            try {
              for (const job of batch) await run(registration, job as QueuedJob<object>, job.signal)
            } finally {
              // Jobs stored together wake a worker once: without this the second one waits for the next poll.
              if (worker.id) boss.notifyWorker(worker.id)
            }
          },
        )
      }
    },
    async runQueued(registrations) {
      let ran = 0
      for (let found = true; found; ) {
        found = false
        for (const registration of registrations) {
          for (const job of await boss.fetch<object>(registration.job.name, {
            batchSize: 1,
            ignoreStartAfter: true,
          } as object)) {
            found = true
            ran += 1
            try {
              await run(registration, job, new AbortController().signal)
              await boss.complete(registration.job.name, job.id)
            } catch (error) {
              await boss.fail(registration.job.name, job.id, { message: String(error) })
            }
          }
        }
      }
      return ran
    },
    close: () => boss.stop({ graceful: true, timeout: 10_000 }),
  }
}
