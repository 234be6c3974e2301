import {
  type Permission,
  permissionNames,
  permissions,
  type Role,
  roleNames,
  roles,
  type ScopeKind,
} from '#contract/access.ts'
import type { RoleView } from '#contract/accounts.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit } from '#server/platform/audit.ts'
import { listDemandingRoles, listRoleFigures } from './accounts.reads.ts'
import { putRoleDemand } from './accounts.repo.ts'
import type { AccountsDeps } from './accounts.service.ts'

export type AccessService = ReturnType<typeof accessService>

/** The catalogue of access as administrators see it, and what they may set of it. */
export function accessService({ db, clock, forgetAccess }: AccountsDeps) {
  async function listRoles(): Promise<RoleView[]> {
    const demanding = new Set((await listDemandingRoles(db)).map((row) => row.role))
    const figures = new Map((await listRoleFigures(db)).map((row) => [row.role, row]))
    return roleNames.map((role) => ({
      role,
      label: roles[role].label,
      summary: roles[role].summary,
      permissions: Object.entries(roles[role].grants).map(([name, scope]) => ({
        name: name as Permission,
        scope: scope as ScopeKind,
      })),
      demandsTwoFactor: demanding.has(role),
      people: figures.get(role)?.people ?? 0,
      peopleWithTwoFactor: figures.get(role)?.peopleWithTwoFactor ?? 0,
    }))
  }

  return {
    async catalogue() {
      return {
        roles: await listRoles(),
        permissions: permissionNames.map((name) => ({
          name,
          label: permissions[name].label,
          scopes: [...permissions[name].scopes] as ScopeKind[],
        })),
      }
    },

    async demandTwoFactor(actor: Actor, role: Role, demandsTwoFactor: boolean): Promise<RoleView> {
      await db.transact(async (tx) => {
        const before = await putRoleDemand(tx, role, demandsTwoFactor, actor.userId, clock.now())
        if (before === demandsTwoFactor) return
        await audit(tx, clock, actor, {
          action: demandsTwoFactor ? 'role.two_factor_demanded' : 'role.two_factor_released',
          subject: { type: 'role', id: role },
          before: { demandsTwoFactor: before },
          after: { demandsTwoFactor },
        })
      })
      forgetAccess()
      return (await listRoles()).find((entry) => entry.role === role) as RoleView
    },
  }
}
