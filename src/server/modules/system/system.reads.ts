import { sql } from 'kysely'
import type { KeptEvent } from '#contract/system.options.ts'
import type { Reader } from '#server/platform/db.ts'
import type { Minute } from './samples.rules.ts'

/** All processes together, minute by minute. */
export async function listMinutes(db: Reader, after: Date): Promise<Minute[]> {
  const { rows } = await sql<Minute>`
    SELECT minute, sum(requests)::int AS requests, sum(errors)::int AS errors, max(p95_ms) AS "p95Ms",
      max(loop_ms) AS "loopMs", sum(memory_mb)::int AS "memoryMb",
      sum(jobs_done)::int AS "jobsDone", sum(jobs_failed)::int AS "jobsFailed"
    FROM (
      SELECT floor(extract(epoch FROM at) / 60)::int AS minute, process_id, sum(requests) AS requests, sum(errors) AS errors,
        max(p95_ms) AS p95_ms, max(loop_ms) AS loop_ms, max(memory_mb) AS memory_mb,
        sum(jobs_done) AS jobs_done, sum(jobs_failed) AS jobs_failed
      FROM system_samples WHERE at > ${after} GROUP BY 1, 2
    ) AS each GROUP BY minute`.execute(db)
  return rows
}

export interface DatabaseFacts {
  version: string
  bytes: number
  used: number
  allowed: number
  migration: string | null
  migrated_at: Date | null
}

export async function readDatabase(db: Reader): Promise<DatabaseFacts> {
  const { rows } = await sql<DatabaseFacts>`
    SELECT current_setting('server_version') AS version,
      pg_database_size(current_database()) AS bytes,
      (SELECT sum(numbackends)::int FROM pg_stat_database) AS used,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS allowed,
      latest.name AS migration, latest.applied_at AS migrated_at
    FROM (SELECT) AS one
    LEFT JOIN (SELECT name, applied_at FROM schema_migrations ORDER BY applied_at DESC, name DESC LIMIT 1) AS latest ON true
  `.execute(db)
  return rows[0] as DatabaseFacts
}

export interface EventRecord {
  id: number
  at: Date
  event: string
  user_id: string | null
  user_name: string | null
  address: string | null
  request_id: string | null
  facts: unknown
}

export const listEvents = (
  db: Reader,
  filter: { event?: KeptEvent | undefined; before?: number | undefined },
  limit: number,
): Promise<EventRecord[]> =>
  db
    .selectFrom('security_events as entry')
    .leftJoin('users', 'users.id', 'entry.user_id')
    .select(['entry.id', 'entry.at', 'entry.event', 'entry.user_id', 'users.name as user_name'])
    .select(['entry.address', 'entry.request_id', 'entry.facts'])
    .$if(filter.event !== undefined, (query) => query.where('entry.event', '=', filter.event as string))
    .$if(filter.before !== undefined, (query) => query.where('entry.id', '<', filter.before as number))
    .orderBy('entry.id', 'desc')
    .limit(limit)
    .execute() as Promise<EventRecord[]>

export async function countEvents(db: Reader, event: KeptEvent | undefined): Promise<number> {
  const row = await db
    .selectFrom('security_events')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .$if(event !== undefined, (query) => query.where('event', '=', event as string))
    .executeTakeFirstOrThrow()
  return row.count
}
