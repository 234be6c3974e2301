import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { ObjectLine } from './manifests.rules.ts'

/** SQL of a restore: on a connection of its own, on a database whose schema may not be there yet. */
export type Client = pg.ClientBase

export async function isThere(client: Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>('SELECT to_regclass($1) IS NOT NULL AS is', [table])
  return rows[0]?.is === true
}

/** A table in a database that OBCMS has never migrated. */
export async function findForeignTable(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.deptype = 'e') LIMIT 1`,
  )
  return rows[0]?.name
}

/** The backup that a restore was broken off of, and whether its rows are there. */
export async function findOpenRestore(client: Client): Promise<{ id: string; isLoaded: boolean } | undefined> {
  const { rows } = await client.query<{ id: string; isLoaded: boolean }>(
    `SELECT backup_id AS id, loaded_at IS NOT NULL AS "isLoaded" FROM backup_restores WHERE ended_at IS NULL LIMIT 1`,
  )
  return rows[0]
}

export async function countUsers(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM users')
  return rows[0]?.count ?? 0
}

export async function listApplied(client: Client): Promise<string[]> {
  if (!(await isThere(client, 'public.schema_migrations'))) return []
  const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name')
  return rows.map(({ name }) => name)
}

export async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** The file of an import from before there were objects has become one. */
export async function insertFormerFile(client: Client, { sha256, bytes }: ObjectLine): Promise<void> {
  await client.query(
    `INSERT INTO objects (sha256, bytes, media_type, kept_at) VALUES ($1, $2, 'application/octet-stream', now())
     ON CONFLICT DO NOTHING`,
    [sha256, bytes],
  )
  await client.query(
    'UPDATE imports SET object_sha256 = $1, file_key = NULL WHERE file_sha256 = $1 AND object_sha256 IS NULL',
    [sha256],
  )
}

/** Where the restored content lies now; `missing` lies nowhere. */
export async function replaceCopies(client: Client, store: string, missing: readonly string[]): Promise<void> {
  await client.query('DELETE FROM object_copies')
  await client.query(
    'INSERT INTO object_copies (sha256, store, written_at) SELECT sha256, $1, now() FROM objects WHERE sha256 <> ALL ($2)',
    [store, missing],
  )
}

/** What was under way when the backup was made lies in places that are no more. */
export async function markUnderWayEnded(client: Client): Promise<void> {
  await client.query(
    `UPDATE media_moves SET state = 'cancelled', ended_at = now() WHERE state NOT IN ('switched', 'cancelled')`,
  )
  // Nothing was left behind here; and new files go where USE_S3 says, not where a move once led.
  await client.query(
    `UPDATE media_moves SET cleaned_at = now(), cleanup_asked_at = NULL WHERE state = 'switched' AND cleaned_at IS NULL`,
  )
  await client.query(`UPDATE uploads SET state = 'expired', ended_at = now() WHERE state IN ('arriving', 'arrived')`)
  await client.query(
    `UPDATE backup_runs SET state = 'failed', ended_at = now(), problem = 'It was broken off.' WHERE state = 'running'`,
  )
}

/** From now on nothing starts on this database. */
export async function insertRestore(
  client: Client,
  backup: { id: string; madeAt: string },
  { isLoaded }: { isLoaded: boolean },
): Promise<void> {
  await client.query(
    `INSERT INTO backup_restores (id, backup_id, made_at, started_at, loaded_at)
     VALUES ($1, $2, $3, now(), CASE WHEN $4::boolean THEN now() END)`,
    [uuidv7(), backup.id, backup.madeAt, isLoaded],
  )
}

export async function markRestored(client: Client): Promise<void> {
  await client.query('UPDATE backup_restores SET ended_at = now() WHERE ended_at IS NULL')
}

/** The newest content and some picked at random, at most twice `most`. */
export async function pickObjects(client: Client, most: number): Promise<ObjectLine[]> {
  const { rows } = await client.query<ObjectLine>(
    `WITH newest AS (SELECT sha256, bytes FROM objects ORDER BY kept_at DESC, sha256 LIMIT $1),
       picked AS (SELECT sha256, bytes FROM objects ORDER BY random() LIMIT $1)
     SELECT sha256, bytes::float8 AS bytes FROM newest UNION SELECT sha256, bytes::float8 FROM picked`,
    [most],
  )
  return rows
}

export async function countJobs(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::float8 AS count FROM pgboss.job')
  return rows[0]?.count ?? 0
}
