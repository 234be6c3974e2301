import { z } from 'zod'
import type { JobState } from '#contract/jobs.options.ts'
import type { QueueView } from '#contract/jobs.ts'
import { audit, type Doer } from '#server/platform/audit.ts'
import { pageOf, positionOf } from '#server/platform/cursor.ts'
import { AppError } from '#server/platform/errors.ts'
import { type Job, jobsOf, queueOf } from '#server/platform/jobs.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { StartError } from '#server/platform/start-error.ts'
import { countJobs, countQueues, findJob, holdDeadLetters, type JobRow, listJobs } from './jobs.reads.ts'

export type JobEntry = JobRow & { queue: string | null }
export type JobsService = ReturnType<typeof jobsService>

interface ListInput {
  state?: JobState | undefined
  queue?: string | undefined
  cursor?: string | undefined
  limit?: number | undefined
}

type Deps = Pick<ModuleDeps, 'db' | 'clock' | 'jobDesk'> & { known: readonly Job[] }

/** Decided on at once, with an audit entry of each. */
const atOnce = 500
const moment = z.iso.datetime()

export function jobsService({ db, clock, jobDesk, known }: Deps) {
  const queues = new Map(known.map((job) => [job.name, queueOf(job)]))
  const withQueue = (row: JobRow): JobEntry => ({ ...row, queue: queues.get(row.job) ?? null })

  function namesOf(queue: string): string[] {
    try {
      return jobsOf(known, queue)
    } catch (cause) {
      if (!(cause instanceof StartError)) throw cause
      // A job that this release no longer has may still have failed.
      if (queue.includes('.')) return [queue]
      throw new AppError('invalid_input', cause.message, { fields: [{ path: 'queue', message: cause.message }] }, cause)
    }
  }

  /** @returns how many, at most `atOnce` */
  async function decide(
    what: 'retry' | 'discard',
    doer: Doer,
    filter: { id: string } | { names: readonly string[] },
  ): Promise<number> {
    return db.transact(async (tx) => {
      const found = await holdDeadLetters(tx, filter, atOnce)
      if (found.length === 0) return 0
      await jobDesk[what](
        tx,
        found.map(({ id }) => id),
      )
      const action = what === 'retry' ? 'job.retried' : 'job.discarded'
      for (const { id, job } of found)
        await audit(tx, clock, doer, { action, subject: { type: 'job', id }, after: { job } })
      return found.length
    })
  }

  async function decideOne(what: 'retry' | 'discard', doer: Doer, id: string): Promise<void> {
    if ((await decide(what, doer, { id })) > 0) return
    if (await findJob(db, id, [...queues.keys()]))
      throw new AppError('wrong_state', 'Only a failed job can be retried or discarded.')
    throw new AppError('not_found', 'There is no such failed job.')
  }

  async function decideAll(what: 'retry' | 'discard', doer: Doer, queue: string): Promise<number> {
    const names = namesOf(queue)
    let total = 0
    for (;;) {
      const count = await decide(what, doer, { names })
      total += count
      if (count < atOnce) return total
    }
  }

  return {
    async list({ state = 'failed', queue, cursor, limit = 50 }: ListInput) {
      const filter = { state, names: queue === undefined ? undefined : namesOf(queue) }
      const after = positionOf(cursor, moment)
      const rows = (await listJobs(db, filter, after, limit + 1)).map(withQueue)
      return { ...pageOf(rows, limit), total: after ? null : await countJobs(db, filter) }
    },

    async show(id: string): Promise<JobEntry> {
      const found = await findJob(db, id, [...queues.keys()])
      if (!found) throw new AppError('not_found', 'There is no such job.')
      return withQueue(found)
    },

    async queues(): Promise<{ workers: number; items: QueueView[] }> {
      const [workers, rows] = await Promise.all([jobDesk.countWorkers(), countQueues(db)])
      const counted = new Map(rows.map((row) => [row.job, row]))
      const none = { waiting: 0, running: 0, failed: 0, doneLastHour: 0, oldestWaitingSeconds: null }
      const names = new Set([...queues.keys(), ...counted.keys()])
      const items = [...names].map((job) => ({ ...none, ...counted.get(job), job, queue: queues.get(job) ?? '' }))
      return { workers, items: items.sort((a, b) => a.job.localeCompare(b.job)) }
    },

    schedules: () => jobDesk.schedules(clock.now()),

    /** @throws AppError `not_found`, `wrong_state` */
    retry: (doer: Doer, id: string) => decideOne('retry', doer, id),
    /** @throws AppError `not_found`, `wrong_state` */
    discard: (doer: Doer, id: string) => decideOne('discard', doer, id),
    /** @throws AppError `invalid_input` for a queue that there is not */
    retryAll: (doer: Doer, queue: string) => decideAll('retry', doer, queue),
    /** @throws AppError `invalid_input` for a queue that there is not */
    discardAll: (doer: Doer, queue: string) => decideAll('discard', doer, queue),
  }
}
