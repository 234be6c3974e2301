import { isIP } from 'node:net'

/** How the text of a variable becomes a value. A reader that throws `Refused` says what the value must be, never what it was. */
export type Reader<T> = (text: string | undefined) => T

export class Refused extends Error {}

const refuse = (reason: string): never => {
  throw new Refused(reason)
}

export const oneOf =
  <T extends string>(options: readonly T[], fallback: T): Reader<T> =>
  (text) => {
    if (!text) return fallback
    return options.includes(text as T) ? (text as T) : refuse(`must be one of ${options.join(', ')}`)
  }

const digits = (text: string, min: number, max: number): number => {
  const number = Number(text)
  return /^-?\d+$/.test(text) && number >= min && number <= max
    ? number
    : refuse(`must be a whole number from ${min} to ${max}`)
}

export const whole =
  (min: number, max: number, fallback: number): Reader<number> =>
  (text) =>
    text ? digits(text, min, max) : fallback

/** A whole number whose default depends on other settings. */
export const wholeOrUnset =
  (min: number, max: number): Reader<number | undefined> =>
  (text) =>
    text ? digits(text, min, max) : undefined

const flagOf = (text: string): boolean => {
  if (['1', 'true', 'yes', 'on'].includes(text.toLowerCase())) return true
  if (['0', 'false', 'no', 'off'].includes(text.toLowerCase())) return false
  return refuse('must be 1 or 0')
}

export const flag =
  (fallback: boolean): Reader<boolean> =>
  (text) =>
    text ? flagOf(text) : fallback

/** A switch whose default depends on other settings. */
export const flagOrUnset: Reader<boolean | undefined> = (text) => (text ? flagOf(text) : undefined)

export const text =
  (fallback: string): Reader<string> =>
  (value) =>
    value || fallback

export const optional: Reader<string | undefined> = (value) => value || undefined

export const url =
  (protocols: string[]): Reader<string | undefined> =>
  (value) => {
    if (!value) return undefined
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
      return refuse(`must be an address that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`)
    }
    return value.replace(/\/+$/, '')
  }

/** Comma lists are trimmed and lose their empty entries; `what` says what each entry must be. */
export const list =
  (isGood: (entry: string) => boolean, what: string, fallback: readonly string[] = []): Reader<readonly string[]> =>
  (value) => {
    const entries = (value ?? '')
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean)
    if (entries.length === 0) return fallback
    return entries.every(isGood) ? entries : refuse(`must be a comma list of ${what}`)
  }

/** `obcms.example.org`, `.example.org` (it and all below it), `[::1]`, each with a port or none; or `*`. */
export const isHostPattern = (entry: string): boolean =>
  entry === '*' || /^(\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(entry)

export const isOrigin = (entry: string): boolean =>
  URL.canParse(entry) && /^https?:$/.test(new URL(entry).protocol) && new URL(entry).origin === entry.toLowerCase()

/** `10.0.0.0/8`, `fd00::/8`, or one address. */
export function isNetwork(entry: string): boolean {
  const [address = '', bits] = entry.split('/')
  const family = isIP(address)
  if (family === 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/**
 * Why a key that signs or encrypts is too weak; undefined when it is not. The information in it is estimated from how often
 * each character stands there, which finds repeated and sample keys and lets every random one of 50 characters pass.
 */
export function whyKeyIsWeak(key: string): string | undefined {
  if (key.length < 50) return 'must have at least 50 characters'
  if (/insecure|change[-_ ]?me|secret[-_ ]?key|example|placeholder/i.test(key))
    return 'is a sample: make one with openssl rand -base64 48'
  const counts = new Map<string, number>()
  for (const letter of key) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits += count * Math.log2(key.length / count)
  return bits < 128 ? 'has too little randomness in it: make one with openssl rand -base64 48' : undefined
}

export const key: Reader<string | undefined> = (value) => {
  if (!value) return undefined
  const why = whyKeyIsWeak(value)
  return why ? refuse(why) : value
}

export const keys: Reader<readonly string[]> = (value) => {
  const entries = (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  for (const entry of entries) {
    const why = whyKeyIsWeak(entry)
    if (why) refuse(`holds a key that ${why}`)
  }
  return entries
}

export const email: Reader<string | undefined> = (value) =>
  !value || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? value : refuse('must be an e-mail address')

/** `smtp`, `folder`, `console`, or one of Django's dotted names for these, which the office's `.env` has. */
export const mailBackend: Reader<'smtp' | 'folder' | 'console' | undefined> = (value) => {
  if (!value) return undefined
  if (/(^|\.)smtp(\.|$)/.test(value)) return 'smtp'
  if (/(^|\.)console(\.|$)/.test(value)) return 'console'
  if (/(^|\.)(folder|filebased)(\.|$)/.test(value)) return 'folder'
  return refuse('must be smtp, folder or console')
}

export const passphrase: Reader<string | undefined> = (value) =>
  !value || value.length >= 16 ? value : refuse('must have at least 16 characters')

/** The secret half of an age key. */
export const identity: Reader<string | undefined> = (value) =>
  !value || /^AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]+$/.test(value) ? value : refuse('must be a key such as AGE-SECRET-KEY-1…')
