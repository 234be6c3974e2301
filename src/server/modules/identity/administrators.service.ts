import { v7 as uuidv7 } from 'uuid'
import { email as emailSchema } from '#contract/people.ts'
import { audit } from '#server/platform/audit.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { insertUser } from './identity.repo.ts'
import { whyPasswordRefused } from './passwords.rules.ts'
import type { Passwords } from './passwords.service.ts'
import { randomSecret } from './secrets.rules.ts'

export interface NewAdministrator {
  email: string
  password?: string | undefined
}

/**
 * Makes an administrator from the command line.
 * @returns the password, which is random when none was given
 * @throws AppError `already_exists` for a known e-mail, `invalid_input` for a bad e-mail or password
 */
export async function createAdministrator(
  { db, clock, passwords }: Pick<ModuleDeps, 'db' | 'clock'> & { passwords: Passwords },
  input: NewAdministrator,
): Promise<{ email: string; password: string }> {
  const { data: email } = emailSchema.safeParse(input.email)
  if (!email) throw invalidField('email', `${input.email} is not an e-mail address.`)
  const password = input.password ?? randomSecret().slice(0, 20)
  const why = input.password && whyPasswordRefused(password, { email, name: '' })
  if (why) throw invalidField('password', why)
  const passwordHash = await passwords.hash(password)
  const now = clock.now()
  await db.transact(async (tx) => {
    const id = uuidv7()
    const made = await insertUser(tx, {
      id,
      email,
      name: 'Administrator',
      password_hash: passwordHash,
      role: 'administrator',
      state: 'active',
      created_at: now,
      updated_at: now,
    })
    if (!made) throw new AppError('already_exists', `There is an account with the e-mail ${email} already.`)
    await audit(
      tx,
      clock,
      { system: 'obcms users create-admin' },
      {
        action: 'account.created',
        subject: { type: 'account', id },
        after: { email, role: 'administrator', state: 'active' },
      },
    )
  })
  return { email, password }
}
