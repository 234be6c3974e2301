import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import type { Reader } from './db.ts'
import { listMigrations, type Migration } from './migration-files.ts'
import { type Applied, appliedMigrations, connect, prepareRecords, takeTurn } from './migration-session.ts'
import { StartError } from './start-error.ts'

const tries = 5
const lockNotAvailable = '55P03'
const tookTooLong = '57014'

interface State {
  pending: Migration[]
  /** Applied by a newer version; all of them leave this version working. */
  newer: string[]
}

/** @throws StartError when the database is too new for this code, or an applied migration was changed */
function compare(known: Migration[], applied: Map<string, Applied>): State {
  const names = new Set(known.map((migration) => migration.name))
  const newer = [...applied.keys()].filter((name) => !names.has(name))
  if (newer.some((name) => applied.get(name)?.kind !== 'expand')) {
    throw new StartError(
      `The database is newer than this OBCMS (it knows ${newer.join(', ')}); start the newer version, or restore a backup made with this one.`,
    )
  }
  const changed = known.filter(({ name, checksum }) => (applied.get(name)?.checksum ?? checksum) !== checksum)
  if (changed.length > 0) {
    throw new StartError(
      `Migration ${changed.map((migration) => migration.name).join(', ')} was changed after it was applied; put the file back as it was and add a new migration.`,
    )
  }
  return { pending: known.filter((migration) => !applied.has(migration.name)), newer }
}

async function stateOf(url: string): Promise<State> {
  const client = await connect(url)
  try {
    return compare(listMigrations(), await appliedMigrations(client))
  } finally {
    await client.end()
  }
}

function upTo(name: string | undefined, pending: Migration[]): Migration[] {
  if (name === undefined) return pending
  const last = pending.findIndex((migration) => migration.name === name)
  if (last >= 0) return pending.slice(0, last + 1)
  const isKnown = listMigrations().some((migration) => migration.name === name)
  throw new StartError(isKnown ? `Migration ${name} is applied already.` : `There is no migration ${name}.`)
}

