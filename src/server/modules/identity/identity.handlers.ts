import type { Language } from '#contract/accounts.options.ts'
import { handles, type JobRegistration } from '#server/platform/jobs.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { answerForgottenPassword, cleanUp, type LetterKind, sendLetter } from './identity.jobs.ts'
import {
  findFocalPersons,
  findUser,
  findUserByEmail,
  insertLink,
  type LinkPurpose,
  removeExpired,
  type UserRecord,
} from './identity.repo.ts'
import { composeLetter } from './letters.rules.ts'
import { canResetPassword } from './registration.service.ts'
import { randomSecret } from './secrets.rules.ts'

const hour = 3_600_000
const linkLife: Record<LinkPurpose, number> = { password_reset: hour, invitation: 7 * 24 * hour }

const pages: Record<LetterKind, string> = {
  registration_received: '/sign-in',
  registration_known: '/forgot-password',
  endorsement_needed: '/approvals',
  account_approved: '/sign-in',
  account_refused: '/sign-in',
  invitation: '/accept-invitation',
  password_reset: '/reset-password',
  password_changed: '/forgot-password',
  two_factor_on: '/sign-in',
  two_factor_off: '/sign-in',
}

/** A letter that no longer fits, because the account changed meanwhile, is not sent. */
const stillFits = (kind: LetterKind, user: UserRecord): boolean => {
  if (kind === 'invitation') return user.state === 'invited'
  if (kind === 'password_reset') return canResetPassword(user.state)
  if (kind === 'account_refused') return user.state === 'refused'
  if (kind === 'account_approved') return user.state === 'active'
  return true
}

export function identityHandlers({ db, clock, mail, enqueue, config }: ModuleDeps): JobRegistration[] {
  async function linkFor(kind: LetterKind, user: UserRecord): Promise<string> {
    const page = `${config.baseUrl}${pages[kind]}`
    if (kind !== 'invitation' && kind !== 'password_reset') return page
    const secret = randomSecret()
    const now = clock.now()
    const expiresAt = new Date(now.getTime() + linkLife[kind])
    await db.transact((tx) => insertLink(tx, { userId: user.id, purpose: kind, secret, now, expiresAt }))
    return `${page}#${secret}`
  }

  return [
    handles(sendLetter, async ({ kind, userId }) => {
      const user = await findUser(db, userId)
      if (!user || !stillFits(kind, user)) return
      const facts = { name: user.name, role: user.role, reason: user.state_reason, link: await linkFor(kind, user) }
      await mail.send({ to: user.email, ...composeLetter(kind, user.language as Language, facts) })
      if (kind !== 'registration_received' || user.role !== 'moa_focal' || !user.organisation_id) return
      const focals = await findFocalPersons(db, user.organisation_id)
      await db.transact(async (tx) => {
        for (const { id } of focals) await enqueue(tx, sendLetter, { kind: 'endorsement_needed', userId: id })
      })
    }),
    handles(answerForgottenPassword, async ({ email }) => {
      const user = await findUserByEmail(db, email)
      if (!user) return
      const kind = user.state === 'invited' ? 'invitation' : 'password_reset'
      await db.transact((tx) => enqueue(tx, sendLetter, { kind, userId: user.id }))
    }),
    handles(cleanUp, async (_payload, { log }) => {
      log.info(await db.transact((tx) => removeExpired(tx, clock.now())), 'expired rows removed')
    }),
  ]
}
