import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Refused } from './setting-readers.ts'
import { nameOf, type Setting, settings } from './settings.ts'

type Read = { [K in keyof typeof settings]: ReturnType<(typeof settings)[K]['read']> }

/** The settings with every default worked out. */
export type Config = Readonly<
  Omit<Read, 'baseUrl' | 'sslRedirect' | 'webConcurrency' | 'mailBackend'> & {
    production: boolean
    /** Start of every link: `https://obcms.example.gov.ph`. */
    baseUrl: string
    sslRedirect: boolean
    webConcurrency: number
    mailBackend: 'smtp' | 'folder' | 'console'
    /** Connections of one process to the database; the queue's own come on top. */
    poolSize: number
    /** The bucket, when its settings are there; whether new files go there says `useS3`. */
    s3: S3Settings | undefined
    /** Where backups go; undefined: none are made. */
    backupTarget: BackupTarget | undefined
  }
>

export type BackupTarget = { dir: string } | { s3: S3Settings }

export interface S3Settings {
  accessKeyId: string
  secretAccessKey: string
  bucket: string
  region: string
  /** Undefined: Amazon's own. */
  endpoint: string | undefined
  customDomain: string | undefined
  pathStyle: boolean
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

/** Connections that the job queue of one process holds. */
export const queuePoolSize = 3
/** What one process needs at least: its queue's connections and two of its own. */
const leastPerProcess = queuePoolSize + 2
const onThisMachine = ['localhost', '.localhost', '127.0.0.1', '[::1]']

/** What a browser must come from over https in production, and must not be missing. */
function problemsInProduction(values: Read, webConcurrency: number): string[] {
  const problems: string[] = []
  const missing = (name: string, why = '') => problems.push(`${name} is missing${why}`)
  if (values.debug) problems.push('DEBUG must be off in production')
  if (!values.secretKey) missing('SECRET_KEY')
  if (!values.databaseUrl) missing('DATABASE_URL')
  if (values.allowedHosts.length === 0) missing('ALLOWED_HOSTS')
  if (values.allowedHosts.includes('*')) problems.push('ALLOWED_HOSTS must name the hosts; * lets any in')
  if (values.csrfTrustedOrigins.length === 0) missing('CSRF_TRUSTED_ORIGINS')
  if (values.csrfTrustedOrigins.some((origin) => !origin.startsWith('https://')))
    problems.push('CSRF_TRUSTED_ORIGINS must have https:// in every entry')
  if (values.baseUrl && !values.baseUrl.startsWith('https://')) problems.push('BASE_URL must start with https://')
  if ((values.mailBackend ?? 'smtp') !== 'smtp') problems.push('EMAIL_BACKEND must be smtp in production')
  else if (!values.mailHost) missing('EMAIL_HOST')
  if (webConcurrency > 1 && !values.redisUrl)
    missing('REDIS_URL', `: ${webConcurrency} web processes need it; or set WEB_CONCURRENCY=1`)
  if ((values.backupDir || values.backupBucket) && !values.backupPassphrase && values.backupRecipients.length === 0)
    missing('BACKUP_PASSPHRASE', ', or BACKUP_RECIPIENTS: backups must be encrypted')
  return problems
}

/**
 * Reads the settings from the environment; called by roots only. `NAME_FILE` is accepted for each secret.
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = []
  const read: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(settings) as [string, Setting<unknown>][]) {
    const name = nameOf(entry)
    let value = env[name]?.trim()
    const file = entry.secret && env[`${name}_FILE`]?.trim()
    try {
      if (file) value = readFileSync(file, 'utf8').trim()
    } catch {
      problems.push(`${name}_FILE names a file that cannot be read`)
    }
    try {
      read[key] = entry.read(value || undefined)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      problems.push(`${name} ${error.message}`)
      // The default stands in, so that what depends on it is judged as well.
      if (entry.type === 'list') read[key] = []
    }
  }
  const values = read as Read
  const production = values.env === 'production'
  const webConcurrency = values.webConcurrency ?? (production || values.redisUrl ? availableParallelism() : 1)
  const processes = webConcurrency + (values.workerConcurrency ?? 1)
  if (values.poolTotal < processes * leastPerProcess)
    problems.push(`DB_POOL_TOTAL must be at least ${processes * leastPerProcess} for ${processes} processes`)
  if (values.jobHardSeconds < values.jobSoftSeconds) problems.push('JOB_HARD_LIMIT must not be below JOB_SOFT_LIMIT')
  const s3 = s3Of(values)
  if ((values.useS3 || values.s3Bucket) && !s3) {
    const needed = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_STORAGE_BUCKET_NAME']
    const unset = needed.filter((name) => !env[name] && !env[`${name}_FILE`])
    const who = values.useS3 ? 'USE_S3' : 'AWS_STORAGE_BUCKET_NAME'
    problems.push(`${who} needs ${unset.join(', ')}, which ${unset.length > 1 ? 'are' : 'is'} missing`)
  }
  problems.push(...problemsOfBackups(values))
  if (values.mailBackend === 'smtp' && !values.mailHost && !production) problems.push('EMAIL_HOST is missing')
  if (production) {
    const named = problems.map((line) => line.split(/[ _]FILE| /)[0])
    for (const line of problemsInProduction(values, webConcurrency))
      if (!named.includes(line.split(' ')[0])) problems.push(line)
  }
  if (problems.length > 0) throw new ConfigError(problems)

  const firstHost = values.allowedHosts[0]?.replace(/^\./, '')
  return Object.freeze({
    ...values,
    production,
    logLevel: values.debug && !env.LOG_LEVEL ? 'debug' : values.logLevel,
    logFormat: !env.LOG_FORMAT && !production && process.stdout.isTTY ? 'pretty' : values.logFormat,
    baseUrl: values.baseUrl ?? (production ? `https://${firstHost}` : `http://localhost:${values.port}`),
    sslRedirect: values.sslRedirect ?? production,
    allowedHosts: values.allowedHosts.length > 0 ? values.allowedHosts : onThisMachine,
    webConcurrency,
    mailBackend: values.mailBackend ?? (values.mailHost ? 'smtp' : 'folder'),
    s3,
    backupTarget: backupTargetOf(values, production),
    poolSize: Math.min(200, Math.floor(values.poolTotal / processes) - queuePoolSize),
  })
}

function s3Of(values: Read): S3Settings | undefined {
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey, s3Bucket: bucket } = values
  if (!accessKeyId || !secretAccessKey || !bucket) return undefined
  const endpoint = values.s3Endpoint
  return {
    accessKeyId,
    secretAccessKey,
    bucket,
    region: values.s3Region,
    endpoint,
    customDomain: values.s3CustomDomain,
    pathStyle: values.s3PathStyle ?? endpoint !== undefined,
  }
}

function problemsOfBackups(values: Read): string[] {
  const problems: string[] = []
  if (values.backupDir && values.backupBucket) problems.push('BACKUP_DIR must not be set beside BACKUP_S3_BUCKET')
  if (values.backupPassphrase && values.backupRecipients.length > 0)
    problems.push('BACKUP_PASSPHRASE must not be set beside BACKUP_RECIPIENTS')
  if (values.backupBucket && !backupBucketOf(values, values.backupBucket))
    problems.push('BACKUP_S3_BUCKET needs BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY, or those of AWS_')
  const isAtOneProvider = !values.backupEndpoint || values.backupEndpoint === values.s3Endpoint
  if (values.backupBucket && values.backupBucket === values.s3Bucket && isAtOneProvider)
    problems.push('BACKUP_S3_BUCKET must be another bucket than AWS_STORAGE_BUCKET_NAME')
  return problems
}

function backupTargetOf(values: Read, production: boolean): BackupTarget | undefined {
  if (values.backupBucket) {
    const s3 = backupBucketOf(values, values.backupBucket)
    return s3 && { s3 }
  }
  if (values.backupDir) return { dir: values.backupDir }
  return production ? undefined : { dir: join(values.dataDir, 'backups') }
}

function backupBucketOf(values: Read, bucket: string): S3Settings | undefined {
  const accessKeyId = values.backupAccessKeyId ?? values.s3AccessKeyId
  const secretAccessKey = values.backupSecretAccessKey ?? values.s3SecretAccessKey
  if (!accessKeyId || !secretAccessKey) return undefined
  const endpoint = values.backupEndpoint ?? values.s3Endpoint
  return {
    accessKeyId,
    secretAccessKey,
    bucket,
    region: values.backupRegion ?? values.s3Region,
    endpoint,
    customDomain: undefined,
    pathStyle: values.backupPathStyle ?? values.s3PathStyle ?? endpoint !== undefined,
  }
}

/** What is set, by name, for a backup; how this machine reaches its database and opens its backups is none of it. */
export function settingsGiven(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = (Object.values(settings) as Setting<unknown>[]).map(nameOf)
  const machines = ['DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATA_DIR', 'BACKUP_PASSPHRASE', 'BACKUP_IDENTITY']
  const given: Record<string, string> = {}
  for (const name of names) {
    if (machines.includes(name)) continue
    const file = env[`${name}_FILE`]?.trim()
    const value = env[name]?.trim() || (file ? readFileSync(file, 'utf8').trim() : '')
    if (value) given[name] = value
  }
  return given
}

/** @throws ConfigError */
export function loadStaticUrl(env: NodeJS.ProcessEnv): string | undefined {
  try {
    return settings.staticUrl.read(env.STATIC_URL?.trim() || undefined)
  } catch (error) {
    if (error instanceof Refused) throw new ConfigError([`STATIC_URL ${error.message}`])
    throw error
  }
}

/** The text of `.env.example`. */
export function envExample(): string {
  const groups = Map.groupBy(Object.values(settings) as Setting<unknown>[], (entry) => entry.group)
  const blocks = [...groups].map(([group, entries]) =>
    [
      `# ${group}`,
      ...entries.map((entry) => {
        const file = entry.secret ? ` (${nameOf(entry)}_FILE is accepted)` : ''
        return `# [${entry.type}] ${entry.why}${file}\n# ${entry.example}`
      }),
    ].join('\n'),
  )
  return `# Every setting of OBCMS. All have a default for development; made by \`npm run env-example\`.\n\n${blocks.join('\n\n')}\n`
}
