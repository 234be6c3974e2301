import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Kind } from './migration-files.ts'
import { StartError } from './start-error.ts'

/** Taken by a migration for itself, and by a backup together with others: its snapshot must not see half a migration. */
export const migrationLock = 7_240_115
const oldestServer = 15
const askAgainMs = 250
const sayAgainMs = 30_000
const refusals: Record<string, string> = {
  '28P01': 'refuses the password in it',
  '28000': 'refuses the user in it',
  '3D000': 'has no database of the name in it: create that first',
}

/** @throws StartError when there is no database, or one that is too old */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'obcms migrate',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  // Whoever waits for an answer sees the loss; without a listener it would end the process before.
  client.on('error', () => {})
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

/**
 * Waits without end, and says for whom: a migration may rightly take an hour, and a killed one gives the lock back by itself.
 * It asks again and again: a statement that waits for the lock would hold a snapshot, for which the other's
 * `CREATE INDEX CONCURRENTLY` would wait in turn.
 */
export async function takeTurn(client: pg.Client, say: (line: string) => void): Promise<void> {
  // The server notices within seconds that this process was killed, also in the middle of a long statement. Some systems cannot.
  await client.query(`SET client_connection_check_interval = '2s'`).catch(() => {})
  const began = performance.now()
  for (let saidAt = -sayAgainMs; ; await sleep(askAgainMs)) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [migrationLock])
    if (rows[0]?.taken) return
    const waited = performance.now() - began
    if (waited - saidAt < sayAgainMs) continue
    saidAt = waited
    const holder = await client.query<{ pid: number; address: string; name: string }>(
      `SELECT pid, application_name AS name, coalesce(host(client_addr), 'this machine') AS address FROM pg_locks JOIN pg_stat_activity USING (pid)
       WHERE locktype = 'advisory' AND objid = $1 AND granted`,
      [migrationLock],
    )
    const { pid, address, name } = holder.rows[0] ?? {}
    const who = name === 'obcms backup' ? 'A backup is being written' : 'Another obcms migrate is at work'
    if (pid) say(`${who} (from ${address}, database process ${pid}); waiting for it.`)
  }
}

export interface Applied {
  checksum: string
  /** Absent: recorded by hand or by a version that did not say. */
  kind: Kind | null
}

export async function prepareRecords(client: pg.Client): Promise<void> {
  await client.query(
    `CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  )
  // Asked first: even an ALTER that finds nothing to do would wait for every reader.
  if (!(await recordsKind(client)))
    await client.query(`ALTER TABLE schema_migrations ADD COLUMN kind text CHECK (kind IN ('expand', 'contract'))`)
}

async function recordsKind(client: pg.ClientBase): Promise<boolean> {
  const found = await client.query(
    `SELECT FROM pg_attribute WHERE attrelid = to_regclass('schema_migrations') AND attname = 'kind' AND NOT attisdropped`,
  )
  return found.rowCount === 1
}

export async function appliedMigrations(client: pg.ClientBase): Promise<Map<string, Applied>> {
  const { rows } = await client.query<{ present: boolean }>(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS present`,
  )
  if (!rows[0]?.present) return new Map()
  const kind = (await recordsKind(client)) ? 'kind' : 'NULL AS kind'
  const applied = await client.query<Applied & { name: string }>(
    `SELECT name, checksum, ${kind} FROM schema_migrations ORDER BY name`,
  )
  return new Map(applied.rows.map((row) => [row.name, row]))
}
