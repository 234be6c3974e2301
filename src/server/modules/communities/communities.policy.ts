import { type RawBuilder, sql } from 'kysely'
import type { Permission } from '#contract/access.ts'
import type { Actor } from '#server/platform/actor.ts'

/** The rows of `communities AS c` that the actor's permission reaches: a clause for every query, never a filter afterwards. */
export function reach(actor: Actor, permission: Permission): RawBuilder<boolean> {
  const scope = actor.permissions.get(permission)
  switch (scope) {
    case 'all':
      return sql`true`
    case 'places': {
      const codes = [...actor.placeCodes]
      if (codes.length === 0) return sql`false`
      return sql`(c.region_code = any(${codes}) or c.province_code = any(${codes}) or c.city_code = any(${codes}) or c.barangay_code = any(${codes}))`
    }
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
