import { sql } from 'kysely'
import type { z } from 'zod'
import type { shareView } from '#contract/files.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import { type FoundVersion, type VersionColumns, versionColumns, versionOf } from './files.reads.ts'

export type ShareRecord = z.input<typeof shareView>

interface Columns {
  id: string
  note: string | null
  created_at: Date
  created_by: string
  created_by_name: string
  expires_at: Date
  revoked_at: Date | null
  used_count: number
  used_at: Date | null
}

const columns = sql`s.id, s.note, s.created_at, s.created_by, u.name as created_by_name, s.expires_at, s.revoked_at,
  s.used_count, s.used_at`

const recordOf = (row: Columns): ShareRecord => ({
  id: row.id,
  note: row.note,
  createdAt: row.created_at.toISOString(),
  createdBy: { id: row.created_by, name: row.created_by_name },
  expiresAt: row.expires_at.toISOString(),
  revokedAt: row.revoked_at?.toISOString() ?? null,
  usedCount: row.used_count,
  usedAt: row.used_at?.toISOString() ?? null,
})

export async function listShares(reader: Reader, fileId: string): Promise<ShareRecord[]> {
  const { rows } = await sql<Columns>`
    select ${columns} from file_shares s join users u on u.id = s.created_by
    where s.file_id = ${fileId} order by s.created_at desc, s.id desc limit 200`.execute(reader)
  return rows.map(recordOf)
}

export async function findShare(reader: Reader, fileId: string, id: string): Promise<ShareRecord | undefined> {
  const { rows } = await sql<Columns>`
    select ${columns} from file_shares s join users u on u.id = s.created_by
    where s.file_id = ${fileId} and s.id = ${id}`.execute(reader)
  return rows[0] && recordOf(rows[0])
}

export async function insertShare(
  tx: Tx,
  share: {
    id: string
    fileId: string
    secretHash: string
    note: string | null
    createdAt: Date
    createdBy: string
    expiresAt: Date
  },
): Promise<void> {
  await tx
    .insertInto('file_shares')
    .values({
      id: share.id,
      file_id: share.fileId,
      secret_hash: share.secretHash,
      note: share.note,
      created_at: share.createdAt,
      created_by: share.createdBy,
      expires_at: share.expiresAt,
    })
    .execute()
}

/** @returns false when it was revoked before */
export async function markRevoked(tx: Tx, id: string, by: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('file_shares')
    .set({ revoked_at: now, revoked_by: by })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** @returns those that were still good */
export async function markAllRevoked(tx: Tx, fileId: string, by: string, now: Date): Promise<string[]> {
  const rows = await tx
    .updateTable('file_shares')
    .set({ revoked_at: now, revoked_by: by })
    .where('file_id', '=', fileId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export async function markUsed(tx: Tx, id: string, now: Date): Promise<void> {
  await sql`update file_shares set used_count = used_count + 1, used_at = ${now} where id = ${id}`.execute(tx)
}

export interface SharedFile {
  shareId: string
  fileId: string
  name: string
  expiresAt: Date
  version: FoundVersion
}

/** What a link shares now. It ends with its time, when it is revoked, and with the account of whoever made it. */
export async function findShared(reader: Reader, secretHash: string, now: Date): Promise<SharedFile | undefined> {
  const { rows } = await sql<{ id: string; file_id: string; name: string; expires_at: Date } & VersionColumns>`
    select s.id, f.id as file_id, f.name, s.expires_at, ${versionColumns}
    from file_shares s join users u on u.id = s.created_by join files f on f.id = s.file_id
      join file_versions v on v.file_id = f.id and v.number = f.version_number
      left join object_facts x on x.object_sha256 = v.object_sha256
    where s.secret_hash = ${secretHash} and s.expires_at > ${now} and s.revoked_at is null and u.state = 'active'
      and f.archived_at is null and x.scan is distinct from 'infected'`.execute(reader)
  const row = rows[0]
  return (
    row && {
      shareId: row.id,
      fileId: row.file_id,
      name: row.name,
      expiresAt: row.expires_at,
      version: versionOf(row),
    }
  )
}
