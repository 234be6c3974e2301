import { type RawBuilder, sql } from 'kysely'
import type { Confidentiality, FileRecordType, FileSort, FileType } from '#contract/files.options.ts'
import type { FileRecord, FileSummary, FileView } from '#contract/files.ts'
import type { Actor } from '#server/platform/actor.ts'
import type { Reader } from '#server/platform/db.ts'
import { type Change, changeColumns } from '#server/platform/trail.reads.ts'
import { isNarrow, isReadable, readable, recordInSight, within } from './files.policy.ts'
import { columnsOf, excerptOf, type ListPosition } from './files.rules.ts'

export interface FileFilter {
  q?: string | undefined
  record?: FileRecord | { type: FileRecordType; id?: undefined } | undefined
  type?: readonly FileType[] | undefined
  confidentiality?: readonly Confidentiality[] | undefined
  tag?: readonly string[] | undefined
  archived?: boolean | undefined
}

interface SummaryColumns {
  id: string
  name: string
  type: FileType
  tags: string[]
  confidentiality: Confidentiality
  media_type: string
  bytes: number
  version_number: number
  version: number
  archived_at: Date | null
  created_at: Date
  updated_at: Date
  folder_id: string | null
  community_id: string | null
  place_code: string | null
  organisation_id: string | null
  record_name: string
  created_by: string | null
  created_by_name: string | null
  scan: FileSummary['scan'] | null
  thumbnails: FileSummary['thumbnails'] | null
  sees_people: boolean
}

const columns = sql`f.id, f.name, f.type, f.tags, f.confidentiality, f.media_type, f.bytes, f.version_number, f.version,
  f.archived_at, f.created_at, f.updated_at, f.folder_id, f.community_id, f.place_code, f.organisation_id, f.created_by`

const recordColumn = {
  folder: 'folder_id',
  community: 'community_id',
  place: 'place_code',
  organisation: 'organisation_id',
} as const satisfies Record<FileRecordType, string>

/** Names of what a file hangs on, its maker, and what is known of its newest content. */
const joins = sql`left join folders d on d.id = f.folder_id left join communities c on c.id = f.community_id
  left join places p on p.code = f.place_code left join organisations o on o.id = f.organisation_id
  left join users u on u.id = f.created_by
  left join file_versions v on v.file_id = f.id and v.number = f.version_number
  left join object_facts x on x.object_sha256 = v.object_sha256`
const joined = sql`coalesce(d.name, c.name, p.name, o.name) as record_name, u.name as created_by_name, x.scan, x.thumbnails`

/** Who added a file is for those who keep it, and for the one who did. */
const seesPeople = (actor: Actor): RawBuilder<boolean> =>
  sql`(${within(actor, 'file.edit')} or ${within(actor, 'file.read_uses')} or coalesce(f.created_by = ${actor.userId}::uuid, false))`

const recordOf = (row: SummaryColumns): FileSummary['record'] => {
  const name = row.record_name
  if (row.folder_id !== null) return { type: 'folder', id: row.folder_id, name }
  if (row.community_id !== null) return { type: 'community', id: row.community_id, name }
  if (row.place_code !== null) return { type: 'place', id: row.place_code, name }
  return { type: 'organisation', id: row.organisation_id ?? '', name }
}

const summaryOf = (row: SummaryColumns): FileSummary => ({
  id: row.id,
  name: row.name,
  type: row.type,
  tags: row.tags,
  confidentiality: row.confidentiality,
  record: recordOf(row),
  mediaType: row.media_type,
  bytes: row.bytes,
  versionNumber: row.version_number,
  // Nothing is known of it yet: the safe answer.
  scan: row.scan ?? 'unscanned',
  thumbnails: row.thumbnails ?? 'waiting',
  archived: row.archived_at !== null,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  createdBy:
    row.sees_people && row.created_by !== null ? { id: row.created_by, name: row.created_by_name ?? '' } : null,
  updatedAt: row.updated_at.toISOString(),
})

