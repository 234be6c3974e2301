import { sql } from 'kysely'
import type { Reader, Tx } from '../db.ts'
import type { StoreName } from './store.ts'

export interface ObjectRecord {
  bytes: number
  mediaType: string
  copies: { store: StoreName; problem: string | null }[]
}

/**
 * Until the end of the transaction nobody else writes or forgets this content.
 * @param how `lazily`: what is committed reaches the disk with the next commit, that of the record which uses the content; one lost
 * before is content that nobody was told of
 */
export async function lockObject(tx: Tx, sha256: string, { lazily = false } = {}): Promise<void> {
  const alsoLazily = lazily ? sql`, set_config('synchronous_commit', 'off', true)` : sql``
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`object ${sha256}`}, 0)) ${alsoLazily}`.execute(tx)
}

/** Where the newest move leads, until it is cancelled or its source is cleaned up, whatever USE_S3 says in this process. */
export async function findOpenTarget(db: Reader): Promise<StoreName | undefined> {
  const move = await db
    .selectFrom('media_moves')
    .select(['target', 'state', 'cleaned_at'])
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return move && move.state !== 'cancelled' && !move.cleaned_at ? (move.target as StoreName) : undefined
}

export async function findObject(db: Reader, sha256: string): Promise<ObjectRecord | undefined> {
  const row = await db
    .selectFrom('objects as o')
    .select([
      'o.bytes',
      'o.media_type as mediaType',
      sql<
        ObjectRecord['copies']
      >`(SELECT coalesce(json_agg(json_build_object('store', c.store, 'problem', c.problem)), '[]')
        FROM object_copies c WHERE c.sha256 = o.sha256)`.as('copies'),
    ])
    .where('o.sha256', '=', sha256)
    .executeTakeFirst()
  return row && { ...row, bytes: Number(row.bytes) }
}

/** Says that the content is there, whole, in this store, and wanted from now on. */
export async function insertObject(
  tx: Tx,
  object: { sha256: string; bytes: number; mediaType: string },
  store: StoreName,
  now: Date,
): Promise<void> {
  await tx
    .insertInto('objects')
    .values({ sha256: object.sha256, bytes: object.bytes, media_type: object.mediaType, kept_at: now })
    .onConflict((conflict) => conflict.column('sha256').doUpdateSet({ kept_at: now, unused_since: null }))
    .execute()
  await insertCopy(tx, object.sha256, store, now)
}

export async function insertCopy(tx: Tx, sha256: string, store: StoreName, now: Date): Promise<void> {
  await tx
    .insertInto('object_copies')
    .values({ sha256, store, written_at: now })
    .onConflict((conflict) =>
      conflict.columns(['sha256', 'store']).doUpdateSet({ written_at: now, verified_at: null, problem: null }),
    )
    .execute()
}
