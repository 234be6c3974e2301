import type { KeptEvent, ProcessKind } from '#contract/system.options.ts'
import { type ProcessView, type SecurityEventView, systemRoutes } from '#contract/system.ts'
import type { Config } from '#server/platform/config.ts'
import type { HttpServer } from '#server/platform/http.ts'
import { version } from '#server/platform/version.ts'
import type { EventRecord } from './system.reads.ts'
import type { SampleRecord } from './system.repo.ts'
import { type SystemService, withoutCredentials } from './system.service.ts'

const toProcess = (row: SampleRecord): ProcessView => ({
  id: row.process_id,
  kind: row.kind as ProcessKind,
  host: row.host,
  pid: row.pid,
  version: row.version,
  startedAt: row.started_at.toISOString(),
  seenAt: row.at.toISOString(),
  requests: row.requests,
  errors: row.errors,
  p95Ms: row.p95_ms,
  loopMs: row.loop_ms,
  memoryMb: row.memory_mb,
  pool: row.pool_total === null ? null : { total: row.pool_total, waiting: row.pool_waiting ?? 0 },
})

const toEvent = (row: EventRecord): SecurityEventView => ({
  id: row.id,
  at: row.at.toISOString(),
  event: row.event as KeptEvent,
  user: row.user_id && row.user_name ? { id: row.user_id, name: row.user_name } : null,
  address: row.address,
  requestId: row.request_id,
  facts: row.facts as SecurityEventView['facts'],
})

export function systemHttp(server: HttpServer, system: SystemService, { production }: Config): void {
  server.serve(systemRoutes, {
    async show() {
      const { now, processes, outcomes, database, cache, files } = await system.show()
      return {
        now: now.toISOString(),
        version,
        production,
        processes: processes.map(toProcess),
        ready: Object.entries(outcomes).map(([name, { ok, ms, why }]) => ({
          name,
          ok,
          ms,
          why: why === undefined ? null : withoutCredentials(why),
        })),
        database: {
          version: database.version,
          bytes: database.bytes,
          connections: { used: database.used, allowed: database.allowed },
          migration:
            database.migration && database.migrated_at
              ? { name: database.migration, at: database.migrated_at.toISOString() }
              : null,
        },
        cache,
        files,
      }
    },
    async samples({ query }) {
      const { secondsPerPoint, points } = await system.samples(query.hours)
      return { secondsPerPoint, items: points.map((point) => ({ ...point, at: point.at.toISOString() })) }
    },
    async securityEvents({ query }) {
      const { items, ...page } = await system.securityEvents(query)
      return { items: items.map(toEvent), ...page }
    },
    async checks() {
      const { at, rows } = await system.checks()
      return {
        at: at.toISOString(),
        items: rows.map(({ id, level, what, mend }) => ({ id, level, what: withoutCredentials(what), mend })),
      }
    },
  })
}
