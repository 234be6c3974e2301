import type { Permission, Role, ScopeKind } from '#contract/access.ts'

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
