import type { Permission } from '#contract/access.ts'
import { type Language, tokenDaysMax } from '#contract/accounts.options.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit, changedFields } from '#server/platform/audit.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { type Actors, tokenPrefix } from './actors.service.ts'
import { sendLetter } from './identity.jobs.ts'
import { findProfile, listOwnSessions, listOwnTokens } from './identity.reads.ts'
import {
  findUser,
  insertToken,
  markProfile,
  markStepTaken,
  markUser,
  removeToken,
  replaceRecoveryCodes,
  type UserRecord,
} from './identity.repo.ts'
import { whyPasswordRefused } from './passwords.rules.ts'
import type { Passwords } from './passwords.service.ts'
import { randomSecret, seal, unseal } from './secrets.rules.ts'
import { removeSession, removeSessions } from './sessions.repo.ts'
import type { Throttles } from './throttles.service.ts'
import { hashRecoveryCode, newRecoveryCodes, newTotpSecret, totpStep, totpUri } from './two-factor.rules.ts'
import { takeSecondFactor } from './two-factor.service.ts'

export interface OwnAccountDeps extends Pick<ModuleDeps, 'db' | 'clock' | 'enqueue' | 'secretKeys'> {
  passwords: Passwords
  throttles: Throttles
  actors: Actors
}

export interface ProfileChange {
  name?: string | undefined
  position?: string | null | undefined
  phone?: string | null | undefined
  language?: Language | undefined
  version: number
}

const day = 86_400_000
const subjectOf = (actor: Actor) => ({ type: 'account', id: actor.userId })

export type OwnAccountService = ReturnType<typeof ownAccountService>

