import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** One setting: how it is read, what it is by default and why it is there. `.env.example` is made from this list. */
interface Setting<T> {
  group: string
  why: string
  /** Shown in `.env.example`. */
  example: string
  secret?: true
  read: (text: string | undefined) => T
}

class Refused extends Error {}

const refuse = (reason: string): never => {
  throw new Refused(reason)
}

const oneOf =
  <T extends string>(options: readonly T[], fallback: T) =>
  (text: string | undefined): T => {
    if (!text) return fallback
    return options.includes(text as T) ? (text as T) : refuse(`must be one of ${options.join(', ')}`)
  }

const whole =
  (min: number, max: number, fallback: number) =>
  (text: string | undefined): number => {
    if (!text) return fallback
    const number = Number(text)
    return Number.isInteger(number) && number >= min && number <= max
      ? number
      : refuse(`must be a whole number from ${min} to ${max}`)
  }

const flag =
  (fallback: boolean) =>
  (text: string | undefined): boolean => {
    if (!text) return fallback
    if (['1', 'true', 'yes', 'on'].includes(text.toLowerCase())) return true
    if (['0', 'false', 'no', 'off'].includes(text.toLowerCase())) return false
    return refuse('must be 1 or 0')
  }

const text =
  (fallback: string) =>
  (value: string | undefined): string =>
    value || fallback
const optional = (value: string | undefined): string | undefined => value || undefined

const url =
  (protocols: string[]) =>
  (value: string | undefined): string | undefined => {
    if (!value) return undefined
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
      return refuse(`must be an address that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`)
    }
    return value.replace(/\/+$/, '')
  }

const setting = <T>(entry: Setting<T>): Setting<T> => entry

export const settings = {
  env: setting({
    group: 'Mode',
    why: 'production refuses development conveniences.',
    example: 'OBCMS_ENV=development',
    read: oneOf(['development', 'production'], 'development'),
  }),
  host: setting({ group: 'Web', why: 'Address to listen on.', example: 'HOST=127.0.0.1', read: text('127.0.0.1') }),
  port: setting({ group: 'Web', why: 'Port to listen on.', example: 'PORT=8000', read: whole(0, 65535, 8000) }),
  baseUrl: setting({
    group: 'Web',
    why: 'Address under which people reach the system; links in mail start with it. Default: http://localhost:PORT.',
    example: 'BASE_URL=http://localhost:8000',
    read: url(['http:', 'https:']),
  }),
  databaseUrl: setting({
    group: 'Database',
    why: 'PostgreSQL 15 to 18. Unset: an embedded PostgreSQL keeps its data under DATA_DIR.',
    example: 'DATABASE_URL=postgres://obcms:password@localhost:5432/obcms',
    secret: true,
    read: url(['postgres:', 'postgresql:']),
  }),
  poolSize: setting({
    group: 'Database',
    why: 'Connections of one process.',
    example: 'DB_POOL_SIZE=10',
    read: whole(2, 200, 10),
  }),
  dataDir: setting({
    group: 'Files',
    why: 'Folder for the embedded database, uploaded files and development mail. Default: var, beside package.json.',
    example: 'DATA_DIR=var',
    read: (value: string | undefined): string => (value ? resolve(value) : join(root, 'var')),
  }),
  secretKey: setting({
    group: 'Secrets',
    why: 'Encrypts two-factor secrets. At least 50 characters. Unset in development: made once and kept under DATA_DIR.',
    example: 'SECRET_KEY=',
    secret: true,
    read: (value: string | undefined): string | undefined => {
      if (!value) return undefined
      return value.length >= 50 ? value : refuse('must have at least 50 characters')
    },
  }),
  smtpUrl: setting({
    group: 'Mail',
    why: 'Mail server. Unset in development: mail goes to DATA_DIR/mail, shown at /dev/mail.',
    example: 'SMTP_URL=smtp://user:password@mail.example.org:587',
    secret: true,
    read: url(['smtp:', 'smtps:']),
  }),
  mailFrom: setting({
    group: 'Mail',
    why: 'Sender of mail.',
    example: 'DEFAULT_FROM_EMAIL=OBCMS <obcms@localhost>',
    read: text('OBCMS <obcms@localhost>'),
  }),
  adminEmail: setting({
    group: 'First start',
    why: 'E-mail of the first administrator.',
    example: 'OBCMS_ADMIN_EMAIL=admin@localhost.localdomain',
    read: (value: string | undefined): string | undefined =>
      !value || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? value : refuse('must be an e-mail address'),
  }),
  adminPassword: setting({
    group: 'First start',
    why: 'Password of the first administrator, at least 12 characters. Unset: a random one is printed once.',
    example: 'OBCMS_ADMIN_PASSWORD=',
    secret: true,
    read: optional,
  }),
  logLevel: setting({
    group: 'Logs',
    why: 'How much is logged.',
    example: 'LOG_LEVEL=info',
    read: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
  }),
  logFormat: setting({
    group: 'Logs',
    why: 'json for machines; pretty for people. Default: pretty in development on a terminal.',
    example: 'LOG_FORMAT=json',
    read: oneOf(['json', 'pretty'], 'json'),
  }),
  trustProxy: setting({
    group: 'Web',
    why: 'Believe X-Forwarded-* from loopback and private addresses (a reverse proxy in front).',
    example: 'TRUST_PROXY=0',
    read: flag(false),
  }),
} as const

