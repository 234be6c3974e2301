import { sql } from 'kysely'
import type { UploadState } from '#contract/uploads.options.ts'
import type { UploadIntent } from '#contract/uploads.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import type { StoreName } from '#server/platform/storage.ts'

export interface UploadRecord {
  id: string
  userId: string
  name: string
  bytes: number
  store: StoreName
  intent: UploadIntent
  state: UploadState
  refusal: string | null
  organisationId: string | null
  fileId: string | null
  /** Bytes that were acknowledged. */
  received: number
  sha256: string | null
  createdAt: Date
  touchedAt: Date
  endedAt: Date | null
}

const columns = [
  'id',
  'user_id as userId',
  'name',
  'bytes',
  'store',
  'intent',
  'state',
  'refusal',
  'organisation_id as organisationId',
  'file_id as fileId',
  'received',
  'object_sha256 as sha256',
  'created_at as createdAt',
  'touched_at as touchedAt',
  'ended_at as endedAt',
] as const

type Row = Omit<UploadRecord, 'bytes' | 'received' | 'store' | 'intent' | 'state'> & {
  bytes: number | string
  received: number | string
  store: string
  intent: unknown
  state: string
}

const toRecord = (row: Row): UploadRecord => ({
  ...row,
  bytes: Number(row.bytes),
  received: Number(row.received),
  store: row.store as StoreName,
  intent: row.intent as UploadIntent,
  state: row.state as UploadState,
})

const rows = (db: Reader) => db.selectFrom('uploads').select(columns)

/** @param userId whose it must be; undefined: anybody's */
export async function findUpload(
  db: Reader,
  id: string,
  userId: string | undefined,
): Promise<UploadRecord | undefined> {
  const query = rows(db).where('id', '=', id)
  const row = await (userId === undefined ? query : query.where('user_id', '=', userId)).executeTakeFirst()
  return row && toRecord(row)
}

export async function findByOnceKey(db: Reader, userId: string, key: string): Promise<UploadRecord | undefined> {
  const row = await rows(db).where('user_id', '=', userId).where('once_key', '=', key).executeTakeFirst()
  return row && toRecord(row)
}

export async function listOwn(db: Reader, userId: string, since: Date, most: number): Promise<UploadRecord[]> {
  const found = await rows(db)
    .where('user_id', '=', userId)
    .where('created_at', '>=', since)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
  return found.map(toRecord)
}

/** Uploads nobody works on and nobody has touched since then, oldest first. */
export async function listUntouched(
  db: Reader,
  state: 'arriving' | 'arrived',
  since: Date,
  most: number,
): Promise<UploadRecord[]> {
  const found = await rows(db)
    .where('state', '=', state)
    .where('touched_at', '<', since)
    .where(sql<boolean>`(lease_token IS NULL OR lease_until < now())`)
    .orderBy('touched_at')
    .limit(most)
    .execute()
  return found.map(toRecord)
}

export async function countOpen(db: Reader, userId: string): Promise<{ count: number; missing: number }> {
  const { count, missing } = await db
    .selectFrom('uploads')
    .select((eb) => [
      eb.fn.countAll<string>().as('count'),
      sql<string>`coalesce(sum(bytes - received), 0)`.as('missing'),
    ])
    .where('user_id', '=', userId)
    .where('state', '=', 'arriving')
    .executeTakeFirstOrThrow()
  return { count: Number(count), missing: Number(missing) }
}

/** Which of these ids have an upload that still needs its staged bytes. */
export async function findOpenOf(db: Reader, ids: readonly string[]): Promise<Set<string>> {
  const found = await db
    .selectFrom('uploads')
    .select('id')
    .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
    .where('state', 'in', ['arriving', 'arrived'])
    .execute()
  return new Set(found.map(({ id }) => id))
}

/** Bytes that uploads under way will still add to a store. */
export async function sumComing(db: Reader, store: StoreName): Promise<number> {
  const { sum } = await db
    .selectFrom('uploads')
    .select(sql<string>`coalesce(sum(bytes - received), 0)`.as('sum'))
    .where('state', '=', 'arriving')
    .where('store', '=', store)
    .executeTakeFirstOrThrow()
  return Number(sum)
}