async function runOnce(client: pg.Client, migration: Migration): Promise<void> {
  const { name, checksum, kind, inTransaction, steps } = migration
  await client.query(`SET lock_timeout = '${migration.lockTimeout}'`)
  await client.query(`SET statement_timeout = '${migration.statementTimeout}'`)
  for (const index of migration.indexes) {
    const invalid = await client.query('SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid', [
      index,
    ])
    if (invalid.rowCount) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${pg.escapeIdentifier(index)}`)
  }
  if (inTransaction) await client.query('BEGIN')
  try {
    for (const step of steps) await step(client)
    await client.query('INSERT INTO schema_migrations (name, checksum, kind) VALUES ($1, $2, $3)', [
      name,
      checksum,
      kind,
    ])
    if (inTransaction) await client.query('COMMIT')
  } catch (error) {
    // A lost connection has rolled back by itself, and its loss is what must be told.
    if (inTransaction) await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** A table that others use is asked for shortly and again: whoever comes after a waiting migration waits as well. */
async function run(client: pg.Client, migration: Migration, say: (line: string) => void): Promise<void> {
  const { name, inTransaction } = migration
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(client, migration)
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }
      if (!(error instanceof pg.DatabaseError) || /^57P/.test(code ?? '')) throw error
      if (code === lockNotAvailable && attempt < tries) {
        say(`Migration ${name} waited ${migration.lockTimeout} for a table that is in use; trying again.`)
        await sleep(attempt * 1_000)
        continue
      }
      const kept = inTransaction ? 'nothing of it is kept' : 'the next run does it again'
      if (code === lockNotAvailable)
        throw new StartError(
          `Migration ${name} waited ${tries} times ${migration.lockTimeout} for a table that is in use, and ${kept}: run obcms migrate again when fewer people work.`,
          { cause: error },
        )
      if (code === tookTooLong)
        throw new StartError(
          `Migration ${name} took longer than ${migration.statementTimeout}, and ${kept}: find what slows the database and run obcms migrate again.`,
          { cause: error },
        )
      throw new StartError(`Migration ${name} failed (${message}), and ${kept}.`, { cause: error })
    }
  }
}

export interface MigrateOptions {
  /** Stops after this one. */
  to?: string
  say?: (line: string) => void
  /** Runs after the last migration, while the others still wait. */
  finish?: () => Promise<void>
}

/**
 * Brings the schema up to date. Safe to run many at once: one works, the others wait for it. On a database that a newer
 * version has expanded it does nothing.
 * @throws StartError when the database is too new for the code, an applied migration was changed, or one fails
 */
export async function migrate(url: string, { to, say = () => {}, finish }: MigrateOptions = {}): Promise<void> {
  const client = await connect(url)
  try {
    await takeTurn(client, say)
    await prepareRecords(client)
    const { pending, newer } = compare(listMigrations(), await appliedMigrations(client))
    if (newer.length > 0) {
      if (pending.length > 0)
        throw new StartError(
          `The database knows ${newer.join(', ')} but lacks ${names(pending)}: run a version of OBCMS that has all of them.`,
        )
      return say(
        `The database is newer than this OBCMS (it knows ${newer.join(', ')}) and works with it: nothing to do.`,
      )
    }
    const chosen = upTo(to, pending)
    for (const migration of chosen) {
      say(`Migration ${migration.name}`)
      await run(client, migration, say)
    }
    if (chosen.length === pending.length) await finish?.()
    if (chosen.length === 0) say('The database is up to date.')
  } finally {
    await client.end()
  }
}

const names = (migrations: Migration[]): string => migrations.map((migration) => migration.name).join(', ')

/** What `migrate` would run, in order. */
export async function planMigrations(url: string, to?: string): Promise<Migration[]> {
  return upTo(to, (await stateOf(url)).pending)
}

/** @throws StartError when something is pending, was changed, or is too new */
export async function checkMigrations(url: string): Promise<void> {
  const { pending } = await stateOf(url)
  if (pending.length > 0) throw new StartError(`${pending.length} to apply (${names(pending)}); run: obcms migrate`)
}

/** @throws StartError when the schema is older, or newer than this code can work with */
export async function assertMigrated(url: string): Promise<void> {
  const { pending } = await stateOf(url)
  if (pending.length > 0) throw new StartError(`The database is older than this OBCMS; run: obcms migrate`)
  await assertRestored(url)
}

/** @throws StartError when a restore into this database was broken off: its rows are there, its jobs are not yet */
export async function assertRestored(url: string): Promise<void> {
  const client = await connect(url)
  try {
    const { rows } = await client.query<{ id: string }>(
      'SELECT backup_id AS id FROM backup_restores WHERE ended_at IS NULL',
    )
    if (rows[0])
      throw new StartError(`The restore of backup ${rows[0].id} was broken off; run: obcms restore ${rows[0].id}`)
  } finally {
    await client.end()
  }
}

/** For `/ready/`: every migration of this code is applied. Once it is so, it stays so. */
export function migrationsCheck(db: Reader): () => Promise<void> {
  let isCurrent = false
  return async () => {
    if (isCurrent) return
    const { rows } = await sql<{ name: string }>`SELECT name FROM schema_migrations`.execute(db)
    const pending = lacking(new Set(rows.map((row) => row.name)))
    if (pending.length > 0) throw new Error(`not applied: ${pending.join(', ')}`)
    isCurrent = true
  }
}

/** Names of the migrations that this code has and the database has not. */
export const pendingMigrations = async (client: pg.ClientBase): Promise<string[]> =>
  lacking(await appliedMigrations(client))

const lacking = (applied: { has(name: string): boolean }): string[] =>
  listMigrations()
    .map(({ name }) => name)
    .filter((name) => !applied.has(name))