/** The variable's name is what stands before `=` in its example. */
const nameOf = (entry: Setting<unknown>): string => entry.example.slice(0, entry.example.indexOf('='))

export type Config = Readonly<{ [K in keyof typeof settings]: ReturnType<(typeof settings)[K]['read']> }> & {
  readonly production: boolean
}

/** Every problem at once; names and reasons, never values. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: string[]) {
    super(`The settings are not right:\n${problems.map((line) => `  - ${line}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads the settings from the environment; called by roots only. `NAME_FILE` is accepted for each secret.
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(settings) as [string, Setting<unknown>][]) {
    const name = nameOf(entry)
    let value = env[name]?.trim()
    const file = entry.secret && env[`${name}_FILE`]
    if (file) {
      try {
        value = readFileSync(file, 'utf8').trim()
      } catch {
        problems.push(`${name}_FILE names a file that cannot be read`)
        continue
      }
    }
    try {
      values[key] = entry.read(value || undefined)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      problems.push(`${name} ${error.message}`)
    }
  }
  const production = values.env === 'production'
  if (production) {
    for (const [key, reason] of [
      ['secretKey', 'SECRET_KEY is missing'],
      ['databaseUrl', 'DATABASE_URL is missing'],
      ['smtpUrl', 'SMTP_URL is missing'],
      ['baseUrl', 'BASE_URL is missing'],
    ] as const) {
      const entry = settings[key] as Setting<unknown>
      const named = problems.some((line) => line.startsWith(nameOf(entry)))
      if (values[key] === undefined && !named) problems.push(reason)
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  if (!env.LOG_FORMAT && !production && process.stdout.isTTY) values.logFormat = 'pretty'
  return Object.freeze({ ...values, production }) as Config
}

/** The text of `.env.example`. */
export function envExample(): string {
  const groups = Map.groupBy(Object.values(settings) as Setting<unknown>[], (entry) => entry.group)
  const blocks = [...groups].map(([group, entries]) =>
    [
      `# ${group}`,
      ...entries.map(
        (entry) => `# ${entry.why}${entry.secret ? ` (${nameOf(entry)}_FILE is accepted)` : ''}\n# ${entry.example}`,
      ),
    ].join('\n'),
  )
  return `# Every setting of OBCMS. All have a default for development; made by \`npm run env-example\`.\n\n${blocks.join('\n\n')}\n`
}
