import { z } from 'zod'
import { permissionNames, roleNames, scopeKinds, teamNames } from './access.ts'
import { accountStates, approvalStages, grantEffects, languages } from './accounts.options.ts'
import { line, listParam, pageOf, pageQuery, requiredLine, timestamp, uuid, version } from './paging.ts'
import { communityName, email, organisationRef, phone, placeName } from './people.ts'
import { psgc } from './places.ts'
import { defineRoutes } from './route.ts'

const reason = requiredLine(500)

const accountCore = z.object({
  id: uuid,
  name: z.string(),
  email: z.string(),
  position: z.string().nullable(),
  role: z.enum(roleNames),
  team: z.enum(teamNames).nullable(),
  organisation: organisationRef.nullable(),
  state: z.enum(accountStates),
  createdAt: timestamp,
})

export const accountRow = accountCore.extend({
  twoFactor: z.boolean(),
  lastSignInAt: timestamp.nullable(),
})
export type AccountRow = z.infer<typeof accountRow>

/** A permission given to, or taken from, one person; a denial wins over everything. */
export const grantView = z.object({
  id: uuid,
  permission: z.enum(permissionNames),
  effect: z.enum(grantEffects),
  scope: z.enum(scopeKinds).nullable(),
  reason: z.string(),
  expiresAt: timestamp.nullable(),
  expired: z.boolean(),
  createdBy: z.string().nullable(),
  createdAt: timestamp,
})
export type GrantView = z.infer<typeof grantView>

export const accountView = accountRow.extend({
  phone: z.string().nullable(),
  language: z.enum(languages),
  /** What the person wrote when asking for the account. */
  note: z.string().nullable(),
  /** Why the account was refused or switched off. */
  stateReason: z.string().nullable(),
  endorsedBy: z.string().nullable(),
  endorsedAt: timestamp.nullable(),
  approvedBy: z.string().nullable(),
  approvedAt: timestamp.nullable(),
  places: z.array(placeName),
  communities: z.array(communityName),
  grants: z.array(grantView),
  /** What the person may do at this moment: role, grants and denials together. */
  permissions: z.array(z.object({ name: z.enum(permissionNames), scope: z.enum(scopeKinds) })),
  openSessions: z.number().int(),
  tokens: z.number().int(),
  version,
  can: z.object({
    change: z.boolean(),
    endorse: z.boolean(),
    approve: z.boolean(),
    refuse: z.boolean(),
    deactivate: z.boolean(),
    reactivate: z.boolean(),
    resendInvitation: z.boolean(),
    resetTwoFactor: z.boolean(),
    revokeSessions: z.boolean(),
  }),
})
export type AccountView = z.infer<typeof accountView>

/** A request for an account that waits for somebody. */
export const approvalRow = accountCore.extend({
  phone: z.string().nullable(),
  note: z.string().nullable(),
  stage: z.enum(approvalStages),
  endorsedBy: z.string().nullable(),
  endorsedAt: timestamp.nullable(),
  version,
  can: z.object({
    endorse: z.boolean(),
    /** At stage `endorsement` only with `withoutEndorsement` and a reason. */
    approve: z.boolean(),
    refuse: z.boolean(),
  }),
})
export type ApprovalRow = z.infer<typeof approvalRow>

const placement = {
  role: z.enum(roleNames),
  /** Staff only. */
  team: z.enum(teamNames).nullable(),
  organisationId: uuid.nullable(),
  /** Rows that the scopes `places` and `communities` reach. */
  placeCodes: z.array(psgc).max(200),
  communityIds: z.array(uuid).max(200),
}

export const inviteBody = z
  .strictObject({
    email,
    name: requiredLine(200),
    position: line(200).nullable().optional(),
    language: z.enum(languages).optional(),
    ...placement,
  })
  .partial({ team: true, organisationId: true, placeCodes: true, communityIds: true })
export type InviteBody = z.infer<typeof inviteBody>

export const changeAccountBody = z
  .strictObject({ name: requiredLine(200), position: line(200).nullable(), phone: phone.nullable(), ...placement })
  .partial()
  .extend({ version })
export type ChangeAccountBody = z.infer<typeof changeAccountBody>

export const approveBody = z
  .strictObject(placement)
  .partial()
  .extend({
    version,
    /** A ministry's account that its focal person has not endorsed: say so, and why. */
    withoutEndorsement: z.literal(true).optional(),
    reason: line(500).nullable().optional(),
  })
export type ApproveBody = z.infer<typeof approveBody>

export const grantBody = z.strictObject({
  permission: z.enum(permissionNames),
  effect: z.enum(grantEffects),
  /** Needed to allow; one of the permission's scopes. */
  scope: z.enum(scopeKinds).nullable().optional(),
  reason,
  expiresAt: timestamp.nullable().optional(),
})
export type GrantBody = z.infer<typeof grantBody>

const params = z.object({ accountId: uuid })
const withReason = z.strictObject({ version, reason })

