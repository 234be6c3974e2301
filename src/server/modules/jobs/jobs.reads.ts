import { type RawBuilder, sql } from 'kysely'
import type { JobState } from '#contract/jobs.options.ts'
import type { Position } from '#server/platform/cursor.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import { deadLetters } from '#server/platform/jobs.ts'

/** A row of the queue's own table; pg-boss lists one queue at a time and oldest first, which is no page for people. */
export interface JobRow {
  id: string
  job: string
  state: JobState
  tries: number
  storedAt: Date
  startedAt: Date | null
  endedAt: Date | null
  error: string | null
  logId: string
  requestId: string | null
  sortKey: string
}

const isDead = sql<boolean>`job.name = ${deadLetters}`
const columns = sql`
  job.id,
  coalesce(source_name, name) AS job,
  CASE WHEN ${isDead} THEN 'failed' WHEN state = 'active' THEN 'active' WHEN state < 'active' THEN 'waiting' ELSE 'done' END AS state,
  CASE WHEN ${isDead} THEN source_retry_count + 1 WHEN started_on IS NULL THEN 0 ELSE retry_count + 1 END AS tries,
  coalesce(source_created_on, created_on) AS "storedAt",
  CASE WHEN NOT ${isDead} THEN started_on END AS "startedAt",
  CASE WHEN ${isDead} THEN created_on ELSE completed_on END AS "endedAt",
  coalesce(source_output, output) ->> 'message' AS error,
  coalesce(source_id, job.id) AS "logId",
  data ->> '$request' AS "requestId",
  to_char(created_on AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "sortKey"`

const states: Record<JobState, RawBuilder<boolean>> = {
  failed: sql`${isDead} AND state < 'active'`,
  active: sql`NOT ${isDead} AND state = 'active'`,
  waiting: sql`NOT ${isDead} AND state < 'active'`,
  done: sql`NOT ${isDead} AND state = 'completed'`,
}

/** pg-boss keeps its own affairs in queues of this prefix. */
const ours = sql<boolean>`left(name, 8) <> '__pgboss'`

const clauseOf = ({ state, names }: JobFilter): RawBuilder<boolean> => {
  const named = state === 'failed' ? sql`source_name = ANY(${names})` : sql`name = ANY(${names})`
  return sql`${ours} AND ${states[state]} AND ${names ? named : sql`true`}`
}

export interface JobFilter {
  state: JobState
  names?: readonly string[] | undefined
}

export async function listJobs(
  db: Reader,
  filter: JobFilter,
  after: Position | undefined,
  limit: number,
): Promise<JobRow[]> {
  const position = after ? sql`(created_on, id) < (${after.key}::timestamptz, ${after.id}::uuid)` : sql`true`
  const { rows } = await sql<JobRow>`SELECT ${columns} FROM pgboss.job
    WHERE ${clauseOf(filter)} AND ${position} ORDER BY created_on DESC, id DESC LIMIT ${limit}`.execute(db)
  return rows
}

export async function countJobs(db: Reader, filter: JobFilter): Promise<number> {
  const { rows } = await sql<{
    count: number
  }>`SELECT count(*) AS count FROM pgboss.job WHERE ${clauseOf(filter)}`.execute(db)
  return rows[0]?.count ?? 0
}

export async function findJob(db: Reader, id: string, names: readonly string[]): Promise<JobRow | undefined> {
  const { rows } = await sql<JobRow>`SELECT ${columns} FROM pgboss.job
    WHERE id = ${id}::uuid AND name = ANY(${[...names, deadLetters]}) LIMIT 1`.execute(db)
  return rows[0]
}

/** Dead letters, held until the transaction ends so that two people do not decide on one. */
export async function holdDeadLetters(
  tx: Tx,
  filter: { id: string } | { names: readonly string[] },
  limit: number,
): Promise<{ id: string; job: string }[]> {
  const which = 'id' in filter ? sql`id = ${filter.id}::uuid` : sql`source_name = ANY(${filter.names})`
  const { rows } = await sql<{ id: string; job: string }>`SELECT id, source_name AS job FROM pgboss.job
    WHERE ${states.failed} AND source_name IS NOT NULL AND ${which} ORDER BY created_on LIMIT ${limit} FOR UPDATE SKIP LOCKED`.execute(
    tx,
  )
  return rows
}

export interface QueueCounts {
  job: string
  waiting: number
  running: number
  failed: number
  doneLastHour: number
  oldestWaitingSeconds: number | null
}

/** Counted now and not taken from the queue's own statistics, which are some seconds old after a decision. */
export async function countQueues(db: Reader): Promise<QueueCounts[]> {
  const { rows } = await sql<QueueCounts>`
    SELECT coalesce(source_name, name) AS job,
      count(*) FILTER (WHERE ${states.waiting}) AS waiting,
      count(*) FILTER (WHERE ${states.active}) AS running,
      count(*) FILTER (WHERE ${states.failed}) AS failed,
      count(*) FILTER (WHERE state = 'completed') AS "doneLastHour",
      floor(extract(epoch FROM now() - min(start_after) FILTER (WHERE ${states.waiting} AND start_after <= now())))::int AS "oldestWaitingSeconds"
    FROM pgboss.job
    WHERE ${ours} AND (state <= 'active' OR (state = 'completed' AND completed_on > now() - interval '1 hour'))
    GROUP BY 1`.execute(db)
  return rows
}
