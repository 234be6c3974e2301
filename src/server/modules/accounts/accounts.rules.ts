import { type Permission, permissions, type Role, roles, type ScopeKind } from '#contract/access.ts'
import type { AccountState, ApprovalStage } from '#contract/accounts.options.ts'
import type { Actor } from '#server/platform/actor.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'

/** What the rules look at. */
export interface AccountFacts {
  id: string
  role: Role
  state: AccountState
  endorsedAt: Date | null
  twoFactor: boolean
}

/** A ministry's account is vouched for by its focal person before OOBC decides. */
const needsEndorsement = (role: Role): boolean => role === 'moa_focal'

export const stageOf = (account: Pick<AccountFacts, 'role' | 'endorsedAt'>): ApprovalStage =>
  needsEndorsement(account.role) && account.endorsedAt === null ? 'endorsement' : 'approval'

/** Two pairs of eyes: who endorsed an account does not count as its second stage as well. */
export const lacksEndorsement = (
  account: Pick<AccountFacts, 'role' | 'endorsedAt'> & { endorsedById: string | null },
  newRole: Role,
  approverId: string,
): boolean =>
  (needsEndorsement(account.role) || needsEndorsement(newRole)) &&
  (account.endorsedAt === null || account.endorsedById === approverId)

const isWaiting = (state: AccountState): boolean => state === 'requested' || state === 'endorsed'

export const canEndorse = (account: AccountFacts): boolean =>
  account.state === 'requested' && stageOf(account) === 'endorsement'
/** A refusal may be thought over. */
export const canApprove = (account: AccountFacts): boolean => isWaiting(account.state) || account.state === 'refused'
export const canRefuse = (account: AccountFacts): boolean => isWaiting(account.state)
export const canDeactivate = (account: AccountFacts): boolean =>
  account.state === 'active' || account.state === 'invited'
export const canReactivate = (account: AccountFacts): boolean => account.state === 'inactive'
export const isInvited = (account: AccountFacts): boolean => account.state === 'invited'

/**
 * Who decides on accounts may not make somebody who decides on access: that takes the permission itself.
 * @throws AppError `forbidden`
 */
export function assertMayGiveRole(actor: Actor, role: Role): void {
  if ('account.edit' in roles[role].grants && !actor.permissions.has('account.edit'))
    throw new AppError('forbidden', `Only who may change accounts may give the role “${roles[role].label}”.`)
}

/** Nobody changes his own access: not to widen it, and not to lock himself out. */
export function assertNotSelf(actor: Actor, accountId: string): void {
  if (actor.userId === accountId)
    throw new AppError('wrong_state', 'This is your own account. Ask another administrator to change its access.')
}

export interface NewGrant {
  permission: Permission
  effect: 'allow' | 'deny'
  scope: ScopeKind | null
  expiresAt: Date | null
}

/** @throws AppError `invalid_input` for a scope or date that cannot be; `forbidden` for what the actor has not himself */
export function assertMayGrant(actor: Actor, grant: NewGrant, now: Date): void {
  if (grant.expiresAt && grant.expiresAt <= now) throw invalidField('expiresAt', 'Choose a moment in the future.')
  if (grant.effect === 'deny') {
    if (grant.scope) throw invalidField('scope', 'A denial holds for every row; leave the scope out.')
    return
  }
  const scopes: readonly ScopeKind[] = permissions[grant.permission].scopes
  if (!grant.scope || !scopes.includes(grant.scope)) throw invalidField('scope', `Choose one of: ${scopes.join(', ')}.`)
  const own = actor.permissions.get(grant.permission)
  if (!own || scopes.indexOf(own) > scopes.indexOf(grant.scope))
    throw new AppError('forbidden', 'You cannot give what you do not have yourself.')
}