/** What a signed-in person does with the own account. */
export function ownAccountService({ db, clock, enqueue, secretKeys, passwords, throttles, actors }: OwnAccountDeps) {
  const now = () => clock.now()

  async function findSelf(actor: Actor): Promise<UserRecord> {
    const user = await findUser(db, actor.userId)
    if (!user) throw new AppError('not_signed_in', 'Sign in and try again.')
    return user
  }

  async function findOwnProfile(actor: Actor) {
    const profile = await findProfile(db, actor.userId)
    if (!profile) throw new AppError('not_signed_in', 'Sign in and try again.')
    return profile
  }

  /** Guesses at an open screen are held back like guesses at sign-in; the count is cleared by `actor`'s success. */
  const guessKey = (actor: Actor) => `own ${actor.userId}`

  async function assertPassword(actor: Actor, user: UserRecord, field: string, typed: string): Promise<void> {
    await throttles.begin('account', guessKey(actor))
    if (!(await passwords.verify(user.password_hash, typed))) throw invalidField(field, 'This is not your password.')
  }

  const wrongCode = () => invalidField('code', 'This code is wrong or was used before. Wait for the next one.')

  return {
    profile: findOwnProfile,

    async changeProfile(actor: Actor, { version, ...change }: ProfileChange) {
      await db.transact(async (tx) => {
        const before = await findUser(tx, actor.userId)
        if (!before) throw new AppError('not_signed_in', 'Sign in and try again.')
        const typed = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
        const changed = await markProfile(tx, actor.userId, version, { ...typed, updated_at: now() })
        if (changed === undefined)
          throw new AppError('stale_version', 'Your account was changed meanwhile. Load it again.', {
            version: before.version,
          })
        const differences = changedFields({ ...before }, typed)
        if (Object.keys(differences.after).length > 0)
          await audit(tx, clock, actor, {
            action: 'account.profile_changed',
            subject: subjectOf(actor),
            ...differences,
          })
      })
      actors.forget(actor.userId)
      return findOwnProfile(actor)
    },

    async changePassword(actor: Actor, input: { current: string; password: string }): Promise<void> {
      const user = await findSelf(actor)
      await assertPassword(actor, user, 'current', input.current)
      const why = whyPasswordRefused(input.password, user)
      if (why) throw invalidField('password', why)
      if (input.password === input.current)
        throw invalidField('password', 'Choose a password that is not the present one.')
      const passwordHash = await passwords.hash(input.password)
      await db.transact(async (tx) => {
        await throttles.clear(tx, 'account', guessKey(actor))
        await markUser(tx, user.id, { password_hash: passwordHash, updated_at: now() })
        const ended = await removeSessions(tx, user.id, actor.sessionId)
        await audit(tx, clock, actor, {
          action: 'account.password_changed',
          subject: subjectOf(actor),
          after: { sessionsEnded: ended },
        })
        await enqueue(tx, sendLetter, { kind: 'password_changed', userId: user.id })
      })
      actors.forget(user.id)
    },

    sessions: (actor: Actor) => listOwnSessions(db, actor.userId, now()),

    async endSession(actor: Actor, sessionId: string): Promise<void> {
      await db.transact(async (tx) => {
        if (!(await removeSession(tx, actor.userId, sessionId)))
          throw new AppError('not_found', 'There is no such session.')
        await audit(tx, clock, actor, { action: 'session.revoked', subject: subjectOf(actor), after: { sessionId } })
      })
      actors.forget(actor.userId)
    },

    async endOtherSessions(actor: Actor): Promise<void> {
      await db.transact(async (tx) => {
        const ended = await removeSessions(tx, actor.userId, actor.sessionId)
        await audit(tx, clock, actor, {
          action: 'session.revoked',
          subject: subjectOf(actor),
          after: { sessionsEnded: ended },
        })
      })
      actors.forget(actor.userId)
    },

    async startTwoFactor(actor: Actor, password: string) {
      const user = await findSelf(actor)
      await assertPassword(actor, user, 'password', password)
      if (user.totp_confirmed_at)
        throw new AppError('wrong_state', 'Two-factor sign-in is on already. Switch it off first.')
      const secret = newTotpSecret()
      await db.transact(async (tx) => {
        await throttles.clear(tx, 'account', guessKey(actor))
        await markUser(tx, user.id, { totp_secret: seal(secretKeys, user.id, secret), totp_last_step: null })
      })
      return { secret, uri: totpUri(secret, user.email) }
    },

    async confirmTwoFactor(actor: Actor, code: string): Promise<string[]> {
      const user = await findSelf(actor)
      if (!user.totp_secret || user.totp_confirmed_at)
        throw new AppError('wrong_state', 'Begin to set up two-factor sign-in first.')
      await throttles.begin('account', guessKey(actor))
      const step = totpStep(unseal(secretKeys, user.id, user.totp_secret).text, code.replace(/\s/g, ''), now())
      if (step === undefined) throw wrongCode()
      const codes = newRecoveryCodes()
      await db.transact(async (tx) => {
        if (!(await markStepTaken(tx, user.id, step))) throw wrongCode()
        await throttles.clear(tx, 'account', guessKey(actor))
        await markUser(tx, user.id, { totp_confirmed_at: now(), updated_at: now() })
        await replaceRecoveryCodes(tx, user.id, codes.map(hashRecoveryCode))
        await removeSessions(tx, user.id, actor.sessionId)
        await audit(tx, clock, actor, { action: 'account.two_factor_switched_on', subject: subjectOf(actor) })
        await enqueue(tx, sendLetter, { kind: 'two_factor_on', userId: user.id })
      })
      actors.forget(user.id)
      return codes
    },

    async renewRecoveryCodes(actor: Actor, input: { password: string; code: string }): Promise<string[]> {
      const user = await findSelf(actor)
      if (!user.totp_confirmed_at) throw new AppError('wrong_state', 'Two-factor sign-in is not on.')
      await assertPassword(actor, user, 'password', input.password)
      const codes = newRecoveryCodes()
      await db.transact(async (tx) => {
        if (!(await takeSecondFactor(tx, secretKeys, user, input.code, now()))) throw wrongCode()
        await throttles.clear(tx, 'account', guessKey(actor))
        await replaceRecoveryCodes(tx, user.id, codes.map(hashRecoveryCode))
        await audit(tx, clock, actor, { action: 'account.recovery_codes_renewed', subject: subjectOf(actor) })
      })
      return codes
    },

    async switchOffTwoFactor(actor: Actor, input: { password: string; code: string }): Promise<void> {
      const user = await findSelf(actor)
      if (!user.totp_confirmed_at) throw new AppError('wrong_state', 'Two-factor sign-in is not on.')
      if ((await findOwnProfile(actor)).demanded)
        throw new AppError('wrong_state', 'Your role demands two-factor sign-in; it cannot be switched off.')
      await assertPassword(actor, user, 'password', input.password)
      await db.transact(async (tx) => {
        if (!(await takeSecondFactor(tx, secretKeys, user, input.code, now()))) throw wrongCode()
        await throttles.clear(tx, 'account', guessKey(actor))
        await markUser(tx, user.id, {
          totp_secret: null,
          totp_confirmed_at: null,
          totp_last_step: null,
          updated_at: now(),
        })
        await replaceRecoveryCodes(tx, user.id, [])
        await audit(tx, clock, actor, { action: 'account.two_factor_switched_off', subject: subjectOf(actor) })
        await enqueue(tx, sendLetter, { kind: 'two_factor_off', userId: user.id })
      })
      actors.forget(user.id)
    },

    tokens: (actor: Actor) => listOwnTokens(db, actor.userId),

    /** The secret leaves this once, so a repeated request makes another token and never answers from a store. */
    async createToken(actor: Actor, input: { name: string; permissions: Permission[]; expiresAt: string }) {
      const expiresAt = new Date(input.expiresAt)
      if (expiresAt <= now()) throw invalidField('expiresAt', 'Choose a moment in the future.')
      if (expiresAt.getTime() > now().getTime() + tokenDaysMax * day)
        throw invalidField('expiresAt', 'A token lasts a year at most.')
      const permissions = [...new Set(input.permissions)]
      const missing = permissions.filter((permission) => !actor.permissions.has(permission))
      if (missing.length > 0) throw invalidField('permissions', `You do not have ${missing.join(', ')} yourself.`)
      const token = `${tokenPrefix}${randomSecret()}`
      const created = { name: input.name, permissions, createdAt: now(), expiresAt }
      const id = await db.transact(async (tx) => {
        const made = await insertToken(tx, { userId: actor.userId, ...created, now: created.createdAt, secret: token })
        await audit(tx, clock, actor, {
          action: 'account.token_created',
          subject: subjectOf(actor),
          after: { tokenId: made, name: input.name, permissions, expiresAt: expiresAt.toISOString() },
        })
        return made
      })
      return { id, token, ...created }
    },

    async revokeToken(actor: Actor, tokenId: string): Promise<void> {
      await db.transact(async (tx) => {
        const removed = await removeToken(tx, actor.userId, tokenId)
        if (!removed) throw new AppError('not_found', 'There is no such token.')
        await audit(tx, clock, actor, {
          action: 'account.token_revoked',
          subject: subjectOf(actor),
          before: { tokenId, name: removed.name },
        })
      })
      actors.forget(actor.userId)
    },
  }
}
