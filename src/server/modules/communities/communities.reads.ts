import { type RawBuilder, sql } from 'kysely'
import type { Permission } from '#contract/access.ts'
import type { CommunitySort, CommunityStatus, EthnolinguisticGroup } from '#contract/communities.options.ts'
import { communityStatuses, maxMapPoints } from '#contract/communities.options.ts'
import type { CommunityFilter } from '#contract/communities.ts'
import type { PlaceLevel } from '#contract/places.options.ts'
import type { Actor } from '#server/platform/actor.ts'
import type { Db, Reader, Tx } from '#server/platform/db.ts'
import { type Change, changeColumns } from '#server/platform/trail.reads.ts'
import { reach, reaches } from './communities.policy.ts'
import { type CommunityRecord, type FiguresCell, type Position, searchWords } from './communities.rules.ts'

/** A reader, what he does, and his filter with the level of its place; without a level there is no such place. */
export interface Sight {
  actor: Actor
  permission: Permission
  filter: CommunityFilter
  level: PlaceLevel | undefined
}

/** The one clause of list, counts, map and export. */
function inSight({ actor, permission, filter, level }: Sight): RawBuilder<boolean> {
  const clauses = [reach(actor, 'community.read')]
  // Nobody takes away what he may not see, however wide that permission is.
  if (permission !== 'community.read') clauses.push(reach(actor, permission))
  clauses.push(filter.archived ? sql`c.archived_at is not null` : sql`c.archived_at is null`)
  if (filter.place) {
    clauses.push(level ? sql`c.${sql.ref(`${level}_code`)} = ${filter.place}` : sql`false`)
  }
  if (filter.status?.length) clauses.push(sql`c.status = any(${filter.status})`)
  if (filter.group?.length) {
    const groups = filter.group.filter((group) => group !== 'none')
    const unknown = groups.length < filter.group.length
    if (groups.length === 0) clauses.push(sql`c.primary_group is null`)
    else if (unknown) clauses.push(sql`(c.primary_group = any(${groups}) or c.primary_group is null)`)
    else clauses.push(sql`c.primary_group = any(${groups})`)
  }
  if (filter.located !== undefined) clauses.push(filter.located ? sql`c.latitude is not null` : sql`c.latitude is null`)
  if (filter.q) {
    const words = searchWords(filter.q)
    if (words.length === 0) clauses.push(sql`false`)
    // Trigrams need three letters; shorter words are looked for at the beginning of a word.
    for (const word of words) clauses.push(sql`c.search like ${word.length < 3 ? `% ${word}%` : `%${word}%`}`)
  }
  return sql.join(clauses, sql` and `)
}

/**
 * Whether the rows are looked up by the filter first and sorted afterwards. Left alone the planner may walk the index of the
 * sort, and where filter and sort depend on each other, which it cannot know, cross most of the table before the first row:
 * numbers of the office begin with the region, places without a community have no population (measured at 100,000 rows: 80
 * to 150 ms, so 3 to 15). Few rows are sorted in no time in any case.
 */
function filtersFirst(sort: CommunitySort, { actor, filter, level }: Sight): boolean {
  const scope = actor.permissions.get('community.read')
  if (level === 'city' || level === 'barangay' || scope === 'communities') return true
  // Codes of barangays, municipalities and component cities.
  if (scope === 'places' && actor.placeCodes.every((code) => !code.endsWith('00000'))) return true
  if (sort.endsWith('office_id')) return filter.place !== undefined || scope !== 'all'
  return sort.endsWith('population') && filter.status?.length === 1 && filter.status[0] === 'none_found'
}

/** `communities AS c` with the rows of the filter; `offset 0` is a fence to the planner. */
const rowsOf = (sort: CommunitySort, sight: Sight): RawBuilder<unknown> =>
  filtersFirst(sort, sight)
    ? sql`(select * from communities c where ${inSight(sight)} offset 0) c where true`
    : sql`communities c where ${inSight(sight)}`

