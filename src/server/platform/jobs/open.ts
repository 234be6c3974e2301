import { setTimeout as sleep } from 'node:timers/promises'
import { fromKysely, type JobResult, type JobWithMetadata, PgBoss } from 'pg-boss'
import { createDesk, type JobDesk } from './desk.ts'
import { handBack } from './hand-back.ts'
import { type Enqueue, type JobRegistration, queueOf } from './job.ts'
import { packed } from './payload.ts'
import { type RunOptions, runTry, type Taken } from './run.ts'
import { watchSchedules } from './schedules.ts'

export interface Jobs {
  /** Stores the job in the caller's transaction: no change without its job, no job without its change. */
  enqueue: Enqueue
  /** What administrators see and decide. */
  desk: JobDesk
  /**
   * Starts taking jobs; returns when every queue is being watched.
   * @param options.queues only jobs of these queues
   */
  work(registrations: readonly JobRegistration[], options?: { queues?: readonly string[] | undefined }): Promise<void>
  /** Runs what is queued now, one after the other, in this call. @returns how many ran */
  runQueued(registrations: readonly JobRegistration[]): Promise<number>
  /** Takes no more; running jobs get the time of grace to end, then they are handed back to run elsewhere. */
  close(): Promise<void>
}

export interface JobsOptions extends RunOptions {
  /** Past PgBouncer: it listens. */
  url: string
  /** Connections for the queue itself. */
  poolSize?: number
  /** Runs schedules and upkeep as well. */
  works: boolean
  /** How long `close` waits for running jobs. */
  graceMs?: number
}

const defaultConcurrency = 2
/** Jobs are asked to stop so long before the time of grace ends, or for its last fifth when that is shorter. */
const farewellMs = 5_000
/** With a heartbeat of twelve seconds: three may be late before a worker counts as dead. */
const heartbeatRefreshSeconds = 4
/** How soon silence is noticed. */
const superviseSeconds = 4
/** Retries come due without a notice. */
const pollSeconds = 2

export async function openJobs(options: JobsOptions): Promise<Jobs> {
  const { url, log, poolSize = 3, works, graceMs = 10_000 } = options
  let closing = false
  const boss = new PgBoss({
    connectionString: url,
    max: poolSize,
    application_name: 'obcms jobs',
    migrate: false,
    createSchema: false,
    supervise: works,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    schedule: works,
    useListenNotify: works,
    registerInstance: works,
    instanceName: 'worker',
  })
  boss.on('error', (error) => closing || log.error({ err: error }, 'job queue'))
  await boss.start()

  const running = new Map<string, { taken: Taken; stop: AbortController }>()
  const watched = new Set<string>()
  let unwatchSchedules = (): void => {}

  /** One taken job to its end; a try that fails because the process stops is handed back. */
  async function attempt(registration: JobRegistration, taken: Taken): Promise<JobResult> {
    if (closing) {
      await handBack(boss, [taken])
      return { id: taken.id, status: 'failed' }
    }
    const stop = new AbortController()
    running.set(taken.id, { taken, stop })
    const result = await runTry(registration, taken, stop, options)
    if (closing && stop.signal.aborted && result.status !== 'completed') await handBack(boss, [taken])
    running.delete(taken.id)
    return result
  }

  return {
    desk: createDesk(boss),

    async enqueue(tx, job, payload, onceId) {
      await boss.send(job.name, packed(job, payload), { db: fromKysely(tx), ...(onceId && { id: onceId }) })
    },

    async work(registrations, { queues } = {}) {
      const chosen = registrations.filter(
        ({ job }) => !queues || queues.includes(queueOf(job)) || queues.includes(job.name),
      )
      for (const registration of chosen) {
        const { name, concurrency = defaultConcurrency, batch = 1 } = registration.job
        watched.add(name)
        for (let index = 0; index < concurrency; index += 1) {
          const worker: { id?: string } = {}
          worker.id = await boss.work(
            name,
            {
              pollingIntervalSeconds: pollSeconds,
              notifyPollingIntervalSeconds: pollSeconds,
              heartbeatRefreshSeconds,
              batchSize: batch,
              includeMetadata: true,
              perJobResults: true,
            },
            async (taken: JobWithMetadata<object>[]) => {
              const results = await Promise.all(taken.map((one) => attempt(registration, one)))
              // More may wait than one notice told of: look again before the next poll.
              if (worker.id) boss.notifyWorker(worker.id)
              return results
            },
          )
        }
      }
      unwatchSchedules = watchSchedules(boss, log)
    },

    async runQueued(registrations) {
      let ran = 0
      for (let found = true; found; ) {
        found = false
        for (const registration of registrations) {
          const { name } = registration.job
          const [taken] = await boss.fetch<object>(name, { includeMetadata: true, ignoreStartAfter: true })
          if (!taken) continue
          found = true
          ran += 1
          const result = await runTry(
            registration,
            { ...taken, signal: new AbortController().signal },
            new AbortController(),
            options,
          )
          if (result.status === 'completed') await boss.complete(name, taken)
          else await boss.fail(name, taken, result.output)
        }
      }
      return ran
    },

    async close() {
      if (closing) return
      closing = true
      unwatchSchedules()
      const ended = Promise.all([...watched].map((name) => boss.offWork(name)))
      const farewell = Math.min(farewellMs, graceMs / 5)
      const over = new AbortController()
      const pause = (ms: number) => sleep(ms, undefined, { signal: over.signal }).catch(() => {})
      await Promise.race([ended, pause(graceMs - farewell)])
      for (const { stop } of running.values()) stop.abort(new Error('the process stops'))
      await Promise.race([ended, pause(farewell)])
      over.abort()
      const left = [...running.values()].map(({ taken }) => taken)
      if (left.length > 0) log.warn({ jobs: left.map(({ id, name }) => ({ id, name })) }, 'jobs handed back')
      await handBack(boss, left).catch((err: unknown) => log.error({ err }, 'jobs could not be handed back'))
      await boss.stop({ graceful: false })
    },
  }
}
