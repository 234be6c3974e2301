import type { Permission, Role, ScopeKind, Team } from '#contract/access.ts'
import type { AccountState, GrantEffect, Language } from '#contract/accounts.options.ts'
import { type AccountRow, type AccountView, type ApprovalRow, accessRoutes, accountRoutes } from '#contract/accounts.ts'
import type { Actor } from '#server/platform/actor.ts'
import type { HttpServer } from '#server/platform/http.ts'
import { resolvePermissions } from '../identity/index.ts'
import type { AccessService } from './access.service.ts'
import { reaches } from './accounts.policy.ts'
import type { AccountRecord, AccountRowRecord } from './accounts.reads.ts'
import { canApprove, canDeactivate, canEndorse, canReactivate, canRefuse, isInvited } from './accounts.rules.ts'
import { type AccountsService, factsOf } from './accounts.service.ts'
import type { ApprovalsService } from './approvals.service.ts'

const toCore = (row: AccountRowRecord) => ({
  id: row.id,
  name: row.name,
  email: row.email,
  position: row.position,
  role: row.role as Role,
  team: row.team as Team | null,
  organisation: row.organisation,
  state: row.state as AccountState,
  createdAt: row.createdAt.toISOString(),
})

const toRow = (row: AccountRowRecord): AccountRow => ({
  ...toCore(row),
  twoFactor: row.twoFactor,
  lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
})

function toView(actor: Actor, row: AccountRecord): AccountView {
  const facts = factsOf(row)
  const may = (permission: Permission) => reaches(actor, permission, row)
  const edits = may('account.edit')
  const editsOther = edits && row.id !== actor.userId
  const resolved = resolvePermissions(
    row.role,
    row.grants.filter((grant) => !grant.expired),
  )
  return {
    ...toRow(row),
    phone: row.phone,
    language: row.language as Language,
    note: row.note,
    stateReason: row.stateReason,
    endorsedBy: row.endorsedBy,
    endorsedAt: row.endorsedAt?.toISOString() ?? null,
    approvedBy: row.approvedBy,
    approvedAt: row.approvedAt?.toISOString() ?? null,
    places: row.places,
    communities: row.communities,
    grants: row.grants.map((grant) => ({
      id: grant.id,
      permission: grant.permission as Permission,
      effect: grant.effect as GrantEffect,
      scope: grant.scope as ScopeKind | null,
      reason: grant.reason,
      expiresAt: grant.expiresAt,
      expired: grant.expired,
      createdBy: grant.createdBy,
      createdAt: grant.createdAt,
    })),
    permissions: Array.from(resolved, ([name, scope]) => ({ name, scope })),
    openSessions: row.openSessions,
    tokens: row.tokens,
    version: row.version,
    can: {
      change: edits,
      endorse: may('account.endorse') && canEndorse(facts),
      approve: may('account.approve') && canApprove(facts),
      refuse: may('account.approve') && canRefuse(facts),
      deactivate: editsOther && canDeactivate(facts),
      reactivate: editsOther && canReactivate(facts),
      resendInvitation: may('account.invite') && isInvited(facts),
      resetTwoFactor: editsOther && facts.twoFactor,
      revokeSessions: edits && row.openSessions > 0,
    },
  }
}

type ListedApproval = Awaited<ReturnType<ApprovalsService['list']>>['items'][number]

const toApproval = (actor: Actor, row: ListedApproval): ApprovalRow => ({
  ...toCore(row),
  phone: row.phone,
  note: row.note,
  stage: row.stage,
  endorsedBy: row.endorsedBy,
  endorsedAt: row.endorsedAt?.toISOString() ?? null,
  version: row.version,
  can: {
    endorse: reaches(actor, 'account.endorse', row) && canEndorse(factsOf(row)),
    approve: reaches(actor, 'account.approve', row) && canApprove(factsOf(row)),
    refuse: reaches(actor, 'account.approve', row) && canRefuse(factsOf(row)),
  },
})

export interface AccountsHttp {
  accounts: AccountsService
  approvals: ApprovalsService
  access: AccessService
}

export function accountsHttp(server: HttpServer, { accounts, approvals, access }: AccountsHttp): void {
  server.serve(accountRoutes, {
    async list({ actor, query }) {
      const { items, ...page } = await accounts.list(actor, query)
      return { items: items.map(toRow), ...page }
    },
    show: async ({ actor, params }) => toView(actor, await accounts.show(actor, params.accountId)),
    change: async ({ actor, params, body }) => toView(actor, await accounts.change(actor, params.accountId, body)),
    deactivate: async ({ actor, params, body }) =>
      toView(actor, await accounts.deactivate(actor, params.accountId, body)),
    reactivate: async ({ actor, params, body }) =>
      toView(actor, await accounts.reactivate(actor, params.accountId, body)),
    revokeSessions: async ({ actor, params }) => toView(actor, await accounts.revokeSessions(actor, params.accountId)),
    resetTwoFactor: async ({ actor, params, body }) =>
      toView(actor, await accounts.resetTwoFactor(actor, params.accountId, body)),
    addGrant: async ({ actor, params, body }) => toView(actor, await accounts.addGrant(actor, params.accountId, body)),
    removeGrant: async ({ actor, params }) =>
      toView(actor, await accounts.removeGrant(actor, params.accountId, params.grantId)),
    invite: async ({ actor, body, onceKey }) => toRow(await approvals.invite(actor, body, onceKey)),
    resendInvitation: async ({ actor, params }) => toRow(await approvals.resendInvitation(actor, params.accountId)),
    async approvals({ actor, query }) {
      const { items, ...page } = await approvals.list(actor, query)
      return { items: items.map((row) => toApproval(actor, row)), ...page }
    },
    endorse: async ({ actor, params, body }) =>
      toView(actor, await approvals.endorse(actor, params.accountId, body.version)),
    approve: async ({ actor, params, body }) => toView(actor, await approvals.approve(actor, params.accountId, body)),
    refuse: async ({ actor, params, body }) => toView(actor, await approvals.refuse(actor, params.accountId, body)),
  })

  server.serve(accessRoutes, {
    roles: () => access.catalogue(),
    demandTwoFactor: ({ actor, params, body }) => access.demandTwoFactor(actor, params.role, body.demandsTwoFactor),
  })
}
