import type { Permission, Role, ScopeKind } from '#contract/access.ts'
import { AppError } from './errors.ts'

/** Who acts: a person in a session or behind an API token, with access already resolved. */
export interface Actor {
  userId: string
  name: string
  role: Role
  organisationId: string | null
  /** The widest rows of each permission; absent means denied. */
  permissions: ReadonlyMap<Permission, ScopeKind>
  placeCodes: readonly string[]
  communityIds: readonly string[]
  sessionId: string | null
  tokenId: string | null
  mustSetUpTwoFactor: boolean
  requestId: string
  address: string
}

export const can = (actor: Actor, permission: Permission): boolean => actor.permissions.has(permission)

/** Throws `forbidden`; routes check their own permission before a handler runs. */
export function requirePermission(actor: Actor, permission: Permission): void {
  if (!can(actor, permission)) throw new AppError('forbidden', 'Your account may not do this.')
}
