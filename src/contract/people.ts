import { z } from 'zod'
import { passwordMax, passwordMin } from './accounts.options.ts'
import { uuid } from './paging.ts'

export const email = z.string().trim().toLowerCase().pipe(z.email('Type an e-mail address.').max(254))

/** Mobile or landline in the Philippines, typed as 09…, 0…, 63… or +63…; kept as +63 and the digits. */
export const phone = z
  .string()
  .max(40, 'Use at most 40 characters.')
  .overwrite((text) =>
    text
      .replace(/[\s().-]/g, '')
      .replace(/^0(?=\d)/, '+63')
      .replace(/^63/, '+63'),
  )
  .regex(/^\+63(9\d{9}|[2-8]\d{8})$/, 'Type a Philippine number: 09171234567, +639171234567 or (064) 421 1234.')

/** Length is the only rule of form; the server also refuses common passwords and the person's own name. */
export const newPassword = z
  .string()
  .min(passwordMin, `Use at least ${passwordMin} characters.`)
  .max(passwordMax, `Use at most ${passwordMax} characters.`)

/** A password as somebody typed it, to be compared. */
export const typedPassword = z.string().min(1, 'Type your password.').max(1000, 'Use at most 200 characters.')

/** The six digits of an authenticator app, or a recovery code. */
export const secondFactor = z
  .string()
  .trim()
  .min(6, 'Type the six digits, or a recovery code.')
  .max(40, 'Type the six digits, or a recovery code.')

/** What a mailed link carries behind `#`. */
export const linkToken = z.string().regex(/^[\w-]{43}$/, 'Open the link from the mail again.')

export const organisationRef = z.object({ id: uuid, name: z.string(), acronym: z.string().nullable() })
export const placeName = z.object({ code: z.string(), name: z.string() })
export const communityName = z.object({ id: uuid, name: z.string() })

/** The same answer whether or not there was something to do. */
export const accepted = z.object({ accepted: z.literal(true) })
