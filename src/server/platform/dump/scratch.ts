import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { AppError } from '../errors.ts'
import { openSession } from './session.ts'

const insufficientPrivilege = '42501'

/** Beginning of the names of databases that proofs of this database make. */
const prefixOf = (url: string): string =>
  `obcms_proof_${createHash('sha256').update(new URL(url).pathname).digest('hex').slice(0, 8)}_`

const onDatabase = (url: string, name: string): string => {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

interface Locale {
  encoding: string
  provider: 'b' | 'c' | 'i'
  collate: string
  ctype: string
  locale: string | null
}

function localeOf({ encoding, provider, collate, ctype, locale }: Locale): string {
  const literal = pg.escapeLiteral
  const words = [`ENCODING ${literal(encoding)} LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}`]
  if (provider === 'i') words.push(`LOCALE_PROVIDER icu ICU_LOCALE ${literal(locale ?? 'und')}`)
  else if (provider === 'b') words.push(`LOCALE_PROVIDER builtin BUILTIN_LOCALE ${literal(locale ?? 'C.UTF-8')}`)
  else words.push('LOCALE_PROVIDER libc')
  return words.join(' ')
}

/**
 * A database of its own on the same server, like this one in letters and sorting; dropped at the end, and with it those that
 * killed proofs have left. One at a time.
 * @throws AppError `forbidden` when the role of `url` may not create databases
 */
export async function withScratchDatabase<T>(url: string, work: (scratchUrl: string) => Promise<T>): Promise<T> {
  const admin = await openSession(url)
  const prefix = prefixOf(url)
  const dropAll = async (): Promise<void> => {
    const { rows } = await admin.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    )
    for (const { name } of rows) await admin.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`)
  }
  try {
    await dropAll()
    const { rows } = await admin.query<Locale>(`
      SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datcollate AS collate, datctype AS ctype,
        coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale
      FROM pg_database d WHERE datname = current_database()`)
    const name = `${prefix}${randomBytes(4).toString('hex')}`
    const { current } = (await admin.query<{ current: string }>('SELECT current_user AS current')).rows[0] ?? {}
    await admin
      .query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0 ${localeOf(rows[0] as Locale)}`)
      .catch((cause: { code?: string }) => {
        if (cause.code !== insufficientPrivilege) throw cause
        throw new AppError(
          'forbidden',
          `The database role ${current} may not create the scratch database that a proof needs: ALTER ROLE ${current} CREATEDB.`,
          {},
          cause,
        )
      })
    return await work(onDatabase(url, name))
  } finally {
    await dropAll().catch(() => {})
    await admin.end()
  }
}
