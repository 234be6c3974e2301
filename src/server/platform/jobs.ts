/**
 * Background jobs: the front door of `jobs/`.
 *
 * A job is done when its handler has ended, so a job whose process dies runs again; its effects must bear that. Each time a job is
 * taken the number of its try rises, and the queue takes a completion or a failure only from the try that holds the job: of a dead
 * or slow process that speaks up late nothing is recorded, and there is exactly one completion.
 */

export type { JobDesk } from './jobs/desk.ts'
export { deadLetters, installQueues } from './jobs/install.ts'
export {
  defineJob,
  type Enqueue,
  handles,
  type Job,
  type JobContext,
  type JobRegistration,
  queueOf,
} from './jobs/job.ts'
export { type Jobs, openJobs } from './jobs/open.ts'
export { assertQueues, jobsOf } from './jobs/queues.ts'
export type { JobWatch } from './jobs/run.ts'