/** The one clause of list, count and tags. */
function inSight(actor: Actor, filter: FileFilter): RawBuilder<boolean> {
  const clauses = [
    readable(actor),
    filter.archived ? sql<boolean>`f.archived_at is not null` : sql<boolean>`f.archived_at is null`,
  ]
  if (filter.q) clauses.push(sql`f.words @@ file_query(${filter.q})`)
  if (filter.record) {
    const column = sql.ref(`f.${recordColumn[filter.record.type]}`)
    if (filter.record.id === undefined) clauses.push(sql`${column} is not null`)
    else if (filter.record.type === 'folder') clauses.push(sql`${column} = ${filter.record.id}::uuid`)
    else {
      const own = sql.ref(recordColumn[filter.record.type])
      const id = filter.record.type === 'place' ? filter.record.id : sql`${filter.record.id}::uuid`
      clauses.push(sql`f.id in (select id from files where ${own} = ${id}
        union all select file_id from file_links where ${own} = ${id})`)
    }
  }
  if (filter.type?.length) clauses.push(sql`f.type = any(${filter.type})`)
  if (filter.confidentiality?.length) clauses.push(sql`f.confidentiality = any(${filter.confidentiality})`)
  if (filter.tag?.length) clauses.push(sql`f.tags @> ${filter.tag}::text[]`)
  return sql.join(clauses, sql` and `)
}

/**
 * Whether the rows are looked up by the filter first and sorted afterwards. Left alone the planner may walk the index of the sort
 * across most of the table before it meets the first row.
 */
const filtersFirst = (actor: Actor, { q, record, tag }: FileFilter): boolean =>
  isNarrow(actor) ||
  q !== undefined ||
  (tag?.length ?? 0) > 0 ||
  (record !== undefined && record.type !== 'folder' && record.id !== undefined)

/** `files AS f` with the rows of the filter; `offset 0` is a fence to the planner. */
const rowsOf = (actor: Actor, filter: FileFilter): RawBuilder<unknown> =>
  filtersFirst(actor, filter)
    ? sql`(select f.id, f.updated_at, f.sort_name from files f where ${inSight(actor, filter)} offset 0) f where true`
    : sql`files f where ${inSight(actor, filter)}`

const orderOf = (sort: FileSort) => {
  const down = sort.startsWith('-')
  const byName = sort.endsWith('name')
  return {
    key: byName ? sql`f.sort_name` : sql`f.updated_at`,
    cast: byName ? sql`text` : sql`timestamptz`,
    direction: down ? sql`desc` : sql`asc`,
    after: down ? sql`<` : sql`>`,
  }
}

const windowLetters = 240

/**
 * Where the first of the words found, or its stem, stands in the text; only asked for the rows of a page. The text is looked through
 * as it is: to make it plain first took thirty times as long.
 */
const excerpts = (q: string) => sql`left join lateral (
    select nullif(regexp_instr(x.text_content, (
        select string_agg(any_spelling(stem), '|') from unnest(string_to_array(plain_words(${q}), ' ')) word,
          lateral (select case when word ~ '^[a-z]+$' then (ts_lexize('english_stem', word))[1] else word end as stem) stems
        where stem <> ''), 1, 1, 0, 'i'), 0) as place
    where x.scan in ('unneeded', 'clean')
  ) e on true`

export interface FoundFiles {
  items: (FileSummary & { excerpt: string | null })[]
  next: ListPosition | null
}

