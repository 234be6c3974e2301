import type { Role } from '#contract/access.ts'
import type { AccountState } from '#contract/accounts.options.ts'
import type { ChangeAccountBody, GrantBody } from '#contract/accounts.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit, changedFields } from '#server/platform/audit.ts'
import { pageOf, positionOf } from '#server/platform/cursor.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { sendLetter } from '../identity/index.ts'
import { reach } from './accounts.policy.ts'
import { type AccountFilter, type AccountRecord, countAccounts, findAccount, listAccounts } from './accounts.reads.ts'
import {
  findGrant,
  lockAdministrators,
  markAccount,
  putGrant,
  removeGrant,
  removeLinks,
  removeRecoveryCodes,
  removeSessions,
  removeTokens,
} from './accounts.repo.ts'
import { type AccountFacts, assertMayGrant, assertNotSelf, canDeactivate, canReactivate } from './accounts.rules.ts'
import { checkPlacement, isPlacement, placeRows } from './placements.service.ts'

export interface AccountsDeps extends Pick<ModuleDeps, 'db' | 'clock' | 'enqueue'> {
  /** Empties what is kept of a person's access; without a person: everyone's. */
  forgetAccess(userId?: string): void
}

export const noSuchAccount = (): AppError => new AppError('not_found', 'There is no such account.')
export const staleAccount = ({ version }: { version: number }): AppError =>
  new AppError('stale_version', 'Someone changed this account first. Load it again.', { version })
export const subjectOf = (accountId: string) => ({ type: 'account', id: accountId })

export const factsOf = (account: {
  id: string
  role: string
  state: string
  endorsedAt: Date | null
  twoFactor: boolean
}): AccountFacts => ({ ...account, role: account.role as Role, state: account.state as AccountState })

/** What the audit trail compares. */
export const placedAs = (account: AccountRecord) => ({
  name: account.name,
  position: account.position,
  phone: account.phone,
  role: account.role,
  team: account.team,
  organisationId: account.organisationId,
  placeCodes: account.places.map((place) => place.code),
  communityIds: account.communities.map((community) => community.id),
})

/** @throws AppError `wrong_state` when nobody would be left who can change accounts */
async function assertAdministratorRemains(tx: Tx, without: string): Promise<void> {
  const able = await lockAdministrators(tx)
  if (able.includes(without) && able.length === 1)
    throw new AppError('wrong_state', 'This is the last administrator. Make another person administrator first.')
}

export type AccountsService = ReturnType<typeof accountsService>

