import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { MoveState } from '#contract/media.options.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import type { StoreName } from '#server/platform/storage.ts'
import { type Figures, leaseMs } from './media.rules.ts'

export interface MoveRecord extends Figures {
  id: string
  target: StoreName
  state: MoveState
  limit: number | null
  speed: number
  problem: string | null
  startedAt: Date
  startedBy: string | null
  verifyingSince: Date | null
  worker: string | null
  beatAt: Date
  endedAt: Date | null
  cleanupAskedAt: Date | null
  cleanedAt: Date | null
}

const underWay = ['copying', 'verifying'] as const

/** The one that counts; `hold` until the transaction ends. */
export async function findNewestMove(db: Reader, hold = false): Promise<MoveRecord | undefined> {
  let query = db.selectFrom('media_moves').selectAll().orderBy('started_at', 'desc').orderBy('id', 'desc').limit(1)
  if (hold) query = query.forUpdate()
  const row = await query.executeTakeFirst()
  return (
    row && {
      id: row.id,
      target: row.target as StoreName,
      state: row.state as MoveState,
      limit: row.bytes_per_second,
      total: { objects: row.objects_total, bytes: row.bytes_total },
      copied: { objects: row.objects_copied, bytes: row.bytes_copied },
      verified: { objects: row.objects_verified, bytes: row.bytes_verified },
      speed: row.speed,
      problem: row.problem,
      startedAt: row.started_at,
      startedBy: row.started_by,
      verifyingSince: row.verifying_since,
      worker: row.worker,
      beatAt: row.beat_at,
      endedAt: row.ended_at,
      cleanupAskedAt: row.cleanup_asked_at,
      cleanedAt: row.cleaned_at,
    }
  )
}

export async function insertMove(
  tx: Tx,
  move: { target: StoreName; limit: number | null; startedBy: string | null },
  now: Date,
): Promise<string> {
  const id = uuidv7()
  await tx
    .insertInto('media_moves')
    .values({
      id,
      target: move.target,
      state: 'copying',
      bytes_per_second: move.limit,
      started_at: now,
      started_by: move.startedBy,
      beat_at: now,
    })
    .execute()
  return id
}

/** Ends with it, unless it goes on. */
export async function markState(
  tx: Tx,
  id: string,
  state: MoveState,
  now: Date,
  more: { problem?: string | null; limit?: number | null; verifyingSince?: Date } = {},
): Promise<void> {
  await tx
    .updateTable('media_moves')
    .set({
      state,
      problem: more.problem ?? null,
      ended_at: state === 'switched' || state === 'cancelled' ? now : null,
      ...(more.limit !== undefined && { bytes_per_second: more.limit }),
      ...(more.verifyingSince && { verifying_since: more.verifyingSince }),
    })
    .where('id', '=', id)
    .execute()
}

/** Takes the move for one worker, when nobody works on it. */
export async function markWorker(tx: Tx, id: string, worker: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('media_moves')
    .set({ worker, beat_at: now })
    .where('id', '=', id)
    .where('state', 'in', underWay)
    .where((either) =>
      either.or([either('worker', 'is', null), either('beat_at', '<=', new Date(now.getTime() - leaseMs))]),
    )
    .executeTakeFirst()
  return numUpdatedRows > 0
}

/** @returns what became of the move meanwhile; undefined when another works on it */
export async function markBeat(
  tx: Tx,
  id: string,
  worker: string,
  now: Date,
  { total, copied, verified }: Figures,
  speed: number,
): Promise<MoveState | undefined> {
  const row = await tx
    .updateTable('media_moves')
    .set({
      beat_at: now,
      objects_total: total.objects,
      bytes_total: total.bytes,
      objects_copied: copied.objects,
      bytes_copied: copied.bytes,
      objects_verified: verified.objects,
      bytes_verified: verified.bytes,
      speed: Math.round(speed),
    })
    .where('id', '=', id)
    .where('worker', '=', worker)
    .returning('state')
    .executeTakeFirst()
  return row?.state as MoveState | undefined
}

/** Only the one who works on it ends its work; `problem` says why it did not get on. */
export async function markLeft(tx: Tx, id: string, worker: string, problem: string | undefined): Promise<void> {
  await tx
    .updateTable('media_moves')
    .set({ worker: null, speed: 0, ...(problem && { problem }) })
    .where('id', '=', id)
    .where('worker', '=', worker)
    .execute()
}

