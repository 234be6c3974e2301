import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import pg from 'pg'
import type { Reader } from './db.ts'
import { StartError } from './start-error.ts'

const folder = new URL('../../../migrations/', import.meta.url)
const lockKey = 7_240_115

interface Migration {
  name: string
  checksum: string
  run(client: pg.Client): Promise<void>
}

/** A migration in TypeScript exports `up(client)`; it runs inside the migration's transaction. */
interface MigrationModule {
  up(client: pg.Client): Promise<void>
}

function listMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}_[a-z0-9_]+\.(sql|ts)$/.test(file))
    .sort()
    .map((file) => {
      const path = new URL(file, folder)
      const text = readFileSync(path, 'utf8')
      return {
        name: file.replace(/\.(sql|ts)$/, ''),
        checksum: createHash('sha256').update(text).digest('hex'),
        run: async (client) => {
          if (file.endsWith('.sql')) await client.query(text)
          else await ((await import(pathToFileURL(path.pathname).href)) as MigrationModule).up(client)
        },
      }
    })
}

const oldestServer = 15
const refusals: Record<string, string> = {
  '28P01': 'refuses the password in it',
  '28000': 'refuses the user in it',
  '3D000': 'has no database of the name in it: create that first',
}

/** @throws StartError when there is no database, or one that is too old */
async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'obcms migrate',
    connectionTimeoutMillis: 5_000,
  })
  try {
    await client.connect()
  } catch (cause) {
    const { code = '' } = cause as { code?: string }
    const refusal = refusals[code] ?? `does not answer (${code || (cause as Error).message})`
    throw new StartError(`The PostgreSQL server of DATABASE_URL ${refusal}.`, { cause })
  }
  const { rows } = await client.query<{ major: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  )
  const major = rows[0]?.major ?? 0
  if (major >= oldestServer) return client
  await client.end()
  throw new StartError(`The server of DATABASE_URL is PostgreSQL ${major}: OBCMS needs ${oldestServer} or newer.`)
}

async function appliedMigrations(client: pg.ClientBase): Promise<Map<string, string>> {
  const { rows } = await client.query<{ present: boolean }>(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS present`,
  )
  if (!rows[0]?.present) return new Map()
  const applied = await client.query<{ name: string; checksum: string }>('SELECT name, checksum FROM schema_migrations')
  return new Map(applied.rows.map((row) => [row.name, row.checksum]))
}

function assertSound(known: Migration[], applied: Map<string, string>): void {
  const names = new Set(known.map((migration) => migration.name))
  const unknown = [...applied.keys()].filter((name) => !names.has(name))
  if (unknown.length > 0) {
    throw new StartError(
      `The database is newer than this OBCMS (it knows ${unknown.join(', ')}); start the newer version, or restore a backup made with this one.`,
    )
  }
  const changed = known.filter((migration) => {
    const checksum = applied.get(migration.name)
    return checksum !== undefined && checksum !== migration.checksum
  })
  if (changed.length > 0) {
    throw new StartError(
      `Migration ${changed.map((migration) => migration.name).join(', ')} was changed after it was applied; put the file back as it was and add a new migration.`,
    )
  }
}

export interface MigrateOptions {
  report?: (name: string) => void
  /** Runs after the last migration, while the others still wait. */
  finish?: () => Promise<void>
}

/**
 * Brings the schema up to date. Safe to run many at once: one works, the others wait for it.
 * @returns names of the migrations applied by this call
 * @throws StartError when the database is newer than the code or an applied migration was changed
 */
export async function migrate(url: string, { report, finish }: MigrateOptions = {}): Promise<string[]> {
  const client = await connect(url)
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    )
    const known = listMigrations()
    const applied = await appliedMigrations(client)
    assertSound(known, applied)
    const pending = known.filter((migration) => !applied.has(migration.name))
    for (const migration of pending) {
      report?.(migration.name)
      await client.query('BEGIN')
      try {
        await migration.run(client)
        await client.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [
          migration.name,
          migration.checksum,
        ])
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
    }
    await finish?.()
    return pending.map((migration) => migration.name)
  } finally {
    await client.end()
  }
}

/** @throws StartError when the schema is older or newer than this code needs */
export async function assertMigrated(url: string): Promise<void> {
  const client = await connect(url)
  try {
    const known = listMigrations()
    const applied = await appliedMigrations(client)
    assertSound(known, applied)
    const pending = known.filter((migration) => !applied.has(migration.name))
    if (pending.length > 0) throw new StartError(`The database is older than this OBCMS; run: obcms migrate`)
  } finally {
    await client.end()
  }
}

/** For `/ready/`: every migration of this code is applied. Once it is so, it stays so. */
export function migrationsCheck(db: Reader): () => Promise<void> {
  const known = listMigrations().map((migration) => migration.name)
  let isCurrent = false
  return async () => {
    if (isCurrent) return
    const { rows } = await sql<{ name: string }>`SELECT name FROM schema_migrations`.execute(db)
    const applied = new Set(rows.map((row) => row.name))
    const pending = known.filter((name) => !applied.has(name))
    if (pending.length > 0) throw new Error(`not applied: ${pending.join(', ')}`)
    isCurrent = true
  }
}

/** Names of the migrations that this code has and the database has not. */
export async function pendingMigrations(client: pg.ClientBase): Promise<string[]> {
  const applied = await appliedMigrations(client)
  return listMigrations()
    .map(({ name }) => name)
    .filter((name) => !applied.has(name))
}
