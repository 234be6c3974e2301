import { type OnConflictBuilder, sql } from 'kysely'
import type { Reader, Tables, Tx } from '../db.ts'
import type { StoreName } from './store.ts'

export interface ObjectRecord {
  bytes: number
  mediaType: string
  copies: { store: StoreName; problem: string | null }[]
}

/**
 * Until the end of the transaction nobody else writes or forgets these contents. In one order, so that two never wait for each other.
 * @param how `lazily`: what is committed reaches the disk with the next commit, that of the record which uses the content; one lost
 * before is content that nobody was told of
 */
export async function lockObjects(tx: Tx, sha256s: readonly string[], { lazily = false } = {}): Promise<void> {
  const alsoLazily = lazily ? sql`, set_config('synchronous_commit', 'off', true)` : sql``
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('object ' || sha256, 0)) ${alsoLazily}
    FROM unnest(${sha256s.toSorted()}::text[]) AS sha256`.execute(tx)
}
export const lockObject = (tx: Tx, sha256: string, how?: { lazily?: boolean }): Promise<void> =>
  lockObjects(tx, [sha256], how)

/** Where the newest move leads, until it is cancelled or its source is cleaned up, whatever USE_S3 says in this process. */
const openTarget = sql<StoreName | null>`(SELECT CASE WHEN m.state <> 'cancelled' AND m.cleaned_at IS NULL THEN m.target END
  FROM media_moves m ORDER BY m.started_at DESC, m.id DESC LIMIT 1)`

export async function findOpenTarget(db: Reader): Promise<StoreName | undefined> {
  const { rows } = await sql<{ target: StoreName | null }>`SELECT ${openTarget} AS target`.execute(db)
  return rows[0]?.target ?? undefined
}

const copies = sql<
  ObjectRecord['copies']
>`(SELECT coalesce(json_agg(json_build_object('store', c.store, 'problem', c.problem)), '[]')
  FROM object_copies c WHERE c.sha256 = o.sha256)`

export async function findObject(db: Reader, sha256: string): Promise<ObjectRecord | undefined> {
  const row = await db
    .selectFrom('objects as o')
    .select(['o.bytes', 'o.media_type as mediaType', copies.as('copies')])
    .where('o.sha256', '=', sha256)
    .executeTakeFirst()
  return row && { ...row, bytes: Number(row.bytes) }
}

/** Where new content goes, and where this content lies already: in one statement, which is asked for every small file. */
export async function findPlace(
  tx: Tx,
  sha256: string,
): Promise<{ target: StoreName | undefined; copies: ObjectRecord['copies'] }> {
  const { rows } = await sql<{ target: StoreName | null; copies: ObjectRecord['copies'] }>`
    SELECT ${openTarget} AS target, ${copies} AS copies FROM (SELECT ${sha256}::text AS sha256) o`.execute(tx)
  return { target: rows[0]?.target ?? undefined, copies: rows[0]?.copies ?? [] }
}

/** A copy that is written again is a sound one. */
const intact = (now: Date) => (conflict: OnConflictBuilder<Tables, 'object_copies'>) =>
  conflict.columns(['sha256', 'store']).doUpdateSet({ written_at: now, verified_at: null, problem: null })

/** Says that the content is there, whole, in this store, and wanted from now on. */
export async function insertObject(
  tx: Tx,
  object: { sha256: string; bytes: number; mediaType: string },
  store: StoreName,
  now: Date,
): Promise<void> {
  await tx
    .with('kept', (tx) =>
      tx
        .insertInto('objects')
        .values({ sha256: object.sha256, bytes: object.bytes, media_type: object.mediaType, kept_at: now })
        .onConflict((conflict) => conflict.column('sha256').doUpdateSet({ kept_at: now, unused_since: null })),
    )
    .insertInto('object_copies')
    .values({ sha256: object.sha256, store, written_at: now })
    .onConflict(intact(now))
    .execute()
}
