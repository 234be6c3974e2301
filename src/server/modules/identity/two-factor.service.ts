import type { Tx } from '#server/platform/db.ts'
import { markRecoveryCodeUsed, markSecretSealed, markStepTaken, type UserRecord } from './identity.repo.ts'
import { type Keys, seal, unseal } from './secrets.rules.ts'
import { hashRecoveryCode, totpStep } from './two-factor.rules.ts'

export type SecondFactor = 'authenticator' | 'recovery_code'

/** A secret whose key is gone opens nothing any more; recovery codes, which need no key, still do. */
function opened(keys: Keys, owner: string, sealed: string): ReturnType<typeof unseal> | undefined {
  try {
    return unseal(keys, owner, sealed)
  } catch {
    return undefined
  }
}

/** Takes a code of the authenticator app or a recovery code, each once; undefined when it is wrong or was used. */
export async function takeSecondFactor(
  tx: Tx,
  keys: Keys,
  user: Pick<UserRecord, 'id' | 'totp_secret'>,
  code: string,
  now: Date,
): Promise<SecondFactor | undefined> {
  if (!user.totp_secret) return undefined
  const secret = opened(keys, user.id, user.totp_secret)
  const step = secret && totpStep(secret.text, code.replace(/\s/g, ''), now)
  if (step !== undefined && secret?.isStale)
    await markSecretSealed(tx, user.id, user.totp_secret, seal(keys, user.id, secret.text))
  if (step !== undefined) return (await markStepTaken(tx, user.id, step)) ? 'authenticator' : undefined
  return (await markRecoveryCodeUsed(tx, user.id, hashRecoveryCode(code), now)) ? 'recovery_code' : undefined
}
