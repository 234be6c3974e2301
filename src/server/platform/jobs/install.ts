import { PgBoss } from 'pg-boss'
import type { Job } from './job.ts'

/** Jobs that failed for good, each with its error and the name of its queue. */
export const deadLetters = 'dead-letters'

/** A worker that is silent for so long is dead, and its jobs run again. */
const heartbeatSeconds = 12
const day = 86_400

/**
 * Later than any hard limit, which the operator may set after this was written: a dead process is noticed by its silence and a job
 * that does not end by the supervisor, so this is the last resort.
 */
const expireInSeconds = day - 1

const optionsOf = (job: Job) => ({
  retryLimit: job.attempts - 1,
  retryDelay: 5,
  // With jitter.
  retryBackoff: true,
  retryDelayMax: 3_600,
  expireInSeconds,
  heartbeatSeconds,
  deadLetter: deadLetters,
  notify: true,
  // Also how long a dead letter waits for a person.
  retentionSeconds: 90 * day,
  // The last firing of a schedule is read from its job, also of a monthly one.
  deleteAfterSeconds: (job.schedule ? 40 : 1) * day,
})

/** Creates or upgrades the queue tables and the queues; part of `obcms migrate`. */
export async function installQueues(url: string, jobs: readonly Job[]): Promise<void> {
  const boss = new PgBoss({ connectionString: url, max: 2, supervise: false, schedule: false, registerInstance: false })
  boss.on('error', () => {})
  await boss.start()
  try {
    if (!(await boss.getQueue(deadLetters))) await boss.createQueue(deadLetters)
    for (const job of jobs) {
      if (await boss.getQueue(job.name)) await boss.updateQueue(job.name, optionsOf(job))
      else await boss.createQueue(job.name, optionsOf(job))
    }
    for (const { name } of await boss.getQueues())
      if (name !== deadLetters && !name.startsWith('__pgboss') && !jobs.some((job) => job.name === name))
        await buryWaiting(boss, name)
    const planned = await boss.getSchedules()
    // A firing that came due while nothing ran is made up for, once.
    const options = { tz: 'Asia/Manila', missed: 'once' } as const
    for (const job of jobs) if (job.schedule) await boss.schedule(job.name, job.schedule, {}, options)
    for (const old of planned)
      if (!jobs.some((job) => job.name === old.name && job.schedule)) await boss.unschedule(old.name)
  } finally {
    await boss.stop({ graceful: false })
  }
}

/** Jobs that no release from now on knows would wait unseen: they become dead letters. */
async function buryWaiting(boss: PgBoss, name: string): Promise<void> {
  await boss.updateQueue(name, { deadLetter: deadLetters })
  for (;;) {
    const waiting = await boss.findJobs(name, { queued: true, limit: 100 })
    if (waiting.length === 0) return
    for (const { id } of waiting) await boss.update(name, undefined, { id, retryLimit: 0, deadLetter: deadLetters })
    const taken = await boss.fetch(name, { batchSize: 100, ignoreStartAfter: true })
    if (taken.length === 0) return
    await boss.fail(name, taken, { message: `This release has no job ${name}.` })
  }
}