interface Order {
  key: RawBuilder<unknown>
  cast: RawBuilder<unknown>
  direction: RawBuilder<unknown>
  after: RawBuilder<unknown>
}

function orderOf(sort: CommunitySort): Order {
  const down = sort.startsWith('-')
  const direction = { direction: down ? sql`desc` : sql`asc`, after: down ? sql`<` : sql`>` }
  switch (sort) {
    case 'name':
    case '-name':
      return { ...direction, key: sql`c.sort_name`, cast: sql`text` }
    case 'updated':
    case '-updated':
      return { ...direction, key: sql`c.updated_at`, cast: sql`timestamptz` }
    // Unknown comes last in both directions.
    case 'population':
      return { ...direction, key: sql`coalesce(c.population, 2147483647)`, cast: sql`integer` }
    case '-population':
      return { ...direction, key: sql`coalesce(c.population, -1)`, cast: sql`integer` }
    case 'office_id':
    case '-office_id':
      return { ...direction, key: sql`c.office_id`, cast: sql`text` }
    default:
      return sort satisfies never
  }
}

interface PlaceColumns {
  barangay_code: string
  barangay_name: string
  city_code: string
  city_name: string
  province_code: string | null
  province_name: string | null
  region_code: string
  region_name: string
}

interface ListColumns extends PlaceColumns {
  id: string
  office_id: string
  name: string
  status: CommunityStatus
  primary_group: EthnolinguisticGroup | null
  population: number | null
  households: number | null
  demo: boolean
  archived_at: Date | null
  updated_at: Date
  sitio: string | null
  latitude: number | null
  longitude: number | null
}

interface RecordColumns extends ListColumns {
  aliases: string[]
  settlement_type: CommunityRecord['settlementType']
  proximity: CommunityRecord['proximity']
  status_source: string
  status_date: string
  accuracy_metres: number | null
  families: number | null
  other_groups: EthnolinguisticGroup[]
  notes: string | null
  version: number
  created_at: Date
  archive_reason: string | null
}

const listColumns = sql`c.id, c.office_id, c.name, c.status, c.primary_group, c.population, c.households, c.demo,
  c.archived_at, c.updated_at, c.sitio, c.latitude, c.longitude, c.barangay_code, b.name as barangay_name,
  c.city_code, t.name as city_name, c.province_code, p.name as province_name, c.region_code, r.name as region_name`
const recordColumns = sql`${listColumns}, c.aliases, c.settlement_type, c.proximity, c.status_source, c.status_date,
  c.accuracy_metres, c.families, c.other_groups, c.notes, c.version, c.created_at, c.archive_reason`
const joinPlaces = sql`join places b on b.code = c.barangay_code join places t on t.code = c.city_code
  left join places p on p.code = c.province_code join places r on r.code = c.region_code`

const placesOf = (row: PlaceColumns): Pick<CommunityRecord, 'barangay' | 'city' | 'province' | 'region'> => ({
  barangay: { code: row.barangay_code, name: row.barangay_name, level: 'barangay' },
  city: { code: row.city_code, name: row.city_name, level: 'city' },
  province:
    row.province_code === null ? null : { code: row.province_code, name: row.province_name ?? '', level: 'province' },
  region: { code: row.region_code, name: row.region_name, level: 'region' },
})

const listedOf = (row: ListColumns) => ({
  id: row.id,
  officeId: row.office_id,
  name: row.name,
  status: row.status,
  primaryGroup: row.primary_group,
  population: row.population,
  households: row.households,
  demo: row.demo,
  archivedAt: row.archived_at?.toISOString() ?? null,
  updatedAt: row.updated_at.toISOString(),
  sitio: row.sitio,
  ...placesOf(row),
  latitude: row.latitude,
  longitude: row.longitude,
})
export type ListedCommunity = ReturnType<typeof listedOf>

