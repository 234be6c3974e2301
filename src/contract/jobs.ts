import { z } from 'zod'
import { jobStates, scheduleStates } from './jobs.options.ts'
import { pageOf, pageQuery, requiredLine, timestamp, uuid } from './paging.ts'
import { defineRoutes } from './route.ts'

const count = z.number().int()

/** Never its payload: what a job is about is not everybody's business. */
export const jobView = z.object({
  id: uuid,
  /** `identity.send-letter` */
  job: z.string(),
  /** `mail`; null when this release has no such job. */
  queue: z.string().nullable(),
  state: z.enum(jobStates),
  tries: count,
  storedAt: timestamp,
  startedAt: timestamp.nullable(),
  /** When it was done or failed for good. */
  endedAt: timestamp.nullable(),
  /** Why its last try failed, without e-mail addresses. */
  error: z.string().nullable(),
  /** As the log names it: a failed job is kept under an id of its own. */
  logId: uuid,
  requestId: z.string().nullable(),
})
export type JobView = z.infer<typeof jobView>

export const queueView = z.object({
  job: z.string(),
  queue: z.string(),
  waiting: count,
  running: count,
  failed: count,
  doneLastHour: count,
  /** How long the oldest job that could run has waited. */
  oldestWaitingSeconds: count.nullable(),
})
export type QueueView = z.infer<typeof queueView>

export const scheduleView = z.object({
  job: z.string(),
  /** Five-field cron, Asia/Manila. */
  cron: z.string(),
  lastAt: timestamp.nullable(),
  nextAt: timestamp,
  state: z.enum(scheduleStates),
  /** The time that was missed or met late. */
  dueAt: timestamp.nullable(),
})
export type ScheduleView = z.infer<typeof scheduleView>

const params = z.object({ jobId: uuid })
/** A queue, or one job by its name. */
const queueName = requiredLine(100)
const ofQueue = z.strictObject({ queue: queueName })
const changed = z.object({ count })

export const jobRoutes = defineRoutes({
  queues: {
    method: 'GET',
    path: '/api/v1/jobs/queues',
    summary:
      'Each kind of job with what waits, runs, failed and was done in the last hour; and how many processes work.',
    permission: 'system.read',
    reply: z.object({ workers: count, items: z.array(queueView) }),
  },
  list: {
    method: 'GET',
    path: '/api/v1/jobs',
    summary: 'Jobs of one state (by default the failed ones), newest first; `queue` is a queue or the name of a job.',
    permission: 'system.read',
    query: z.object({ ...pageQuery, state: z.enum(jobStates).optional(), queue: queueName.optional() }),
    reply: pageOf(jobView),
  },
  show: {
    method: 'GET',
    path: '/api/v1/jobs/:jobId',
    summary: 'One job.',
    permission: 'system.read',
    params,
    reply: jobView,
  },
  retry: {
    method: 'POST',
    path: '/api/v1/jobs/:jobId/retry',
    summary: 'Run a failed job again.',
    permission: 'system.edit',
    params,
  },
  discard: {
    method: 'POST',
    path: '/api/v1/jobs/:jobId/discard',
    summary: 'Remove a failed job for good.',
    permission: 'system.edit',
    params,
  },
  retryAll: {
    method: 'POST',
    path: '/api/v1/jobs/retry',
    summary: 'Run all failed jobs of a queue, or of one kind, again.',
    permission: 'system.edit',
    body: ofQueue,
    reply: changed,
  },
  discardAll: {
    method: 'POST',
    path: '/api/v1/jobs/discard',
    summary: 'Remove all failed jobs of a queue, or of one kind, for good.',
    permission: 'system.edit',
    body: ofQueue,
    reply: changed,
  },
  schedules: {
    method: 'GET',
    path: '/api/v1/schedules',
    summary: 'Jobs that run by the clock: last and next time, and whether one was missed.',
    permission: 'system.read',
    reply: z.object({ items: z.array(scheduleView) }),
  },
})
