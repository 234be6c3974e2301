import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { JobState } from '#contract/jobs.options.ts'
import { call } from '#web/lib/api.ts'
import { queryClient } from '#web/lib/query.ts'

export const failedPageSize = 25
const shownRunning = '20'
const lookAgainMs = 4_000

export const queuesQuery = queryOptions({
  queryKey: ['jobs', 'queues'],
  queryFn: ({ signal }) => call('GET /api/v1/jobs/queues', { signal }),
  refetchInterval: lookAgainMs,
})

export const schedulesQuery = queryOptions({
  queryKey: ['jobs', 'schedules'],
  queryFn: ({ signal }) => call('GET /api/v1/schedules', { signal }),
  refetchInterval: lookAgainMs,
})

const list = (state: JobState, limit: string, queue?: string, cursor?: string) =>
  queryOptions({
    queryKey: ['jobs', 'list', state, queue ?? '', cursor ?? ''],
    queryFn: ({ signal }) => call('GET /api/v1/jobs', { query: { state, queue, cursor, limit }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: lookAgainMs,
  })

export const runningJobs = list('active', shownRunning)
export const failedJobs = (queue: string | undefined, cursor: string | undefined) =>
  list('failed', String(failedPageSize), queue, cursor)

export type Decision = 'retry' | 'discard'
/** One failed job by its id, or all of a kind. */
export type Subject = { jobId: string; job: string } | { allOf: string; count: number }

export async function decide(what: Decision, subject: Subject): Promise<number> {
  let count = 1
  if ('allOf' in subject) {
    const body = { queue: subject.allOf }
    count = (
      what === 'retry'
        ? await call('POST /api/v1/jobs/retry', { body })
        : await call('POST /api/v1/jobs/discard', { body })
    ).count
  } else if (what === 'retry') await call('POST /api/v1/jobs/:jobId/retry', { params: { jobId: subject.jobId } })
  else await call('POST /api/v1/jobs/:jobId/discard', { params: { jobId: subject.jobId } })
  await queryClient.invalidateQueries({ queryKey: ['jobs'] })
  return count
}
