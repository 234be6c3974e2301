import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createClient } from '@redis/client'
import pg from 'pg'
import { backupGoodForHours } from '#contract/backups.options.ts'
import type { Config } from '../config.ts'
import { smtpTransport } from '../mail.ts'
import { pendingMigrations } from '../migrate.ts'
import { clamd } from '../scanner.ts'
import { filesystemStore } from '../storage.ts'
import type { DeployCheck, Finding } from './check.ts'

const error = (what: string, mend: string): Finding => ({ level: 'error', what, mend })
const warning = (what: string, mend: string): Finding => ({ level: 'warning', what, mend })
const patienceMs = 5_000

async function ask<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  })
  // An address without its password: the reason may be printed.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function value<T>(client: pg.Client, text: string): Promise<T> {
  const { rows } = await client.query<{ value: T }>(text)
  return rows[0]?.value as T
}

/** @returns what is wrong with reaching the database, or what `work` finds */
async function onDatabase(
  url: string | undefined,
  name: string,
  work: (client: pg.Client) => Promise<Finding[]>,
): Promise<Finding[]> {
  // That it is missing is a row of the settings.
  if (!url) return []
  return ask(url, work).catch((cause: { code?: string; message?: string }) => [
    error(`The database of ${name} does not answer (${cause.code ?? cause.message})`, `Check ${name} and the server.`),
  ])
}

const oldestServer = 15
/** Beyond these a clock makes second factors and expiries wrong. */
const skewSeconds = { warning: 2, error: 30 }

async function database(config: Config): Promise<Finding[]> {
  return onDatabase(config.databaseUrl, 'DATABASE_URL', async (client) => {
    const found: Finding[] = []
    const major = await value<number>(client, `SELECT current_setting('server_version_num')::int / 10000 AS value`)
    if (major < oldestServer)
      found.push(error(`The database is PostgreSQL ${major}`, `Use PostgreSQL ${oldestServer} or newer.`))
    const asked = Date.now()
    const theirs = await value<number>(client, 'SELECT extract(epoch FROM clock_timestamp())::float8 AS value')
    const skew = Math.abs(theirs - (asked + Date.now()) / 2_000)
    const words = `The clocks of this machine and of the database differ by ${skew.toFixed(1)} s`
    if (skew > skewSeconds.error) found.push(error(words, 'Run a time service (chrony) on both.'))
    else if (skew > skewSeconds.warning) found.push(warning(words, 'Run a time service (chrony) on both.'))
    const zones = await value<number>(
      client,
      `SELECT count(*)::int AS value FROM pg_timezone_names WHERE name = 'Asia/Manila'`,
    )
    if (zones === 0) found.push(error('The database does not know Asia/Manila', 'Install its time zones (tzdata).'))
    return found
  })
}

async function connections(config: Config): Promise<Finding[]> {
  return onDatabase(config.databaseDirectUrl ?? config.databaseUrl, 'DATABASE_URL', async (client) => {
    const room = await value<number>(
      client,
      `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS value`,
    )
    return config.poolTotal > room && !config.pgBouncer
      ? [
          error(
            `DB_POOL_TOTAL is ${config.poolTotal}, and the database takes ${room} connections`,
            'Lower DB_POOL_TOTAL, raise max_connections, or put PgBouncer between.',
          ),
        ]
      : []
  })
}

async function migrations(config: Config): Promise<Finding[]> {
  const url = config.databaseDirectUrl ?? config.databaseUrl
  return onDatabase(url, 'DATABASE_URL', async (client) => {
    const pending = await pendingMigrations(client)
    return pending.length > 0 ? [warning(`${pending.length} migrations are not applied yet`, 'Run obcms migrate.')] : []
  })
}

async function cache({ redisUrl }: Config): Promise<Finding | undefined> {
  if (!redisUrl) return
  const client = createClient({
    url: redisUrl,
    disableOfflineQueue: true,
    socket: { connectTimeout: patienceMs, reconnectStrategy: false },
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const policy = (await client.info('memory')).match(/maxmemory_policy:(\S+)/)?.[1]
    if (policy && policy !== 'noeviction')
      return {
        level: 'info',
        what: `Redis drops keys when it is full (${policy})`,
        mend: 'OBCMS bears it: rate limits may start anew.',
      }
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string }
    return error(`Redis does not answer (${code ?? message})`, 'Check REDIS_URL and the server.')
  } finally {
    client.destroy()
  }
}

async function mail(config: Config): Promise<Finding | undefined> {
  if (config.mailBackend !== 'smtp' || !config.mailHost) return
  const transport = smtpTransport(config)
  try {
    await transport.verify()
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string }
    return error(`The mail server does not take us (${code ?? message})`, 'Check EMAIL_HOST and the account.')
  } finally {
    transport.close()
  }
}

/** What goes to a bucket passes the spool folder on its way. */
async function storage({ dataDir, useS3 }: Config): Promise<Finding | undefined> {
  try {
    await filesystemStore(join(dataDir, useS3 ? 'spool' : 'files')).probe()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    return error(`Files cannot be written below ${dataDir} (${code})`, 'Let this account write there, or set DATA_DIR.')
  }
}

