import { type RawBuilder, sql } from 'kysely'
import type { Permission } from '#contract/access.ts'
import type { Actor } from '#server/platform/actor.ts'

/** PSGC codes end in as many zeros as their level leaves open: RR PPP MM BBB. A highly urbanised city takes a province's place. */
const shapes = [
  { ends: /0{8}$/, columns: ['c.region_code'] },
  { ends: /[^0]0{5,7}$/, columns: ['c.province_code', 'c.city_code'] },
  { ends: /[^0]0{3,4}$/, columns: ['c.city_code'] },
  { ends: /[^0]0{0,2}$/, columns: ['c.barangay_code'] },
]

/** Each code is compared where it can stand only, so that one index answers for one level. */
function inPlaces(codes: readonly string[]): RawBuilder<boolean> {
  const clauses = shapes.flatMap(({ ends, columns }) => {
    const some = codes.filter((code) => ends.test(code))
    return some.length === 0 ? [] : columns.map((column) => sql`${sql.ref(column)} = any(${some})`)
  })
  return clauses.length === 0 ? sql`false` : sql`(${sql.join(clauses, sql` or `)})`
}

/** The rows of `communities AS c` that the actor's permission reaches: a clause for every query, never a filter afterwards. */
export function reach(actor: Actor, permission: Permission): RawBuilder<boolean> {
  const scope = actor.permissions.get(permission)
  switch (scope) {
    case 'all':
      return sql`true`
    case 'places':
      return inPlaces(actor.placeCodes)
    case 'communities':
      return sql`c.id = any(${[...actor.communityIds]}::uuid[])`
    // A community belongs to no organisation.
    case 'organisation':
    case undefined:
      return sql`false`
    default:
      return scope satisfies never
  }
}

/** Whether the actor may register a community in, or move one to, a barangay with these codes (its own and its ancestors'). */
export function reachesPlace(actor: Actor, permission: Permission, codes: readonly string[]): boolean {
  const scope = actor.permissions.get(permission)
  return scope === 'all' || (scope === 'places' && codes.some((code) => actor.placeCodes.includes(code)))
}

/** What the actor may do with one row, as columns of the query that finds it. */
export const reaches = (actor: Actor): RawBuilder<Record<string, boolean>> => sql`
  coalesce(${reach(actor, 'community.edit')}, false) as may_edit,
  coalesce(${reach(actor, 'community.archive')}, false) as may_archive,
  coalesce(${reach(actor, 'community.read_contacts')}, false) as may_read_contacts,
  coalesce(${reach(actor, 'community.edit_contacts')}, false) as may_edit_contacts,
  coalesce(${reach(actor, 'community.read_history')}, false) as may_read_history`
