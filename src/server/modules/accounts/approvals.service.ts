import { v7 as uuidv7 } from 'uuid'
import type { Permission } from '#contract/access.ts'
import type { ApprovalStage } from '#contract/accounts.options.ts'
import type { ApproveBody, InviteBody } from '#contract/accounts.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit, changedFields } from '#server/platform/audit.ts'
import { pageOf, positionOf } from '#server/platform/cursor.ts'
import type { Tx } from '#server/platform/db.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'
import { type OnceKey, once } from '#server/platform/once.ts'
import { sendLetter } from '../identity/index.ts'
import { everyone, reach } from './accounts.policy.ts'
import { type AccountRecord, countApprovals, createdKeyShape, findAccount, listApprovals } from './accounts.reads.ts'
import { insertAccount, markAccount } from './accounts.repo.ts'
import { canApprove, canEndorse, canRefuse, isInvited, lacksEndorsement } from './accounts.rules.ts'
import { type AccountsDeps, factsOf, noSuchAccount, placedAs, staleAccount, subjectOf } from './accounts.service.ts'
import { checkPlacement, placeRows } from './placements.service.ts'

export type ApprovalsService = ReturnType<typeof approvalsService>

/** How accounts come to be: requests, their endorsement and approval, and invitations. */
export function approvalsService({ db, clock, enqueue, forgetAccess }: AccountsDeps) {
  const now = () => clock.now()

  async function find(tx: Tx, actor: Actor, accountId: string, permission: Permission): Promise<AccountRecord> {
    const found = await findAccount(tx, accountId, reach(actor, permission), now())
    if (!found) throw noSuchAccount()
    return found
  }

  async function decide(
    actor: Actor,
    accountId: string,
    permission: Permission,
    work: (tx: Tx, before: AccountRecord) => Promise<void>,
  ): Promise<AccountRecord> {
    const after = await db.transact(async (tx) => {
      await work(tx, await find(tx, actor, accountId, permission))
      return find(tx, actor, accountId, permission)
    })
    forgetAccess(accountId)
    return after
  }

  return {
    async list(
      actor: Actor,
      {
        cursor,
        limit = 50,
        stage,
      }: { cursor?: string | undefined; limit?: number | undefined; stage?: ApprovalStage | undefined },
    ) {
      const sight = reach(actor, 'account.read')
      const after = positionOf(cursor, createdKeyShape)
      const rows = await listApprovals(db, stage, sight, after, limit + 1)
      const counts = await countApprovals(db, sight)
      const total = stage ? counts[stage] : counts.endorsement + counts.approval
      return { ...pageOf(rows, limit), total: after ? null : total, counts }
    },

    endorse: (actor: Actor, accountId: string, version: number) =>
      decide(actor, accountId, 'account.endorse', async (tx, before) => {
        if (!canEndorse(factsOf(before)))
          throw new AppError('wrong_state', 'Only a ministry’s account that waits for its focal person is endorsed.')
        const endorsed = { state: 'endorsed', endorsed_by: actor.userId, endorsed_at: now() }
        if (!(await markAccount(tx, accountId, version, endorsed, now()))) throw staleAccount(before)
        await audit(tx, clock, actor, {
          action: 'account.endorsed',
          subject: subjectOf(accountId),
          before: { state: before.state },
          after: { state: 'endorsed' },
        })
      }),

    approve: (actor: Actor, accountId: string, { version, withoutEndorsement, reason, ...wanted }: ApproveBody) =>
      decide(actor, accountId, 'account.approve', async (tx, before) => {
        const facts = factsOf(before)
        if (!canApprove(facts)) throw new AppError('wrong_state', 'Only a request for an account can be approved.')
        const columns = await checkPlacement(tx, actor, wanted, before)
        const isUnendorsed = lacksEndorsement(
          { ...facts, endorsedById: before.endorsedById },
          columns.role,
          actor.userId,
        )
        if (isUnendorsed && !withoutEndorsement)
          throw new AppError(
            'wrong_state',
            'The ministry’s focal person has not endorsed this account yet, or it was you.',
            {
              missing: 'endorsement',
            },
          )
        if (isUnendorsed && !reason)
          throw invalidField('reason', 'Say why the account is approved without an endorsement.')
        const approved = {
          ...columns,
          state: 'active',
          state_reason: null,
          approved_by: actor.userId,
          approved_at: now(),
        }
        if (!(await markAccount(tx, accountId, version, approved, now()))) throw staleAccount(before)
        await placeRows(tx, accountId, wanted)
        const after = await find(tx, actor, accountId, 'account.approve')
        const changed = changedFields(placedAs(before), placedAs(after))
        await audit(tx, clock, actor, {
          action: 'account.approved',
          subject: subjectOf(accountId),
          before: { state: before.state, ...changed.before },
          after: {
            state: 'active',
            ...changed.after,
            ...(isUnendorsed && { withoutEndorsement: true }),
            ...(reason && { reason }),
          },
        })
        await enqueue(tx, sendLetter, { kind: 'account_approved', userId: accountId })
      }),

    refuse: (actor: Actor, accountId: string, { version, reason }: { version: number; reason: string }) =>
      decide(actor, accountId, 'account.approve', async (tx, before) => {
        if (!canRefuse(factsOf(before)))
          throw new AppError('wrong_state', 'Only a request for an account can be refused.')
        const refused = { state: 'refused', state_reason: reason }
        if (!(await markAccount(tx, accountId, version, refused, now()))) throw staleAccount(before)
        await audit(tx, clock, actor, {
          action: 'account.refused',
          subject: subjectOf(accountId),
          before: { state: before.state },
          after: { state: 'refused', reason },
        })
        await enqueue(tx, sendLetter, { kind: 'account_refused', userId: accountId })
      }),

    async invite(actor: Actor, input: InviteBody, onceKey: OnceKey | undefined): Promise<AccountRecord> {
      const id = await db.transact((tx) =>
        once(tx, clock, actor, onceKey, async () => {
          const accountId = uuidv7()
          const columns = await checkPlacement(tx, actor, input, { role: null, team: null, organisationId: null })
          const made = await insertAccount(tx, {
            id: accountId,
            email: input.email,
            name: input.name,
            position: input.position || null,
            language: input.language ?? 'en',
            ...columns,
            state: 'invited',
            approved_by: actor.userId,
            approved_at: now(),
            created_at: now(),
            updated_at: now(),
          })
          if (!made) {
            const message = 'There is an account with this e-mail already.'
            throw new AppError('already_exists', message, { fields: [{ path: 'email', message }] })
          }
          await placeRows(tx, accountId, input)
          const { email, name, placeCodes, communityIds } = input
          await audit(tx, clock, actor, {
            action: 'account.invited',
            subject: subjectOf(accountId),
            after: {
              email,
              name,
              role: columns.role,
              team: columns.team,
              organisationId: columns.organisation_id,
              ...(placeCodes && { placeCodes }),
              ...(communityIds && { communityIds }),
            },
          })
          await enqueue(tx, sendLetter, { kind: 'invitation', userId: accountId })
          return accountId
        }),
      )
      const found = await findAccount(db, id, everyone, now())
      if (!found) throw noSuchAccount()
      return found
    },

    resendInvitation: (actor: Actor, accountId: string) =>
      decide(actor, accountId, 'account.invite', async (tx, before) => {
        if (!isInvited(factsOf(before)))
          throw new AppError('wrong_state', 'This account is not waiting for an invitation to be accepted.')
        await audit(tx, clock, actor, { action: 'account.invitation_sent', subject: subjectOf(accountId) })
        await enqueue(tx, sendLetter, { kind: 'invitation', userId: accountId })
      }),
  }
}
