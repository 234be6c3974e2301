import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto'

/** 256 random bits, as a cookie, link or token carries them. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/** Random secrets of 256 bits need no slow hash. */
export const hashSecret = (secret: string): Buffer => hash('sha256', secret, 'buffer')

const keyOf = (secretKey: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, '', 'obcms two-factor secrets v1', 32))

/** The key that seals, then former ones that can still open. */
export type Keys = readonly [string, ...string[]]

/** AES-256-GCM: `v1.nonce.tag.text`; bound to its owner, so that a row copied to another person opens nothing. */
export function seal([secretKey]: Keys, owner: string, text: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secretKey), nonce).setAAD(Buffer.from(owner))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return ['v1', nonce, cipher.getAuthTag(), sealed]
    .map((part) => (typeof part === 'string' ? part : part.toString('base64url')))
    .join('.')
}

/**
 * @returns the text, and whether a former key sealed it: seal it again then, so that the former key can go
 * @throws when the text was sealed with none of the keys, for another owner, or was changed
 */
export function unseal(keys: Keys, owner: string, sealed: string): { text: string; isStale: boolean } {
  for (const [at, key] of keys.entries()) {
    try {
      return { text: open(key, owner, sealed), isStale: at > 0 }
    } catch (error) {
      if (at === keys.length - 1) throw error
    }
  }
  throw new Error('no key')
}

function open(secretKey: string, owner: string, sealed: string): string {
  const [version, nonce = '', tag = '', text = ''] = sealed.split('.')
  if (version !== 'v1') throw new Error('unknown kind of sealed text')
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secretKey), Buffer.from(nonce, 'base64url'), {
    authTagLength: 16,
  })
  decipher.setAAD(Buffer.from(owner)).setAuthTag(Buffer.from(tag, 'base64url'))
  return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]).toString('utf8')
}
