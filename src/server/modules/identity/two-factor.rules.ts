import { randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { hashSecret } from './secrets.rules.ts'

const period = 30

const totp = (secret: string, label = ''): TOTP =>
  new TOTP({ issuer: 'OBCMS', label, algorithm: 'SHA1', digits: 6, period, secret: Secret.fromBase32(secret) })

export const newTotpSecret = (): string => new Secret({ size: 20 }).base32
export const totpUri = (secret: string, email: string): string => totp(secret, email).toString()

/** The 30 s step that a code belongs to, the present one or a neighbour (RFC 6238); undefined for a wrong code. */
export function totpStep(secret: string, code: string, now: Date): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined
  const delta = totp(secret).validate({ token: code, timestamp: now.getTime(), window: 1 })
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / period) + delta
}

/** Without letters that look like digits. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
const codeLength = 16

/** Ten codes of 79 random bits, written in fours. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: 10 }, () =>
    Array.from(
      { length: codeLength },
      (_, at) => (at > 0 && at % 4 === 0 ? '-' : '') + alphabet[randomInt(alphabet.length)],
    ).join(''),
  )

export const hashRecoveryCode = (code: string): string =>
  hashSecret(code.toLowerCase().replace(/[^a-z0-9]/g, '')).toString('base64url')
