import { sql } from 'kysely'
import type { EventData, EventKind } from '#contract/events.ts'
import type { Reader, Tx } from '../db.ts'

export interface EventRecord {
  id: number
  userId: string
  kind: EventKind
  data: EventData[EventKind]
  at: string
}

export async function insertEvent(tx: Tx, event: { userId: string; kind: string; data: object }, now: Date) {
  const { id } = await tx
    .insertInto('events')
    .values({ user_id: event.userId, kind: event.kind, data: sql`${JSON.stringify(event.data)}::jsonb`, at: now })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export interface Sight {
  /** Every transaction below it is over, as this look saw it. */
  xmin: bigint
  /** No transaction from it on had begun. */
  xmax: bigint
  /** The highest id. */
  top: number
  events: EventRecord[]
}

const fields = sql`id, user_id AS "userId", kind, data, at`

/** Everybody's events above an id, and how far other transactions were at that very moment. */
export async function lookAbove(db: Reader, id: number): Promise<Sight> {
  const { rows } = await sql<{ xmin: string; xmax: string; top: number | null; events: EventRecord[] }>`
    SELECT pg_snapshot_xmin(s)::text AS xmin, pg_snapshot_xmax(s)::text AS xmax, (SELECT max(id) FROM events) AS top,
      (SELECT coalesce(json_agg(e), '[]') FROM (SELECT ${fields} FROM events WHERE id > ${id} ORDER BY id) e) AS events
    FROM pg_current_snapshot() s`.execute(db)
  const [row] = rows
  if (!row) throw new Error('no snapshot')
  return { xmin: BigInt(row.xmin), xmax: BigInt(row.xmax), top: row.top ?? 0, events: row.events }
}

/** The top alone, for who begins to look. */
export async function findTop(db: Reader): Promise<number> {
  const { rows } = await sql<{ top: number | null }>`SELECT max(id) AS top FROM events`.execute(db)
  return rows[0]?.top ?? 0
}

/** One person's events after an id; the newest when there are too many. */
export async function listEventsOf(db: Reader, userId: string, after: number, most: number): Promise<EventRecord[]> {
  const { rows } = await sql<EventRecord>`SELECT ${fields} FROM events
    WHERE user_id = ${userId} AND id > ${after} ORDER BY id DESC LIMIT ${most}`.execute(db)
  return rows.reverse()
}

export async function removeEvents(tx: Tx, before: Date): Promise<number> {
  return Number((await tx.deleteFrom('events').where('at', '<', before).executeTakeFirst()).numDeletedRows)
}
