import type { Tx } from '#server/platform/db.ts'
import { markRecoveryCodeUsed, markStepTaken, markUser, type UserRecord } from './identity.repo.ts'
import { type Keys, seal, unseal } from './secrets.rules.ts'
import { hashRecoveryCode, totpStep } from './two-factor.rules.ts'

export type SecondFactor = 'authenticator' | 'recovery_code'

/** Takes a code of the authenticator app or a recovery code, each once; undefined when it is wrong or was used. */
export async function takeSecondFactor(
  tx: Tx,
  keys: Keys,
  user: Pick<UserRecord, 'id' | 'totp_secret'>,
  code: string,
  now: Date,
): Promise<SecondFactor | undefined> {
  if (!user.totp_secret) return undefined
  const secret = unseal(keys, user.id, user.totp_secret)
  const step = totpStep(secret.text, code.replace(/\s/g, ''), now)
  if (step !== undefined && secret.isStale)
    await markUser(tx, user.id, { totp_secret: seal(keys, user.id, secret.text) })
  if (step !== undefined) return (await markStepTaken(tx, user.id, step)) ? 'authenticator' : undefined
  return (await markRecoveryCodeUsed(tx, user.id, hashRecoveryCode(code), now)) ? 'recovery_code' : undefined
}
