import { z } from 'zod'
import { intParam, pageOf, pageQuery, timestamp, uuid } from './paging.ts'
import { defineRoutes } from './route.ts'
import { findingLevels, keptEvents, processKinds } from './system.options.ts'

const count = z.number().int()

export const processView = z.object({
  id: uuid,
  kind: z.enum(processKinds),
  host: z.string(),
  pid: count,
  version: z.string(),
  startedAt: timestamp,
  seenAt: timestamp,
  /** Of the minute before it was seen. */
  requests: count,
  errors: count,
  /** 95 of 100 requests were faster; null when there was none. */
  p95Ms: z.number().nullable(),
  /** Longest delay of the event loop. */
  loopMs: z.number(),
  memoryMb: count,
  pool: z.object({ total: count, waiting: count }).nullable(),
})
export type ProcessView = z.infer<typeof processView>

const readinessView = z.object({
  /** database, cache, storage, migrations */
  name: z.string(),
  ok: z.boolean(),
  ms: count,
  why: z.string().nullable(),
})

export const systemView = z.object({
  now: timestamp,
  version: z.string(),
  production: z.boolean(),
  /** Seen within the last 90 seconds. */
  processes: z.array(processView),
  ready: z.array(readinessView),
  database: z.object({
    version: z.string(),
    bytes: count,
    connections: z.object({ used: count, allowed: count }),
    migration: z.object({ name: z.string(), at: timestamp }).nullable(),
  }),
  /** Not shared: each process remembers for itself. */
  cache: z.object({ shared: z.boolean(), up: z.boolean() }),
  /** The volume where files are kept; null when it cannot be reached. */
  files: z.object({ freeBytes: count, totalBytes: count }).nullable(),
})
export type SystemView = z.infer<typeof systemView>

/** Null: no process was there to be measured. */
export const samplePoint = z.object({
  /** End of the time it stands for. */
  at: timestamp,
  requestsPerSecond: z.number().nullable(),
  errors: count.nullable(),
  p95Ms: z.number().nullable(),
  memoryMb: count.nullable(),
  loopMs: z.number().nullable(),
  jobsDone: count.nullable(),
  jobsFailed: count.nullable(),
})
export type SamplePoint = z.infer<typeof samplePoint>

export const securityEventView = z.object({
  id: count,
  at: timestamp,
  event: z.enum(keptEvents),
  user: z.object({ id: uuid, name: z.string() }).nullable(),
  address: z.string().nullable(),
  requestId: z.string().nullable(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})
export type SecurityEventView = z.infer<typeof securityEventView>

export const findingView = z.object({
  /** `area.thing`; never changes. */
  id: z.string(),
  level: z.enum(findingLevels),
  what: z.string(),
  mend: z.string(),
})
export type FindingView = z.infer<typeof findingView>

export const systemRoutes = defineRoutes({
  show: {
    method: 'GET',
    path: '/api/v1/system',
    summary: 'How the system runs now: processes, database, cache, files.',
    permission: 'system.read',
    reply: systemView,
  },
  samples: {
    method: 'GET',
    path: '/api/v1/system/samples',
    summary: 'Figures of all processes over the last hours (24 by default), at most 150 points, oldest first.',
    permission: 'system.read',
    query: z.object({ hours: intParam(1, 24).optional() }),
    reply: z.object({ secondsPerPoint: count, items: z.array(samplePoint) }),
  },
  securityEvents: {
    method: 'GET',
    path: '/api/v1/system/security-events',
    summary: 'Security events of the last 30 days, newest first.',
    permission: 'system.read',
    query: z.object({ ...pageQuery, event: z.enum(keptEvents).optional() }),
    reply: pageOf(securityEventView),
  },
  checks: {
    method: 'GET',
    path: '/api/v1/system/checks',
    summary: 'What `obcms check --deploy` finds; asked at most every 30 seconds.',
    permission: 'system.read',
    reply: z.object({ at: timestamp, items: z.array(findingView) }),
  },
})