export async function listFiles(
  reader: Reader,
  actor: Actor,
  filter: FileFilter,
  page: { sort: FileSort; limit: number; after: ListPosition | undefined },
): Promise<FoundFiles> {
  const { key, cast, direction, after } = orderOf(page.sort)
  const from = page.after
    ? sql`and (${key}, f.id) ${after} (${page.after.key}::${cast}, ${page.after.id}::uuid)`
    : sql``
  const excerpt = filter.q
    ? sql`, substring(x.text_content from greatest(e.place - 80, 1)::int for ${sql.lit(windowLetters)}) as excerpt, e.place,
        length(x.text_content) as letters`
    : sql`, null::text as excerpt, null::int as place, null::int as letters`
  // The page first, names and facts afterwards: no join is ever done for rows that are not shown.
  const { rows } = await sql<
    SummaryColumns & {
      sort_key: string | Date
      excerpt: string | null
      place: number | null
      letters: number | null
    }
  >`
    select ${columns}, page.sort_key, ${joined}, ${seesPeople(actor)} as sees_people ${excerpt} from (
      select f.id, ${key} as sort_key from ${rowsOf(actor, filter)} ${from}
      order by ${key} ${direction}, f.id ${direction} limit ${page.limit + 1}
    ) page join files f on f.id = page.id ${joins} ${filter.q ? excerpts(filter.q) : sql``}
    order by page.sort_key ${direction}, f.id ${direction}`.execute(reader)
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const lastKey = last?.sort_key instanceof Date ? last.sort_key.toISOString() : last?.sort_key
  return {
    items: shown.map((row) => {
      const start = Math.max((row.place ?? 0) - 80, 1)
      const cut = { before: start > 1, after: start + windowLetters <= (row.letters ?? 0) }
      return { ...summaryOf(row), excerpt: row.place === null ? null : excerptOf(row.excerpt, cut) }
    }),
    next: last && lastKey !== undefined && rows.length > page.limit ? { key: lastKey, id: last.id } : null,
  }
}

