import { type RawBuilder, sql } from 'kysely'
import type { Permission } from '#contract/access.ts'
import type { Actor } from '#server/platform/actor.ts'

/** For a row whose permission was checked already. */
export const everyone: RawBuilder<boolean> = sql`true`

/** The rows of `users` that the actor's permission reaches: a clause for every query, never a filter afterwards. */
export function reach(actor: Actor, permission: Permission): RawBuilder<boolean> {
  const scope = actor.permissions.get(permission)
  switch (scope) {
    case 'all':
      return everyone
    case 'organisation':
      return sql`coalesce(users.organisation_id = ${actor.organisationId}::uuid, false)`
    // A person stands in no place and no community.
    case 'places':
    case 'communities':
    case undefined:
      return sql`false`
    default:
      return scope satisfies never
  }
}

/** Whether one account lies within the actor's permission; the same rule as `reach`, for a row already in hand. */
export function reaches(actor: Actor, permission: Permission, account: { organisationId: string | null }): boolean {
  const scope = actor.permissions.get(permission)
  return (
    scope === 'all' ||
    (scope === 'organisation' && account.organisationId !== null && account.organisationId === actor.organisationId)
  )
}