export async function markPhase(
  tx: Tx,
  id: string,
  worker: string,
  from: MoveState,
  to: { state: MoveState; problem?: string; verifyingSince?: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('media_moves')
    .set({
      state: to.state,
      problem: to.problem ?? null,
      ...(to.verifyingSince && { verifying_since: to.verifyingSince }),
    })
    .where('id', '=', id)
    .where('worker', '=', worker)
    .where('state', '=', from)
    .executeTakeFirst()
  return numUpdatedRows > 0
}

export async function markCleanupAsked(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.updateTable('media_moves').set({ cleanup_asked_at: now }).where('id', '=', id).execute()
}

export async function markCleaned(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.updateTable('media_moves').set({ cleaned_at: now, cleanup_asked_at: null }).where('id', '=', id).execute()
}

/** When those that are still kept were last handed in. */
export async function listKeptAt(tx: Tx, sha256s: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ sha256: string; keptAt: string }>`
    SELECT sha256, kept_at::text AS "keptAt" FROM objects WHERE sha256 = ANY(${sha256s})`.execute(tx)
  return new Map(rows.map(({ sha256, keptAt }) => [sha256, keptAt]))
}

export async function insertCopies(tx: Tx, sha256s: readonly string[], store: StoreName, now: Date): Promise<void> {
  await sql`INSERT INTO object_copies (sha256, store, written_at)
    SELECT sha256, ${store}, ${now} FROM unnest(${sha256s}::text[]) AS sha256
    ON CONFLICT (sha256, store) DO UPDATE SET written_at = excluded.written_at, verified_at = NULL, problem = NULL`.execute(
    tx,
  )
}

export async function markVerified(tx: Tx, sha256s: readonly string[], store: StoreName, now: Date): Promise<void> {
  await tx
    .updateTable('object_copies')
    .set({ verified_at: now, problem: null })
    .where('store', '=', store)
    .where('sha256', 'in', sha256s)
    .execute()
}

/** @returns whether there still is such a copy */
export async function markDamaged(
  tx: Tx,
  sha256: string,
  store: StoreName,
  problem: 'missing' | 'altered',
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('object_copies')
    .set({ problem, verified_at: now })
    .where('sha256', '=', sha256)
    .where('store', '=', store)
    .executeTakeFirst()
  return numUpdatedRows > 0
}

export async function removeCopy(tx: Tx, sha256: string, store: StoreName): Promise<void> {
  await tx.deleteFrom('object_copies').where('sha256', '=', sha256).where('store', '=', store).execute()
}

/** @throws what the database says when something uses it after all */
export async function removeObject(tx: Tx, sha256: string, unusedBefore: Date): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('objects')
    .where('sha256', '=', sha256)
    .where('unused_since', '<', unusedBefore)
    .where('kept_at', '<', unusedBefore)
    .executeTakeFirst()
  return numDeletedRows > 0
}

export interface Reference {
  table: string
  column: string
}

const isUsed = (references: readonly Reference[]) =>
  sql.join(
    references.map(
      ({ table, column }) =>
        sql`EXISTS (SELECT FROM ${sql.table(table)} AS r WHERE ${sql.ref(`r.${column}`)} = objects.sha256)`,
    ),
    sql` OR `,
  )

/** @returns how many were marked; at most `limit` */
export async function markUnused(
  tx: Tx,
  references: readonly Reference[],
  keptBefore: Date,
  now: Date,
  limit: number,
): Promise<number> {
  const { numAffectedRows } = await sql`UPDATE objects SET unused_since = ${now} WHERE sha256 IN (
    SELECT sha256 FROM objects WHERE unused_since IS NULL AND kept_at < ${keptBefore} AND NOT (${isUsed(references)})
    LIMIT ${limit})`.execute(tx)
  return Number(numAffectedRows ?? 0)
}

export async function markUsedAgain(tx: Tx, references: readonly Reference[]): Promise<number> {
  const { numAffectedRows } =
    await sql`UPDATE objects SET unused_since = NULL WHERE unused_since IS NOT NULL AND (${isUsed(references)})`.execute(
      tx,
    )
  return Number(numAffectedRows ?? 0)
}

export interface ScrubFigures {
  copies: number
  bytes: number
  damaged: number
  mended: number
}

export async function insertScrub(tx: Tx, now: Date): Promise<string> {
  const id = uuidv7()
  await tx.insertInto('media_scrubs').values({ id, started_at: now }).execute()
  return id
}

export async function markScrub(tx: Tx, id: string, figures: ScrubFigures, endedAt: Date | null): Promise<void> {
  await tx
    .updateTable('media_scrubs')
    .set({ ...figures, ended_at: endedAt })
    .where('id', '=', id)
    .execute()
}

export async function removeScrubs(tx: Tx, before: Date): Promise<void> {
  await tx.deleteFrom('media_scrubs').where('started_at', '<', before).execute()
}