const recordOf = (row: RecordColumns): CommunityRecord => ({
  ...listedOf(row),
  aliases: row.aliases,
  settlementType: row.settlement_type,
  proximity: row.proximity,
  statusSource: row.status_source,
  statusDate: row.status_date,
  accuracyMetres: row.accuracy_metres,
  families: row.families,
  otherGroups: row.other_groups,
  notes: row.notes,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  archiveReason: row.archive_reason,
})

export async function listCommunities(
  reader: Reader,
  sight: Sight,
  page: { sort: CommunitySort; limit: number; after?: Position | undefined },
): Promise<{ items: ListedCommunity[]; next: Position | null }> {
  const { key, direction, after, cast } = orderOf(page.sort)
  const from = page.after
    ? sql`and (${key}, c.id) ${after} (${page.after.key}::${cast}, ${page.after.id}::uuid)`
    : sql``
  // The page first, its places afterwards: no join is ever done for rows that are not shown.
  const { rows } = await sql<ListColumns & { sort_key: string | number | Date }>`
    select ${listColumns}, c.sort_key from (
      select c.*, ${key} as sort_key from ${rowsOf(page.sort, sight)} ${from}
      order by ${key} ${direction}, c.id ${direction} limit ${page.limit + 1}
    ) c ${joinPlaces} order by c.sort_key ${direction}, c.id ${direction}`.execute(reader)
  const items = rows.slice(0, page.limit)
  const last = items.at(-1)
  const lastKey = last?.sort_key instanceof Date ? last.sort_key.toISOString() : last?.sort_key
  return {
    items: items.map(listedOf),
    next: last && lastKey !== undefined && rows.length > page.limit ? { key: lastKey, id: last.id } : null,
  }
}

