import { type RawBuilder, sql } from 'kysely'
import type { FolderView } from '#contract/files.ts'
import type { Actor } from '#server/platform/actor.ts'
import type { Reader } from '#server/platform/db.ts'
import { folderSeen, foldersWithin, readable } from './files.policy.ts'

interface Columns {
  id: string
  name: string
  organisation_id: string | null
  organisation_name: string | null
  parent_id: string | null
  archived_at: Date | null
  version: number
  may_edit: boolean
  may_upload: boolean
}

export type FoundFolder = Omit<FolderView, 'path'>

const columns = (actor: Actor): RawBuilder<unknown> => sql`d.id, d.name, d.organisation_id, o.name as organisation_name,
  d.parent_id, d.archived_at, d.version, ${foldersWithin(actor, 'folder.edit')} as may_edit,
  ${foldersWithin(actor, 'file.upload')} as may_upload`

const folderOf = (row: Columns): FoundFolder => ({
  id: row.id,
  name: row.name,
  organisation: row.organisation_id === null ? null : { id: row.organisation_id, name: row.organisation_name ?? '' },
  parentId: row.parent_id,
  archived: row.archived_at !== null,
  version: row.version,
  can: { edit: row.may_edit, upload: row.may_upload && row.archived_at === null },
})

/** More folders than a person could look through. */
const most = 1000

/** Folders directly below one, or at the top, with how much is in them that the actor may see. */
export async function listFolders(
  reader: Reader,
  actor: Actor,
  filter: { parent?: string | undefined; organisation?: string | undefined; archived?: boolean | undefined },
): Promise<(FoundFolder & { files: number; folders: number })[]> {
  const { rows } = await sql<Columns & { files: number; folders: number }>`
    select ${columns(actor)},
      (select count(*) from files f where f.folder_id = d.id and f.archived_at is null and ${readable(actor)}) as files,
      (select count(*) from folders b where b.parent_id = d.id and b.archived_at is null) as folders
    from folders d left join organisations o on o.id = d.organisation_id
    where ${folderSeen(actor)}
      and ${filter.parent === undefined ? sql`d.parent_id is null` : sql`d.parent_id = ${filter.parent}::uuid`}
      and ${filter.organisation === undefined ? sql`true` : sql`d.organisation_id = ${filter.organisation}::uuid`}
      and ${filter.archived ? sql`d.archived_at is not null` : sql`d.archived_at is null`}
    order by d.organisation_id is not null, fold(o.name), d.sort_name, d.id limit ${sql.lit(most)}`.execute(reader)
  return rows.map((row) => ({ ...folderOf(row), files: row.files, folders: row.folders }))
}

/** Undefined: there is none, or it is out of the actor's sight. */
export async function findFolder(
  reader: Reader,
  actor: Actor,
  id: string,
  { locked = false }: { locked?: boolean } = {},
): Promise<FoundFolder | undefined> {
  const { rows } = await sql<Columns>`
    select ${columns(actor)} from folders d left join organisations o on o.id = d.organisation_id
    where d.id = ${id} and ${folderSeen(actor)} ${locked ? sql`for update of d` : sql``}`.execute(reader)
  return rows[0] && folderOf(rows[0])
}

/** From the top down to the parent of the folder, which all belong to the same organisation. */
export async function findPath(reader: Reader, folderId: string): Promise<FolderView['path']> {
  const { rows } = await sql<{ id: string; name: string }>`
    with recursive up as (
      select id, name, parent_id, 0 as height from folders where id = ${folderId}
      union all select p.id, p.name, p.parent_id, up.height + 1 from folders p join up on p.id = up.parent_id
    ) cycle id set looped using way
    select id, name from up where height > 0 and not looped order by height desc`.execute(reader)
  return rows
}

/** Whether something in it is not archived, whoever may see it. */
export async function holdsSomething(reader: Reader, folderId: string): Promise<boolean> {
  const { rows } = await sql<{ holds: boolean }>`
    select exists (select from files where folder_id = ${folderId} and archived_at is null)
      or exists (select from folders where parent_id = ${folderId} and archived_at is null) as holds`.execute(reader)
  return rows[0]?.holds === true
}

export async function hasOrganisation(reader: Reader, id: string): Promise<boolean> {
  const { rows } = await sql`select from organisations where id = ${id}`.execute(reader)
  return rows.length > 0
}