async function scanner({ clamavHost: host, clamavPort: port }: Config): Promise<Finding | undefined> {
  if (!host) return
  try {
    await clamd({ host, port }).ping()
  } catch {
    return error(
      'The virus scanner does not answer: new files cannot be opened',
      'Start clamd, and check CLAMAV_HOST and CLAMAV_PORT; or unset CLAMAV_HOST to do without.',
    )
  }
}

interface LastRun {
  kind: 'made' | 'proved'
  state: string
  problem: string | null
  hours: number
}

/** What the last backup and the last proof say; what could keep the next ones from their work. */
async function backups(config: Config): Promise<Finding[]> {
  if (!config.backupTarget)
    return [
      warning('No backups are made', 'Set BACKUP_DIR or BACKUP_S3_BUCKET; see docs/deployment/backup-and-restore.md.'),
    ]
  const url = config.databaseDirectUrl ?? config.databaseUrl
  return onDatabase(url, 'DATABASE_URL', async (client) => {
    const found: Finding[] = []
    if (config.backupRecipients.length > 0 && !config.backupIdentity)
      found.push(warning('Backups are not proved every night', 'Set BACKUP_IDENTITY (or BACKUP_IDENTITY_FILE).'))
    const mayMake = await value<boolean>(
      client,
      'SELECT rolcreatedb OR rolsuper AS value FROM pg_roles WHERE rolname = current_user',
    )
    if (!mayMake)
      found.push(
        warning(
          'The database role may not create the scratch database in which backups are proved',
          'ALTER ROLE … CREATEDB, as an administrator of the database.',
        ),
      )
    if (!(await value<string | null>(client, `SELECT to_regclass('backup_runs')::text AS value`))) return found
    const { rows } = await client.query<LastRun>(
      `SELECT DISTINCT ON (kind) kind, state, problem, (extract(epoch FROM now() - started_at) / 3600)::float8 AS hours
       FROM backup_runs WHERE state <> 'running' ORDER BY kind, started_at DESC, id DESC`,
    )
    for (const [kind, words] of [
      ['made', 'backup'],
      ['proved', 'proof of a backup'],
    ] as const) {
      const last = rows.find((row) => row.kind === kind)
      if (!last) found.push(warning(`There is no ${words} yet`, 'Run obcms backup, then obcms backup prove.'))
      else if (last.state !== 'done' || last.problem)
        found.push(error(`The last ${words} failed: ${last.problem}`, 'See the System page.'))
      else if (last.hours > backupGoodForHours)
        found.push(
          error(
            `The last ${words} is ${Math.round(last.hours)} hours old`,
            'Look whether obcms worker runs, and for failed jobs.',
          ),
        )
    }
    return found
  })
}

async function bucket({ s3, useS3 }: Config): Promise<Finding | undefined> {
  if (!s3) return
  const { s3Store } = await import('../storage/s3-store.ts')
  const store = s3Store(s3, { connectMs: patienceMs, silenceMs: patienceMs, tries: 1 })
  try {
    await store.probe()
    if (await store.isPublic?.())
      return error(`Anybody may read the bucket ${s3.bucket}`, 'Block public access to it; OBCMS needs none.')
  } catch (cause) {
    const { message, cause: why } = cause as Error
    const what = `Files cannot be written to the bucket ${s3.bucket} (${why instanceof Error ? why.message : message})`
    return useS3 ? error(what, message) : warning(what, message)
  } finally {
    await store.close?.()
  }
}

const gigabyte = 1_073_741_824

async function disk({ dataDir }: Config): Promise<Finding | undefined> {
  let folder = dataDir
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  const free = (bavail * bsize) / gigabyte
  const words = `${free.toFixed(1)} GB are free where files are kept`
  if (free < 0.5) return error(words, 'Make room, or use a larger volume.')
  if (free < 5) return warning(words, 'Make room, or use a larger volume.')
}

/** What a process may have open at once: each connection is one. */
function openFiles(): Finding | undefined {
  const limit = execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  return limit !== 'unlimited' && Number(limit) < 4_096
    ? warning(
        `A process may have ${limit} files and connections open`,
        'Raise it: ulimit -n 65536, LimitNOFILE=, ulimits:.',
      )
    : undefined
}

export const liveChecks: DeployCheck[] = [
  { id: 'database.server', run: database },
  { id: 'database.connections', run: connections },
  { id: 'database.migrations', run: migrations },
  { id: 'cache.server', run: cache },
  { id: 'mail.server', run: mail },
  { id: 'files.writable', run: storage },
  { id: 'files.bucket', run: bucket },
  { id: 'files.space', run: disk },
  { id: 'files.scanner', run: scanner },
  { id: 'backups.recent', run: backups },
  { id: 'machine.open-files', run: openFiles },
  {
    id: 'machine.user',
    run: () =>
      process.getuid?.() === 0
        ? warning('OBCMS runs as root', 'Run it as an ordinary user; the container image does.')
        : undefined,
  },
]