export async function countCommunities(reader: Reader, sight: Sight): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select count(*) as total from communities c where ${inSight(sight)}`.execute(reader)
  return rows[0]?.total ?? 0
}

/** Counts and sums per status, group and region: a few hundred cells, from which every total is added up. */
export async function readFigures(reader: Reader, sight: Sight): Promise<FiguresCell[]> {
  const { rows } = await sql<FiguresCell>`
    select f.*, json_build_object('code', r.code, 'name', r.name) as region from (
      select c.status, c.primary_group as "group", c.region_code, count(*) as total,
        coalesce(sum(c.population), 0) as population, count(c.population) as "populationKnown",
        coalesce(sum(c.households), 0) as households, count(c.households) as "householdsKnown",
        count(c.latitude) as located
      from communities c where ${inSight(sight)} group by 1, 2, 3
    ) f join places r on r.code = f.region_code`.execute(reader)
  return rows
}

export type MapPoint = [longitude: number, latitude: number, status: number, id: string, name: string]

/** Degrees to five decimals, about a metre. */
const aMetre = (degrees: number): number => Math.round(degrees * 100_000) / 100_000

export async function readMap(
  db: Db,
  sight: Sight,
): Promise<{ points: MapPoint[]; unlocated: number; truncated: boolean }> {
  return db.snapshot(async (reader) => {
    // When there are more than fit, an even sample and always the same one, not the oldest.
    const { rows } = await sql<{ x: number; y: number; s: CommunityStatus; id: string; name: string }>`
      select c.longitude as x, c.latitude as y, c.status as s, c.id, c.name
      from communities c where ${inSight(sight)} and c.latitude is not null
      order by md5(c.id::text) limit ${maxMapPoints + 1}`.execute(reader)
    const unlocated = await countCommunities(reader, { ...sight, filter: { ...sight.filter, located: false } })
    const shown = rows.length > maxMapPoints ? rows.slice(0, maxMapPoints) : rows
    return {
      points: shown.map(
        (row): MapPoint => [aMetre(row.x), aMetre(row.y), communityStatuses.indexOf(row.s), row.id, row.name],
      ),
      unlocated: sight.filter.located === true ? 0 : unlocated,
      truncated: rows.length > maxMapPoints,
    }
  })
}

const fetched = 1000

/**
 * All rows in order, a thousand at a time, inside the caller's snapshot. A cursor of SQL itself: each fetch is a statement
 * with a time limit of its own, and a reader that stalls is ended by the limit for idle transactions.
 */
export async function* streamCommunities(
  reader: Tx,
  sight: Sight,
  sort: CommunitySort,
): AsyncGenerator<CommunityRecord, void, undefined> {
  const { key, direction } = orderOf(sort)
  await sql`declare communities_export no scroll cursor for
    select ${recordColumns} from (select c.* from ${rowsOf(sort, sight)}) c ${joinPlaces}
    order by ${key} ${direction}, c.id ${direction}`.execute(reader)
  for (;;) {
    const { rows } = await sql<RecordColumns>`fetch ${sql.lit(fetched)} from communities_export`.execute(reader)
    for (const row of rows) yield recordOf(row)
    if (rows.length < fetched) return
  }
}

export interface FoundCommunity extends CommunityRecord {
  createdBy: string | null
  updatedBy: string | null
  may: { edit: boolean; archive: boolean; readContacts: boolean; editContacts: boolean; readHistory: boolean }
}

/**
 * One community with what the actor may do with it. Outside his sight it is not found; `any` is for the one who has just
 * registered it.
 */
export async function findCommunity(
  reader: Reader,
  actor: Actor,
  id: string,
  { locked = false, any = false }: { locked?: boolean; any?: boolean } = {},
): Promise<FoundCommunity | undefined> {
  const { rows } = await sql<
    RecordColumns & { created_by: string | null; updated_by: string | null; [may: `may_${string}`]: boolean }
  >`
    select ${recordColumns}, cu.name as created_by, uu.name as updated_by, ${reaches(actor)}
    from communities c ${joinPlaces} left join users cu on cu.id = c.created_by left join users uu on uu.id = c.updated_by
    where c.id = ${id} and ${any ? sql`true` : reach(actor, 'community.read')}
    ${locked ? sql`for update of c` : sql``}`.execute(reader)
  const row = rows[0]
  return (
    row && {
      ...recordOf(row),
      createdBy: row.created_by,
      updatedBy: row.updated_by,
      may: {
        edit: row.may_edit === true,
        archive: row.may_archive === true,
        readContacts: row.may_read_contacts === true,
        editContacts: row.may_edit_contacts === true,
        readHistory: row.may_read_history === true,
      },
    }
  )
}

/** The trail of one community, newest first, its contact persons' included. */
export async function listChanges(
  reader: Reader,
  communityId: string,
  page: { limit: number; before?: number | undefined },
): Promise<Change[]> {
  const { rows } = await sql<Change>`
    select ${changeColumns} from audit_events
    where subject_type = 'community' and subject_id = ${communityId} ${page.before === undefined ? sql`` : sql`and id < ${page.before}`}
    order by id desc limit ${page.limit}`.execute(reader)
  return rows
}

export async function countChanges(reader: Reader, communityId: string): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select count(*) as total from audit_events where subject_type = 'community' and subject_id = ${communityId}`.execute(
    reader,
  )
  return rows[0]?.total ?? 0
}

/** Changes after a version, oldest first; `contactId` for those of one contact person. */
export async function listChangesSince(
  reader: Reader,
  communityId: string,
  version: number,
  contactId?: string,
): Promise<Change[]> {
  const { rows } = await sql<Change>`
    select ${changeColumns} from audit_events
    where subject_type = 'community' and subject_id = ${communityId} and (after->>'version')::int > ${version}
      and after->>'contactId' is not distinct from ${contactId ?? null}
    order by id`.execute(reader)
  return rows
}

/** Made-up communities on which somebody put files: these are nobody's to throw away. */
export async function listDemoWithFiles(reader: Reader): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select c.id from communities c where c.demo and exists (select from files f where f.community_id = c.id)`.execute(
    reader,
  )
  return rows.map(({ id }) => id)
}
