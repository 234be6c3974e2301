import { StartError } from '../start-error.ts'
import { type Job, queueOf } from './job.ts'

/** Names of the jobs of a queue (`mail`), or of one job by its own name. @throws StartError naming the queues there are */
export function jobsOf(jobs: readonly Job[], queue: string): string[] {
  const names = jobs.filter((job) => queueOf(job) === queue || job.name === queue).map(({ name }) => name)
  if (names.length > 0) return names
  const known = [...new Set(jobs.map(queueOf))].sort().join(', ')
  throw new StartError(`There is no queue ${queue}; there are ${known}.`)
}

/** @throws StartError for a name that is none, before anything is opened */
export function assertQueues(jobs: readonly Job[], queues: readonly string[] | undefined): void {
  if (queues?.length === 0) throw new StartError('Name at least one queue after --queues.')
  for (const queue of queues ?? []) jobsOf(jobs, queue)
}
