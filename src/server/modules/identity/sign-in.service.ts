import type { Actor } from '#server/platform/actor.ts'
import { audit } from '#server/platform/audit.ts'
import type { Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { Actors } from './actors.service.ts'
import { findUser, findUserByEmail, markUser, type UserRecord } from './identity.repo.ts'
import { assertMaySignIn, personAs } from './identity.rules.ts'
import type { Passwords } from './passwords.service.ts'
import {
  findPartialSession,
  insertSession,
  type OpenedSession,
  type Origin,
  removeSession,
  removeSessionBySecret,
} from './sessions.repo.ts'
import type { Throttles } from './throttles.service.ts'
import { type SecondFactor, takeSecondFactor } from './two-factor.service.ts'

export interface SignInService {
  /** @param previous secret of the session that the browser had, which ends */
  signIn(
    input: { email: string; password: string },
    previous: string | undefined,
    origin: Origin,
  ): Promise<{ step: 'signed_in' | 'two_factor'; opened: OpenedSession }>
  giveCode(partial: string | undefined, code: string, origin: Origin): Promise<OpenedSession>
  isHalfway(secret: string): Promise<boolean>
  signOut(secret: string, actor: Actor | undefined): Promise<void>
}

export interface SignInDeps extends Pick<ModuleDeps, 'db' | 'clock' | 'security' | 'secretKeys'> {
  passwords: Passwords
  throttles: Throttles
  actors: Actors
}

export function signInService({
  db,
  clock,
  security,
  secretKeys,
  passwords,
  throttles,
  actors,
}: SignInDeps): SignInService {
  async function open(
    tx: Tx,
    user: UserRecord,
    origin: Origin,
    secondFactor: SecondFactor | null,
  ): Promise<OpenedSession> {
    const now = clock.now()
    const opened = await insertSession(tx, user.id, true, origin, now)
    await markUser(tx, user.id, { last_sign_in_at: now })
    await audit(tx, clock, personAs(user, origin), {
      action: 'session.opened',
      subject: { type: 'account', id: user.id },
      after: { sessionId: opened.id, secondFactor },
    })
    const { address, requestId } = origin
    security.record('signed_in', { userId: user.id, secondFactor, address, requestId })
    return opened
  }

  async function noteFailure(step: string, userId: string | undefined, { address, requestId }: Origin): Promise<void> {
    security.record('sign_in_failed', { step, userId, address, requestId })
    await throttles.fail(address)
  }

  return {
    async signIn({ email, password }, previous, origin) {
      await throttles.assertOpen(origin.address)
      await throttles.begin('account', email)
      const user = await findUserByEmail(db, email)
      const matches = await passwords.verify(user?.password_hash ?? null, password)
      if (!user || !matches) {
        await noteFailure('password', user?.id, origin)
        throw new AppError('wrong_credentials', 'E-mail or password is wrong.')
      }
      if (user.state !== 'active') await db.transact((tx) => throttles.clear(tx, 'account', email))
      assertMaySignIn(user)
      let endedOf: string | undefined
      const result = await db.transact(async (tx) => {
        await throttles.clear(tx, 'account', email)
        endedOf = previous && (await removeSessionBySecret(tx, previous))?.user_id
        if (user.totp_confirmed_at) {
          return { step: 'two_factor' as const, opened: await insertSession(tx, user.id, false, origin, clock.now()) }
        }
        return { step: 'signed_in' as const, opened: await open(tx, user, origin, null) }
      })
      // On a shared computer it may have been another person's.
      if (endedOf) actors.forget(endedOf)
      return result
    },

    async giveCode(partial, code, origin) {
      const session = partial && (await findPartialSession(db, partial, clock.now()))
      const user = session && (await findUser(db, session.userId))
      if (!session || !user)
        throw new AppError('not_signed_in', 'The time for the code is over. Type your password again.')
      await throttles.assertOpen(origin.address)
      await throttles.begin('account', `code ${user.id}`)
      const opened = await db.transact(async (tx) => {
        const factor = await takeSecondFactor(tx, secretKeys, user, code, clock.now())
        if (!factor || user.state !== 'active') return undefined
        // Of two requests with one half-open session a single one goes on.
        if (!(await removeSession(tx, user.id, session.id))) return undefined
        await throttles.clear(tx, 'account', `code ${user.id}`)
        return open(tx, user, origin, factor)
      })
      if (!opened) {
        await noteFailure('second factor', user.id, origin)
        throw new AppError('wrong_credentials', 'This code is wrong or was used before. Wait for the next one.')
      }
      return opened
    },

    isHalfway: async (secret) => (await findPartialSession(db, secret, clock.now())) !== undefined,

    async signOut(secret, actor) {
      const ended = await db.transact(async (tx) => {
        const session = await removeSessionBySecret(tx, secret)
        if (session?.complete && actor) {
          await audit(tx, clock, actor, {
            action: 'session.closed',
            subject: { type: 'account', id: session.user_id },
            after: { sessionId: session.id },
          })
        }
        return session
      })
      if (ended) actors.forget(ended.user_id)
    },
  }
}