/** Until the end of the transaction nobody else counts this room. */
export async function lockRoom(tx: Tx, of: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`uploads room ${of}`}, 0))`.execute(tx)
}

export interface NewUpload {
  id: string
  userId: string
  name: string
  bytes: number
  store: StoreName
  intent: UploadIntent
  organisationId: string | null
  onceKey: string | null
}

/** How an upload is when its row is made: under way and held by its maker, or ended at once. */
export type Beginning =
  | { state: 'arriving'; lease: string | null; leaseSeconds: number }
  | { state: 'kept'; fileId: string; sha256: string }
  | { state: 'refused'; refusal: string }

export async function insertUpload(tx: Tx, made: NewUpload, begins: Beginning, now: Date): Promise<void> {
  await tx
    .insertInto('uploads')
    .values({
      id: made.id,
      user_id: made.userId,
      name: made.name,
      bytes: made.bytes,
      store: made.store,
      intent: JSON.stringify(made.intent),
      organisation_id: made.organisationId,
      once_key: made.onceKey,
      state: begins.state,
      created_at: now,
      touched_at: now,
      ...(begins.state === 'arriving'
        ? begins.lease && {
            lease_token: begins.lease,
            lease_until: sql<Date>`now() + make_interval(secs => ${begins.leaseSeconds})`,
          }
        : {
            ended_at: now,
            received: made.bytes,
            ...(begins.state === 'kept' && { file_id: begins.fileId, object_sha256: begins.sha256 }),
            ...(begins.state === 'refused' && { refusal: begins.refusal }),
          }),
    })
    .execute()
}

/**
 * Takes the upload for one who works on it, or tells the one who has it that another waits. The database's clock counts: it is the
 * same for all machines.
 * @returns whether it was taken; undefined: there is no such upload
 */
export async function takeLease(tx: Tx, id: string, token: string, seconds: number): Promise<boolean | undefined> {
  const isFree = sql<boolean>`(lease_token IS NULL OR lease_until < now())`
  const row = await tx
    .updateTable('uploads')
    .set({
      lease_token: sql`CASE WHEN ${isFree} THEN ${token}::uuid ELSE lease_token END`,
      lease_until: sql`CASE WHEN ${isFree} THEN now() + make_interval(secs => ${seconds}) ELSE lease_until END`,
      lease_wanted: sql`NOT ${isFree}`,
    })
    .where('id', '=', id)
    .returning(sql<boolean>`lease_token = ${token}::uuid`.as('isTaken'))
    .executeTakeFirst()
  return row?.isTaken
}

/** Says that its holder lives. @returns whether another waits; undefined: it is no longer his */
export async function extendLease(
  tx: Tx,
  id: string,
  token: string,
  seconds: number,
  now: Date,
): Promise<boolean | undefined> {
  const row = await tx
    .updateTable('uploads')
    .set({ lease_until: sql`now() + make_interval(secs => ${seconds})`, touched_at: now })
    .where('id', '=', id)
    .where('lease_token', '=', token)
    .returning('lease_wanted as isWanted')
    .executeTakeFirst()
  return row?.isWanted
}

/** @param received bytes that are safe, where that is known anew */
export async function releaseLease(tx: Tx, id: string, token: string, received: number | undefined, now: Date) {
  await tx
    .updateTable('uploads')
    .set({
      lease_token: null,
      lease_until: null,
      lease_wanted: false,
      ...(received !== undefined && { received, touched_at: now }),
    })
    .where('id', '=', id)
    .where('lease_token', '=', token)
    .execute()
}

const held = (tx: Tx, id: string, token: string) =>
  tx.updateTable('uploads').where('id', '=', id).where('lease_token', '=', token)

const changed = (result: { numUpdatedRows: bigint }): boolean => result.numUpdatedRows > 0n

/** All bytes are here. */
export async function markArrived(tx: Tx, id: string, token: string, sha256: string | undefined, now: Date) {
  return changed(
    await held(tx, id, token)
      .set({ state: 'arrived', received: sql`bytes`, touched_at: now, ...(sha256 && { object_sha256: sha256 }) })
      .where('state', 'in', ['arriving', 'arrived'])
      .executeTakeFirst(),
  )
}

const ended = { lease_token: null, lease_until: null, lease_wanted: false }

export async function markKept(tx: Tx, id: string, token: string, fileId: string, now: Date): Promise<boolean> {
  return changed(
    await held(tx, id, token)
      .set({ state: 'kept', file_id: fileId, received: sql`bytes`, ended_at: now, ...ended })
      .where('state', 'in', ['arriving', 'arrived'])
      .executeTakeFirst(),
  )
}

export async function markRefused(tx: Tx, id: string, token: string, refusal: string, now: Date): Promise<boolean> {
  return changed(
    await held(tx, id, token)
      .set({ state: 'refused', refusal, ended_at: now, ...ended })
      .where('state', 'in', ['arriving', 'arrived'])
      .executeTakeFirst(),
  )
}

export async function markExpired(tx: Tx, id: string, token: string, now: Date): Promise<boolean> {
  return changed(
    await held(tx, id, token)
      .set({ state: 'expired', ended_at: now, ...ended })
      .where('state', '=', 'arriving')
      .executeTakeFirst(),
  )
}

export async function markTouched(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.updateTable('uploads').set({ touched_at: now }).where('id', '=', id).execute()
}

/** What ended without a file says nothing after so long. */
export async function removeEnded(tx: Tx, before: Date): Promise<void> {
  await tx.deleteFrom('uploads').where('state', 'in', ['refused', 'expired']).where('ended_at', '<', before).execute()
}
