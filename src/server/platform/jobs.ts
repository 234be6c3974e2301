/** Background jobs: the front door of `jobs/`. */

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
