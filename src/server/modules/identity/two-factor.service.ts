import type { Tx } from '#server/platform/db.ts'
import { markRecoveryCodeUsed, markStepTaken, type UserRecord } from './identity.repo.ts'
import { unseal } from './secrets.rules.ts'
import { hashRecoveryCode, totpStep } from './two-factor.rules.ts'

export type SecondFactor = 'authenticator' | 'recovery_code'

/** Takes a code of the authenticator app or a recovery code, each once; undefined when it is wrong or was used. */
export async function takeSecondFactor(
  tx: Tx,
  secretKey: string,
  user: Pick<UserRecord, 'id' | 'totp_secret'>,
  code: string,
  now: Date,
): Promise<SecondFactor | undefined> {
  if (!user.totp_secret) return undefined
  const step = totpStep(unseal(secretKey, user.id, user.totp_secret), code.replace(/\s/g, ''), now)
  if (step !== undefined) return (await markStepTaken(tx, user.id, step)) ? 'authenticator' : undefined
  return (await markRecoveryCodeUsed(tx, user.id, hashRecoveryCode(code), now)) ? 'recovery_code' : undefined
}
