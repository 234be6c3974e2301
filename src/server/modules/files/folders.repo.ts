import { sql } from 'kysely'
import type { Tx } from '#server/platform/db.ts'

export async function insertFolder(
  tx: Tx,
  folder: { id: string; name: string; organisationId: string | null; parentId: string | null },
  { now, userId }: { now: Date; userId: string },
): Promise<void> {
  await tx
    .insertInto('folders')
    .values({
      id: folder.id,
      name: folder.name,
      organisation_id: folder.organisationId,
      parent_id: folder.parentId,
      created_at: now,
      created_by: userId,
      updated_at: now,
    })
    .execute()
}

export async function updateFolder(
  tx: Tx,
  id: string,
  folder: { name: string; parentId: string | null; archived: boolean },
  now: Date,
): Promise<void> {
  await tx
    .updateTable('folders')
    .set({
      name: folder.name,
      parent_id: folder.parentId,
      archived_at: folder.archived ? sql`coalesce(archived_at, ${now})` : null,
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute()
}

/** One change of the tree after the other: two moves at once could make a ring of it. */
export async function lockTree(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('folders'))`.execute(tx)
}