/** People and their access, for administrators. */
export function accountsService({ db, clock, enqueue, forgetAccess }: AccountsDeps) {
  async function find(reader: Reader, actor: Actor, accountId: string, permission: 'account.read' | 'account.edit') {
    const found = await findAccount(reader, accountId, reach(actor, permission), clock.now())
    if (!found) throw noSuchAccount()
    return found
  }

  /** One change of one account: found in the actor's sight, changed and audited in a transaction, then seen by all. */
  async function change(
    actor: Actor,
    accountId: string,
    work: (tx: Tx, before: AccountRecord) => Promise<void>,
  ): Promise<AccountRecord> {
    const after = await db.transact(async (tx) => {
      await work(tx, await find(tx, actor, accountId, 'account.edit'))
      return find(tx, actor, accountId, 'account.edit')
    })
    forgetAccess(accountId)
    return after
  }

  return {
    async list(
      actor: Actor,
      { cursor, limit = 50, ...filter }: AccountFilter & { cursor?: string | undefined; limit?: number | undefined },
    ) {
      const sight = reach(actor, 'account.read')
      const after = positionOf(cursor)
      const rows = await listAccounts(db, filter, sight, after, limit + 1)
      return { ...pageOf(rows, limit), total: after ? null : await countAccounts(db, filter, sight) }
    },

    show: (actor: Actor, accountId: string) => find(db, actor, accountId, 'account.read'),

    change: (actor: Actor, accountId: string, { version, ...wanted }: ChangeAccountBody) =>
      change(actor, accountId, async (tx, before) => {
        if (isPlacement(wanted)) assertNotSelf(actor, accountId)
        const columns = await checkPlacement(tx, actor, wanted, before)
        if (before.role === 'administrator' && columns.role !== 'administrator')
          await assertAdministratorRemains(tx, accountId)
        const personal = {
          ...(wanted.name !== undefined && { name: wanted.name }),
          ...(wanted.position !== undefined && { position: wanted.position }),
          ...(wanted.phone !== undefined && { phone: wanted.phone }),
        }
        if (!(await markAccount(tx, accountId, version, { ...columns, ...personal }, clock.now())))
          throw staleAccount(before)
        await placeRows(tx, accountId, wanted)
        const after = await find(tx, actor, accountId, 'account.edit')
        await audit(tx, clock, actor, {
          action: 'account.changed',
          subject: subjectOf(accountId),
          ...changedFields(placedAs(before), placedAs(after)),
        })
      }),

    deactivate: (actor: Actor, accountId: string, { version, reason }: { version: number; reason: string }) =>
      change(actor, accountId, async (tx, before) => {
        assertNotSelf(actor, accountId)
        if (!canDeactivate(factsOf(before)))
          throw new AppError('wrong_state', 'Only an active or invited account can be switched off.')
        await assertAdministratorRemains(tx, accountId)
        const off = { state: 'inactive', state_reason: reason }
        if (!(await markAccount(tx, accountId, version, off, clock.now()))) throw staleAccount(before)
        const sessionsEnded = await removeSessions(tx, accountId)
        const tokensRevoked = await removeTokens(tx, accountId)
        await removeLinks(tx, accountId)
        await audit(tx, clock, actor, {
          action: 'account.deactivated',
          subject: subjectOf(accountId),
          before: { state: before.state },
          after: { state: 'inactive', reason, sessionsEnded, tokensRevoked },
        })
      }),

    reactivate: (actor: Actor, accountId: string, { version, reason }: { version: number; reason: string }) =>
      change(actor, accountId, async (tx, before) => {
        if (!canReactivate(factsOf(before)))
          throw new AppError('wrong_state', 'Only an account that is switched off can be switched on.')
        // Who never chose a password is invited again.
        const state = before.hasPassword ? 'active' : 'invited'
        const on = { state, state_reason: null }
        if (!(await markAccount(tx, accountId, version, on, clock.now()))) throw staleAccount(before)
        await audit(tx, clock, actor, {
          action: 'account.reactivated',
          subject: subjectOf(accountId),
          before: { state: before.state },
          after: { state, reason },
        })
        if (state === 'invited') await enqueue(tx, sendLetter, { kind: 'invitation', userId: accountId })
      }),

    revokeSessions: (actor: Actor, accountId: string) =>
      change(actor, accountId, async (tx) => {
        const sessionsEnded = await removeSessions(tx, accountId)
        const tokensRevoked = await removeTokens(tx, accountId)
        await audit(tx, clock, actor, {
          action: 'account.sessions_revoked',
          subject: subjectOf(accountId),
          after: { sessionsEnded, tokensRevoked },
        })
      }),

    resetTwoFactor: (actor: Actor, accountId: string, { version, reason }: { version: number; reason: string }) =>
      change(actor, accountId, async (tx, before) => {
        assertNotSelf(actor, accountId)
        if (!before.twoFactor) throw new AppError('wrong_state', 'Two-factor sign-in is not on.')
        const none = { totp_secret: null, totp_confirmed_at: null, totp_last_step: null }
        if (!(await markAccount(tx, accountId, version, none, clock.now()))) throw staleAccount(before)
        await removeRecoveryCodes(tx, accountId)
        await removeSessions(tx, accountId)
        await audit(tx, clock, actor, {
          action: 'account.two_factor_reset',
          subject: subjectOf(accountId),
          after: { reason },
        })
        await enqueue(tx, sendLetter, { kind: 'two_factor_off', userId: accountId })
      }),

    addGrant: (actor: Actor, accountId: string, body: GrantBody) =>
      change(actor, accountId, async (tx) => {
        assertNotSelf(actor, accountId)
        const grant = {
          permission: body.permission,
          effect: body.effect,
          scope: body.scope ?? null,
          expiresAt: body.expiresAt ? new Date(body.expiresAt) : null,
        }
        assertMayGrant(actor, grant, clock.now())
        if (grant.effect === 'deny' && grant.permission === 'account.edit')
          await assertAdministratorRemains(tx, accountId)
        const { reason } = body
        await putGrant(tx, { userId: accountId, ...grant, reason, createdBy: actor.userId }, clock.now())
        await audit(tx, clock, actor, {
          action: 'account.grant_added',
          subject: subjectOf(accountId),
          after: { ...grant, expiresAt: grant.expiresAt?.toISOString() ?? null, reason },
        })
      }),

    removeGrant: (actor: Actor, accountId: string, grantId: string) =>
      change(actor, accountId, async (tx) => {
        assertNotSelf(actor, accountId)
        const grant = await findGrant(tx, accountId, grantId)
        if (!grant) throw new AppError('not_found', 'There is no such grant.')
        await removeGrant(tx, accountId, grantId)
        await audit(tx, clock, actor, {
          action: 'account.grant_removed',
          subject: subjectOf(accountId),
          before: { ...grant, expiresAt: grant.expiresAt?.toISOString() ?? null },
        })
      }),
  }
}