export async function countFiles(reader: Reader, actor: Actor, filter: FileFilter): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select count(*) as total from files f where ${inSight(actor, filter)}`.execute(reader)
  return rows[0]?.total ?? 0
}

export async function listTags(
  reader: Reader,
  actor: Actor,
  q: string | undefined,
): Promise<{ tag: string; files: number }[]> {
  const begins = q ? sql`and plain_words(tag) like plain_words(${q}) || '%'` : sql``
  const { rows } = await sql<{ tag: string; files: number }>`
    select tag, count(*) as files from files f, unnest(f.tags) tag
    where ${inSight(actor, {})} and f.tags <> '{}' ${begins}
    group by tag order by files desc, tag limit 50`.execute(reader)
  return rows
}

interface MayColumns {
  may_edit: boolean
  may_archive: boolean
  may_share: boolean
  may_read_original: boolean
  may_read_uses: boolean
  may_upload: boolean
}

const may = (
  actor: Actor,
) => sql`${within(actor, 'file.edit')} as may_edit, ${within(actor, 'file.archive')} as may_archive,
  ${within(actor, 'file.share')} as may_share, ${within(actor, 'file.read_original')} as may_read_original,
  ${within(actor, 'file.read_uses')} as may_read_uses, ${within(actor, 'file.upload')} as may_upload`

export interface FoundFile extends FileSummary {
  sha256: string
  archiveReason: string | null
  width: number | null
  height: number | null
  pages: number | null
  text: FileView['text']
  /** Whether the record itself is put away, so that nothing is added to it. */
  recordArchived: boolean
  /** Whose room it takes. */
  quotaOrganisationId: string | null
  seesPeople: boolean
  may: {
    edit: boolean
    archive: boolean
    share: boolean
    readOriginal: boolean
    readUses: boolean
    upload: boolean
  }
}

/** One file with what the actor may do with it. Outside his sight it is not found. */
export async function findFile(
  reader: Reader,
  actor: Actor,
  id: string,
  { locked = false }: { locked?: boolean } = {},
): Promise<FoundFile | undefined> {
  const { rows } = await sql<
    SummaryColumns &
      MayColumns & {
        sha256: string
        archive_reason: string | null
        width: number | null
        height: number | null
        pages: number | null
        text_state: FileView['text'] | null
        record_archived: boolean
        quota_organisation_id: string | null
      }
  >`
    select ${columns}, ${joined}, v.object_sha256 as sha256, f.archive_reason, x.width, x.height, x.pages, x.text_state,
      coalesce(d.archived_at, c.archived_at) is not null as record_archived,
      coalesce(d.organisation_id, f.organisation_id) as quota_organisation_id,
      ${seesPeople(actor)} as sees_people, ${may(actor)}
    from files f ${joins}
    where f.id = ${id} and ${readable(actor)} ${locked ? sql`for update of f` : sql``}`.execute(reader)
  const row = rows[0]
  return (
    row && {
      ...summaryOf(row),
      sha256: row.sha256,
      archiveReason: row.archive_reason,
      width: row.width,
      height: row.height,
      pages: row.pages,
      text: row.text_state ?? 'waiting',
      recordArchived: row.record_archived,
      quotaOrganisationId: row.quota_organisation_id,
      seesPeople: row.sees_people,
      may: {
        edit: row.may_edit,
        archive: row.may_archive,
        share: row.may_share,
        readOriginal: row.may_read_original,
        readUses: row.may_read_uses,
        upload: row.may_upload,
      },
    }
  )
}

export async function listVersions(reader: Reader, fileId: string): Promise<FileView['versions']> {
  const { rows } = await sql<{
    number: number
    name: string
    media_type: string
    bytes: number
    sha256: string
    note: string | null
    created_at: Date
    created_by: string | null
    created_by_name: string | null
  }>`
    select v.number, v.name, v.media_type, v.bytes, v.object_sha256 as sha256, v.note, v.created_at, v.created_by,
      u.name as created_by_name
    from file_versions v left join users u on u.id = v.created_by
    where v.file_id = ${fileId} order by v.number desc`.execute(reader)
  return rows.map((row) => ({
    number: row.number,
    name: row.name,
    mediaType: row.media_type,
    bytes: row.bytes,
    sha256: row.sha256,
    note: row.note,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by === null ? null : { id: row.created_by, name: row.created_by_name ?? '' },
  }))
}

/** Further records of a file, of those that the reader may see. */
export async function listLinks(reader: Reader, actor: Actor, fileId: string): Promise<FileView['links']> {
  const { rows } = await sql<{ link_id: string; type: FileRecordType; id: string; name: string }>`
    select l.id as link_id, coalesce(c.name, p.name, o.name) as name, coalesce(l.place_code, l.community_id::text, l.organisation_id::text) as id,
      case when l.place_code is not null then 'place' when l.community_id is not null then 'community' else 'organisation' end as type
    from file_links l left join communities c on c.id = l.community_id left join places p on p.code = l.place_code
      left join organisations o on o.id = l.organisation_id,
      lateral (select null::uuid as folder_id, l.community_id, l.place_code, l.organisation_id) f
    where l.file_id = ${fileId} and ${recordInSight(actor)} order by l.created_at, l.id`.execute(reader)
  return rows.map((row) => ({ linkId: row.link_id, type: row.type, id: row.id, name: row.name }))
}

export interface FoundRecord {
  name: string
  archived: boolean
  organisationId: string | null
  /** A file of this confidentiality there: */
  readable: boolean
  mayUpload: boolean
  mayEdit: boolean
}

/** The record on which a file of this confidentiality would hang. Undefined: there is none, or it is out of the actor's sight. */
export async function findRecord(
  reader: Reader,
  actor: Actor,
  record: FileRecord,
  confidentiality: Confidentiality,
): Promise<FoundRecord | undefined> {
  const at = columnsOf(record)
  const { rows } = await sql<{
    name: string
    archived: boolean
    organisation_id: string | null
    readable: boolean
    may_upload: boolean
    may_edit: boolean
  }>`
    select coalesce(d.name, c.name, p.name, o.name) as name, coalesce(d.archived_at, c.archived_at) is not null as archived,
      coalesce(d.organisation_id, f.organisation_id) as organisation_id, ${isReadable(actor)} as readable,
      ${within(actor, 'file.upload')} as may_upload, ${within(actor, 'file.edit')} as may_edit
    from (select ${at.folder_id}::uuid as folder_id, ${at.community_id}::uuid as community_id, ${at.place_code}::text as place_code,
        ${at.organisation_id}::uuid as organisation_id, ${confidentiality}::text as confidentiality) f
      left join folders d on d.id = f.folder_id left join communities c on c.id = f.community_id
      left join places p on p.code = f.place_code left join organisations o on o.id = f.organisation_id
    where coalesce(d.name, c.name, p.name, o.name) is not null and ${recordInSight(actor)}`.execute(reader)
  const row = rows[0]
  return (
    row && {
      name: row.name,
      archived: row.archived,
      organisationId: row.organisation_id,
      readable: row.readable,
      mayUpload: row.may_upload,
      mayEdit: row.may_edit,
    }
  )
}

/** Waits until whoever archives the folder is done, and lets nobody do so until the end of the transaction. */
export async function isFolderOpen(reader: Reader, folderId: string): Promise<boolean> {
  const { rows } = await sql<{ archived: boolean }>`
    select archived_at is not null as archived from folders where id = ${folderId} for share`.execute(reader)
  return rows[0]?.archived === false
}

export interface FoundVersion {
  sha256: string
  name: string
  mediaType: string
  bytes: number
  scan: FileSummary['scan']
  thumbnails: FileSummary['thumbnails']
}

/** Columns of `file_versions AS v` with what is known of its content, `object_facts AS x`. */
export interface VersionColumns {
  sha256: string
  version_name: string
  media_type: string
  bytes: number
  scan: FileSummary['scan'] | null
  thumbnails: FileSummary['thumbnails'] | null
}
export const versionColumns = sql`v.object_sha256 as sha256, v.name as version_name, v.media_type, v.bytes, x.scan, x.thumbnails`

/** What nothing is known of yet waits to be looked at. */
export const versionOf = (row: VersionColumns): FoundVersion => ({
  sha256: row.sha256,
  name: row.version_name,
  mediaType: row.media_type,
  bytes: row.bytes,
  scan: row.scan ?? 'unscanned',
  thumbnails: row.thumbnails ?? 'waiting',
})

/** One version with what is known of its content. */
export async function findVersion(reader: Reader, fileId: string, number: number): Promise<FoundVersion | undefined> {
  const { rows } = await sql<VersionColumns>`
    select ${versionColumns} from file_versions v left join object_facts x on x.object_sha256 = v.object_sha256
    where v.file_id = ${fileId} and v.number = ${number}`.execute(reader)
  return rows[0] && versionOf(rows[0])
}

/** The derived picture of an object in this size. */
export async function findThumbnail(
  reader: Reader,
  sha256: string,
  size: string,
): Promise<{ sha256: string; bytes: number; mediaType: string } | undefined> {
  const { rows } = await sql<{ sha256: string; bytes: number; media_type: string }>`
    select o.sha256, o.bytes, o.media_type from object_thumbnails t join objects o on o.sha256 = t.thumbnail_sha256
    where t.object_sha256 = ${sha256} and t.size = ${size}`.execute(reader)
  const row = rows[0]
  return row && { sha256: row.sha256, bytes: row.bytes, mediaType: row.media_type }
}

/** Changes after a version, oldest first. */
export async function listChangesSince(reader: Reader, id: string, version: number): Promise<Change[]> {
  const { rows } = await sql<Change>`
    select ${changeColumns} from audit_events
    where subject_type = 'file' and subject_id = ${id} and (after->>'version')::int > ${version} order by id`.execute(
    reader,
  )
  return rows
}
