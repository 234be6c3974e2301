import { Secret, TOTP } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { type Keys, seal, unseal } from './secrets.rules.ts'
import { hashRecoveryCode, newRecoveryCodes, newTotpSecret, totpStep, totpUri } from './two-factor.rules.ts'

const now = new Date('2026-03-02T01:00:10Z')
const step = Math.floor(now.getTime() / 30_000)
const codeAt = (secret: string, moment: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: moment })

describe('codes', () => {
  const secret = newTotpSecret()
  test('of this half minute and its neighbours are good, and say which it was', () => {
    for (const shift of [-1, 0, 1])
      expect(totpStep(secret, codeAt(secret, now.getTime() + shift * 30_000), now)).toBe(step + shift)
  })
  test('older or later, for another secret, or no codes at all are not', () => {
    for (const shift of [-3, -2, 2, 3])
      expect(totpStep(secret, codeAt(secret, now.getTime() + shift * 30_000), now)).toBeUndefined()
    expect(totpStep(newTotpSecret(), codeAt(secret, now.getTime()), now)).toBeUndefined()
    for (const text of ['', '12345', '1234567', 'abcdef', '１２３４５６'])
      expect(totpStep(secret, text, now)).toBeUndefined()
  })
  test('RFC 6238: the test vector of 59 s', () => {
    const vector = Secret.fromUTF8('12345678901234567890').base32
    expect(totpStep(vector, '287082', new Date(59_000))).toBe(1)
  })
  test('the address for the app names the office’s system and the person', () => {
    const uri = new URL(totpUri(secret, 'a@example.org'))
    expect(uri.protocol).toBe('otpauth:')
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({ issuer: 'OBCMS', secret, digits: '6', period: '30' })
    expect(decodeURIComponent(uri.pathname)).toContain('a@example.org')
  })
})

test('recovery codes are ten, different, and compared without case and hyphens', () => {
  const codes = newRecoveryCodes()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) {
    expect(code).toMatch(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/)
    expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll('-', ' ')}`)).toBe(hashRecoveryCode(code))
  }
})

describe('a sealed secret', () => {
  const keys: Keys = ['k'.repeat(50)]
  const sealed = seal(keys, 'owner', 'secret')
  test('opens with the same key for the same owner', () => {
    expect(sealed).not.toContain('secret')
    expect(unseal(keys, 'owner', sealed)).toEqual({ text: 'secret', isStale: false })
    expect(seal(keys, 'owner', 'secret')).not.toBe(sealed)
  })
  test('opens with a former key, and says so', () => {
    const rotated: Keys = ['n'.repeat(50), 'x'.repeat(50), ...keys]
    expect(unseal(rotated, 'owner', sealed)).toEqual({ text: 'secret', isStale: true })
    expect(unseal(rotated, 'owner', seal(rotated, 'owner', 'secret'))).toEqual({ text: 'secret', isStale: false })
  })
  test('does not open otherwise', () => {
    expect(() => unseal(['x'.repeat(50)], 'owner', sealed)).toThrow()
    expect(() => unseal(keys, 'other', sealed)).toThrow()
    expect(() => unseal(keys, 'owner', sealed.slice(0, -2))).toThrow()
    const [version, nonce, tag, text] = sealed.split('.') as [string, string, string, string]
    expect(() => unseal(keys, 'owner', [version, nonce, tag.slice(0, 6), text].join('.'))).toThrow()
    expect(() => unseal(keys, 'owner', 'plain')).toThrow()
  })
})
