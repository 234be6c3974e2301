import { v7 as uuidv7 } from 'uuid'
import type { RegisterBody } from '#contract/registration.ts'
import { audit } from '#server/platform/audit.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { Actors } from './actors.service.ts'
import { answerForgottenPassword, sendLetter } from './identity.jobs.ts'
import { findProfile, listMoas } from './identity.reads.ts'
import {
  findLink,
  findUserByEmail,
  insertUser,
  type LinkPurpose,
  markUser,
  removeLinks,
  removeTokens,
  takeLink,
} from './identity.repo.ts'
import { personAs } from './identity.rules.ts'
import { whyPasswordRefused } from './passwords.rules.ts'
import type { Passwords } from './passwords.service.ts'
import { type Origin, removeSessions } from './sessions.repo.ts'
import type { Throttles } from './throttles.service.ts'

export interface InvitationAnswer {
  token: string
  password: string
  name?: string | undefined
  position?: string | null | undefined
  phone?: string | null | undefined
  language?: string | undefined
}

export interface RegistrationDeps extends Pick<ModuleDeps, 'db' | 'clock' | 'enqueue'> {
  passwords: Passwords
  throttles: Throttles
  actors: Actors
}

const linkOver = (): AppError => new AppError('link_expired', 'This link was used or is too old. Ask for a new one.')

/** In which states a forgotten password can be replaced. */
export const canResetPassword = (state: string): boolean => ['active', 'requested', 'endorsed'].includes(state)

export type RegistrationService = ReturnType<typeof registrationService>

/** How people without an account, or without their password, get in. */
export function registrationService({ db, clock, enqueue, passwords, throttles, actors }: RegistrationDeps) {
  function assertGood(password: string, owner: { email: string; name: string }): void {
    const why = whyPasswordRefused(password, owner)
    if (why) throw invalidField('password', why)
  }

  async function findGoodLink(purpose: LinkPurpose, token: string, origin: Origin) {
    await throttles.assertOpen(origin.address)
    const found = await findLink(db, purpose, token, clock.now())
    if (found) return found
    await throttles.fail(origin.address)
    throw linkOver()
  }

  return {
    listMoas: () => listMoas(db),

    async register(input: RegisterBody, origin: Origin): Promise<void> {
      await throttles.begin('request', origin.address)
      await throttles.begin('letter', `registration ${input.email}`)
      assertGood(input.password, input)
      const organisationId = input.organisationId ?? null
      if (input.role === 'moa_focal' && !organisationId)
        throw invalidField('organisationId', 'Choose your ministry, office or agency.')
      if (organisationId && !(await listMoas(db)).some((moa) => moa.id === organisationId))
        throw invalidField('organisationId', 'Choose a ministry, office or agency of the list.')
      // Hashed before the e-mail is looked up, so that a known one takes as long.
      const passwordHash = await passwords.hash(input.password)
      const now = clock.now()
      await db.transact(async (tx) => {
        const id = uuidv7()
        const isNew = await insertUser(tx, {
          id,
          email: input.email,
          name: input.name,
          password_hash: passwordHash,
          role: input.role,
          organisation_id: organisationId,
          position: input.position,
          phone: input.phone,
          note: input.note || null,
          language: input.language ?? 'en',
          state: 'requested',
          created_at: now,
          updated_at: now,
        })
        const person = isNew
          ? { id, name: input.name, role: input.role, organisation_id: organisationId }
          : await findUserByEmail(tx, input.email)
        if (!person) return
        await audit(tx, clock, isNew ? personAs(person, origin) : { system: 'registration' }, {
          action: isNew ? 'account.requested' : 'account.requested_again',
          subject: { type: 'account', id: person.id },
          after: isNew ? { role: input.role, organisationId } : null,
        })
        await enqueue(tx, sendLetter, {
          kind: isNew ? 'registration_received' : 'registration_known',
          userId: person.id,
        })
      })
    },

    async checkInvitation(token: string, origin: Origin) {
      const found = await findGoodLink('invitation', token, origin)
      const profile = await findProfile(db, found.id)
      if (found.state !== 'invited' || !profile) throw linkOver()
      return { ...profile, expiresAt: found.expiresAt }
    },

    async acceptInvitation(input: InvitationAnswer, origin: Origin): Promise<void> {
      const user = await findGoodLink('invitation', input.token, origin)
      if (user.state !== 'invited') throw linkOver()
      const name = input.name ?? user.name
      assertGood(input.password, { email: user.email, name })
      const passwordHash = await passwords.hash(input.password)
      const now = clock.now()
      await db.transact(async (tx) => {
        if (!(await takeLink(tx, 'invitation', input.token, now))) throw linkOver()
        await markUser(tx, user.id, {
          password_hash: passwordHash,
          state: 'active',
          state_reason: null,
          name,
          ...(input.position !== undefined && { position: input.position }),
          ...(input.phone !== undefined && { phone: input.phone }),
          ...(input.language !== undefined && { language: input.language }),
          version: user.version + 1,
          updated_at: now,
        })
        await audit(tx, clock, personAs(user, origin), {
          action: 'account.invitation_accepted',
          subject: { type: 'account', id: user.id },
          before: { state: 'invited' },
          after: { state: 'active' },
        })
      })
      actors.forget(user.id)
    },

    async forgotPassword(email: string, origin: Origin): Promise<void> {
      await throttles.begin('request', origin.address)
      await throttles.begin('letter', `reset ${email}`)
      await db.transact((tx) => enqueue(tx, answerForgottenPassword, { email }))
    },

    async resetPassword(input: { token: string; password: string }, origin: Origin): Promise<void> {
      const user = await findGoodLink('password_reset', input.token, origin)
      if (!canResetPassword(user.state)) throw linkOver()
      assertGood(input.password, user)
      const passwordHash = await passwords.hash(input.password)
      await db.transact(async (tx) => {
        if (!(await takeLink(tx, 'password_reset', input.token, clock.now()))) throw linkOver()
        await removeLinks(tx, user.id)
        await markUser(tx, user.id, { password_hash: passwordHash, updated_at: clock.now() })
        // Who had to reset the password may have lost more than the password.
        await removeSessions(tx, user.id)
        await removeTokens(tx, user.id)
        await throttles.clear(tx, 'account', user.email)
        await audit(tx, clock, personAs(user, origin), {
          action: 'account.password_reset',
          subject: { type: 'account', id: user.id },
        })
        await enqueue(tx, sendLetter, { kind: 'password_changed', userId: user.id })
      })
      actors.forget(user.id)
    },
  }
}
