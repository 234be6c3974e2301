import { type RawBuilder, sql } from 'kysely'
import type { Permission } from '#contract/access.ts'
import { type Confidentiality, confidentialities } from '#contract/files.options.ts'
import { type Actor, can } from '#server/platform/actor.ts'
import { reach as communityReach } from '../communities/index.ts'

/** Known beforehand, or asked of each row: what is known leaves the query, and with it what would keep it from an index. */
type Clause = RawBuilder<boolean> | boolean

const isAsked = (clause: Clause): clause is RawBuilder<boolean> => typeof clause !== 'boolean'

const allOf = (...clauses: Clause[]): Clause => {
  if (clauses.includes(false)) return false
  const asked = clauses.filter(isAsked)
  return asked.length === 0 ? true : sql`(${sql.join(asked, sql` and `)})`
}

const anyOf = (...clauses: Clause[]): Clause => {
  if (clauses.includes(true)) return true
  const asked = clauses.filter(isAsked)
  return asked.length === 0 ? false : sql`(${sql.join(asked, sql` or `)})`
}

/** Never null, so that it can be a column too. */
const written = (clause: Clause): RawBuilder<boolean> =>
  isAsked(clause) ? sql`coalesce(${clause}, false)` : sql`${sql.lit(clause)}`

/** What each degree of confidentiality asks for, at the record that the file hangs on. */
const readers = {
  public: 'file.read',
  internal: 'file.read_internal',
  restricted: 'file.read_restricted',
} as const satisfies Record<Confidentiality, Permission>

/**
 * Whether the permission reaches the record of `files AS f`; lists are asked for as arrays, which an index can look up. A folder is its organisation's; the office's own asks for all.
 */
function reaching(actor: Actor, permission: Permission): Clause {
  const scope = actor.permissions.get(permission)
  switch (scope) {
    case 'all':
      return true
    case 'organisation':
      return actor.organisationId === null
        ? false
        : sql`(f.organisation_id = ${actor.organisationId}::uuid
            or f.folder_id = any(array(select d.id from folders d where d.organisation_id = ${actor.organisationId}::uuid)))`
    case 'places': {
      const codes = actor.placeCodes
      return codes.length === 0
        ? false
        : sql`(f.community_id = any(array(select c.id from communities c where ${communityReach(actor, permission)}))
            or f.place_code = any(array(select p.code from places p where p.code = any(${codes}) or p.city_code = any(${codes})
              or p.province_code = any(${codes}) or p.region_code = any(${codes}))))`
    }
    case 'communities':
      return actor.communityIds.length === 0 ? false : sql`f.community_id = any(${[...actor.communityIds]}::uuid[])`
    case undefined:
      return false
    default:
      return scope satisfies never
  }
}

/** Whether the actor may see the record of `files AS f`. Folders are seen by whoever has a file permission that reaches them. */
function recordSeen(actor: Actor): Clause {
  const scope = actor.permissions.get('community.read')
  const communities =
    scope === undefined
      ? false
      : sql<boolean>`f.community_id = any(array(select c.id from communities c where ${communityReach(actor, 'community.read')}))`
  const places = can(actor, 'place.read')
  const organisations = can(actor, 'organisation.read')
  if (scope === 'all' && places && organisations) return true
  return anyOf(
    sql`f.folder_id is not null`,
    scope === 'all' ? sql`f.community_id is not null` : communities,
    places && sql`f.place_code is not null`,
    organisations && sql`f.organisation_id is not null`,
  )
}

function readableClause(actor: Actor): Clause {
  if (!can(actor, 'file.read')) return false
  const byScope = Map.groupBy(confidentialities, (one) => actor.permissions.get(readers[one]))
  const degrees = [...byScope.values()].map((some) =>
    some.length === confidentialities.length
      ? reaching(actor, readers[some[0] as Confidentiality])
      : allOf(reaching(actor, readers[some[0] as Confidentiality]), sql`f.confidentiality = any(${some})`),
  )
  return allOf(recordSeen(actor), anyOf(...degrees))
}

/**
 * The rows of `files AS f` that the actor may read: a clause for every query, never a filter afterwards. Null counts as no; a
 * `coalesce` around it would keep it from every index.
 */
export const readable = (actor: Actor): RawBuilder<boolean> => {
  const clause = readableClause(actor)
  return isAsked(clause) ? clause : sql`${sql.lit(clause)}`
}

/** The same as a column. */
export const isReadable = (actor: Actor): RawBuilder<boolean> => written(readableClause(actor))

/** The rows of `files AS f` with whose record the actor may do this; what is not readable is out of reach in any case. */
export const within = (actor: Actor, permission: Permission): RawBuilder<boolean> =>
  written(allOf(readableClause(actor), reaching(actor, permission)))

/** Whether so few rows are readable that looking them up comes before sorting. */
export const isNarrow = (actor: Actor): boolean => actor.permissions.get('file.read') !== 'all'

/** The rows of `folders AS d` that the permission reaches. */
export function foldersWithin(actor: Actor, permission: Permission): RawBuilder<boolean> {
  const scope = actor.permissions.get(permission)
  if (scope === 'all') return sql`true`
  if (scope !== 'organisation' || actor.organisationId === null) return sql`false`
  return sql`coalesce(d.organisation_id = ${actor.organisationId}::uuid, false)`
}

/** The rows of `folders AS d` that the actor may see: those in which he could read a file. */
export const folderSeen = (actor: Actor): RawBuilder<boolean> =>
  can(actor, 'file.read')
    ? sql`(${sql.join(
        confidentialities.map((one) => foldersWithin(actor, readers[one])),
        sql` or `,
      )})`
    : sql`false`

/** Whether the actor may see the record of `files AS f`, whatever hangs on it. */
export const recordInSight = (actor: Actor): RawBuilder<boolean> =>
  written(
    allOf(
      recordSeen(actor),
      anyOf(sql`f.folder_id is null`, sql`f.folder_id in (select d.id from folders d where ${folderSeen(actor)})`),
    ),
  )
