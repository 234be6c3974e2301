import { sql } from 'kysely'
import type { z } from 'zod'
import type { fileDeeds } from '#contract/files.options.ts'
import type { fileUseView } from '#contract/files.ts'
import type { Reader, Tx } from '#server/platform/db.ts'

interface Use {
  fileId: string
  userId: string | null
  shareId: string | null
  deed: (typeof fileDeeds)[number]
  at: Date
  address: string
}

/** @returns whether it is the first one of its hour */
export async function insertUse(tx: Tx, use: Use): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('file_uses')
    .values({
      file_id: use.fileId,
      user_id: use.userId,
      share_id: use.shareId,
      deed: use.deed,
      at: use.at,
      address: use.address,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Newest first. */
export async function listUses(
  reader: Reader,
  fileId: string,
  page: { limit: number; before?: number | undefined },
): Promise<z.input<typeof fileUseView>[]> {
  const { rows } = await sql<{
    id: number
    at: Date
    deed: Use['deed']
    user_id: string | null
    user_name: string | null
    share_id: string | null
    note: string | null
  }>`
    select n.id, n.at, n.deed, n.user_id, u.name as user_name, n.share_id, s.note
    from file_uses n left join users u on u.id = n.user_id left join file_shares s on s.id = n.share_id
    where n.file_id = ${fileId} ${page.before === undefined ? sql`` : sql`and n.id < ${page.before}`}
    order by n.id desc limit ${page.limit}`.execute(reader)
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toISOString(),
    deed: row.deed,
    user: row.user_id === null ? null : { id: row.user_id, name: row.user_name ?? '' },
    share: row.share_id === null ? null : { id: row.share_id, note: row.note },
  }))
}

export async function countUses(reader: Reader, fileId: string): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select count(*) as total from file_uses where file_id = ${fileId}`.execute(reader)
  return rows[0]?.total ?? 0
}
