import { type Permission, permissions, type Role, roles, type ScopeKind } from '#contract/access.ts'

/** A permission given to or taken from one person; expired ones are left out before. */
export interface Grant {
  permission: string
  effect: string
  scope: string | null
}

/** Scopes stand in the catalogue with the widest first. */
const width = (permission: Permission, scope: ScopeKind): number => {
  const place = (permissions[permission].scopes as readonly ScopeKind[]).indexOf(scope)
  return place < 0 ? Number.POSITIVE_INFINITY : place
}

/** What the role gives, widened by what was given to the person, less what was taken: a denial always wins. */
export function resolvePermissions(role: string, grants: readonly Grant[]): Map<Permission, ScopeKind> {
  const resolved = new Map<Permission, ScopeKind>()
  const entry = roles[role as Role] as (typeof roles)[Role] | undefined
  for (const [name, scope] of Object.entries(entry?.grants ?? {})) resolved.set(name as Permission, scope as ScopeKind)
  for (const grant of grants) {
    if (grant.effect !== 'allow' || !(grant.permission in permissions)) continue
    const permission = grant.permission as Permission
    const given = (grant.scope ?? permissions[permission].scopes[0]) as ScopeKind
    const before = resolved.get(permission)
    if (width(permission, given) < (before ? width(permission, before) : Number.POSITIVE_INFINITY))
      resolved.set(permission, given)
  }
  for (const grant of grants) if (grant.effect === 'deny') resolved.delete(grant.permission as Permission)
  return resolved
}

/** An API token carries some of what its owner may do at the moment of use, never more. */
export function narrowPermissions(
  owned: ReadonlyMap<Permission, ScopeKind>,
  carried: readonly string[],
): Map<Permission, ScopeKind> {
  return new Map([...owned].filter(([permission]) => carried.includes(permission)))
}