export const accountRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/accounts',
    summary: 'People by name; `q` looks in name, e-mail and position. Scope `organisation` sees its own people only.',
    permission: 'account.read',
    query: z.object({
      ...pageQuery,
      q: z.string().trim().max(100).optional(),
      role: listParam(z.enum(roleNames)).optional(),
      state: listParam(z.enum(accountStates)).optional(),
      organisation: uuid.optional(),
    }),
    reply: pageOf(accountRow),
  },
  show: {
    method: 'GET',
    path: '/api/v1/accounts/:accountId',
    summary: 'One person: access, grants, rows, sessions.',
    permission: 'account.read',
    params,
    reply: accountView,
  },
  change: {
    method: 'PATCH',
    path: '/api/v1/accounts/:accountId',
    summary: 'Change role, team, organisation, places, communities or personal entries. Nobody changes his own access.',
    permission: 'account.edit',
    params,
    body: changeAccountBody,
    reply: accountView,
  },
  deactivate: {
    method: 'POST',
    path: '/api/v1/accounts/:accountId/deactivate',
    summary: 'Switch an account off; ends its sessions and stops its tokens.',
    permission: 'account.edit',
    params,
    body: withReason,
    reply: accountView,
  },
  reactivate: {
    method: 'POST',
    path: '/api/v1/accounts/:accountId/reactivate',
    summary: 'Switch an account on again.',
    permission: 'account.edit',
    params,
    body: withReason,
    reply: accountView,
  },
  revokeSessions: {
    method: 'POST',
    path: '/api/v1/accounts/:accountId/revoke-sessions',
    summary: 'End every session of a person.',
    permission: 'account.edit',
    params,
    reply: accountView,
  },
  resetTwoFactor: {
    method: 'POST',
    path: '/api/v1/accounts/:accountId/reset-two-factor',
    summary: 'Switch a person’s two-factor sign-in off after a lost phone; ends the sessions and tells the person.',
    permission: 'account.edit',
    params,
    body: withReason,
    reply: accountView,
  },
  addGrant: {
    method: 'POST',
    path: '/api/v1/accounts/:accountId/grants',
    summary: 'Give a permission to, or take it from, one person; replaces an earlier one for the same permission.',
    permission: 'account.edit',
    params,
    body: grantBody,
    reply: accountView,
    status: 201,
  },
  removeGrant: {
    method: 'DELETE',
    path: '/api/v1/accounts/:accountId/grants/:grantId',
    summary: 'Take back what was given to, or taken from, one person.',
    permission: 'account.edit',
    params: params.extend({ grantId: uuid }),
    reply: accountView,
  },
  invite: {
    method: 'POST',
    path: '/api/v1/invitations',
    summary: 'Invite a person by mail; the link is good for seven days.',
    permission: 'account.invite',
    body: inviteBody,
    reply: accountRow,
    status: 201,
  },
  resendInvitation: {
    method: 'POST',
    path: '/api/v1/accounts/:accountId/resend-invitation',
    summary: 'Mail a new invitation link; the old one stops working.',
    permission: 'account.invite',
    params,
    reply: accountRow,
  },
  approvals: {
    method: 'GET',
    path: '/api/v1/approvals',
    summary: 'Requests for an account that wait for somebody, oldest first.',
    permission: 'account.read',
    query: z.object({ ...pageQuery, stage: z.enum(approvalStages).optional() }),
    reply: pageOf(approvalRow).extend({
      /** Within the reader’s sight, whatever `stage` says. */
      counts: z.object({ endorsement: z.number().int(), approval: z.number().int() }),
    }),
  },
  endorse: {
    method: 'POST',
    path: '/api/v1/accounts/:accountId/endorse',
    summary: 'First stage of a ministry’s account: its focal person vouches for it.',
    permission: 'account.endorse',
    params,
    body: z.strictObject({ version }),
    reply: accountView,
  },
  approve: {
    method: 'POST',
    path: '/api/v1/accounts/:accountId/approve',
    summary: 'Approve a request, with the role and rows the person gets.',
    permission: 'account.approve',
    params,
    body: approveBody,
    reply: accountView,
  },
  refuse: {
    method: 'POST',
    path: '/api/v1/accounts/:accountId/refuse',
    summary: 'Refuse a request; the reason is kept and mailed.',
    permission: 'account.approve',
    params,
    body: withReason,
    reply: accountView,
  },
})

export const roleView = z.object({
  role: z.enum(roleNames),
  label: z.string(),
  summary: z.string(),
  permissions: z.array(z.object({ name: z.enum(permissionNames), scope: z.enum(scopeKinds) })),
  demandsTwoFactor: z.boolean(),
  /** Active accounts with this role, and how many of them have two-factor sign-in. */
  people: z.number().int(),
  peopleWithTwoFactor: z.number().int(),
})
export type RoleView = z.infer<typeof roleView>

export const accessRoutes = defineRoutes({
  roles: {
    method: 'GET',
    path: '/api/v1/access/roles',
    summary: 'The catalogue: every role with its permissions, every permission with its scopes.',
    permission: 'access.read',
    reply: z.object({
      roles: z.array(roleView),
      permissions: z.array(
        z.object({ name: z.enum(permissionNames), label: z.string(), scopes: z.array(z.enum(scopeKinds)) }),
      ),
    }),
  },
  demandTwoFactor: {
    method: 'PUT',
    path: '/api/v1/access/roles/:role',
    summary: 'Demand two-factor sign-in of a role, or stop demanding it.',
    permission: 'access.edit',
    params: z.object({ role: z.enum(roleNames) }),
    body: z.strictObject({ demandsTwoFactor: z.boolean() }),
    reply: roleView,
  },
})
