import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { migrationLock } from '../migration-session.ts'
import {
  type Catalogue,
  quoted,
  readCatalogue,
  readSequences,
  type SequenceState,
  type TableShape,
} from './catalogue.ts'
import { RowMeter } from './meter.ts'
import { openSession } from './session.ts'

export interface Snapshot extends Catalogue {
  migrations: { name: string; checksum: string }[]
  serverVersion: string
  /** Rows of a table as COPY writes them; one table after the other. */
  rowsOf(table: TableShape): Readable
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>
  sequences(): Promise<SequenceState[]>
}

const askAgainMs = 250
const patienceMs = 30 * 60_000

/**
 * No migration runs meanwhile: it would wait for the tables that the snapshot reads, and everybody behind it. Asked again and again,
 * for a statement that waits would hold up an index that is built without a lock.
 */
async function takeTurn(client: pg.Client): Promise<void> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(askAgainMs)) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock_shared($1) AS taken', [
      migrationLock,
    ])
    if (rows[0]?.taken) return
    if (Date.now() > deadline)
      throw new Error('a migration has been running for half an hour: back up when it has ended')
  }
}

/**
 * Everything as of one moment, whatever is written meanwhile: nobody waits for it but a migration.
 * @param url past PgBouncer
 */
export async function withSnapshot<T>(url: string, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const client = await openSession(url)
  try {
    await takeTurn(client)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const catalogue = await readCatalogue(client)
    const query = async <R extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      (await client.query<R>(text, values)).rows
    const [server] = await query<{ version: string }>(`SELECT current_setting('server_version') AS version`)
    return await work({
      ...catalogue,
      migrations: await query('SELECT name, checksum FROM schema_migrations ORDER BY name'),
      serverVersion: server?.version ?? '',
      rowsOf: (table) => client.query(copyTo(statementOf(table), { highWaterMark: 256 * 1024 })),
      query,
      sequences: () => readSequences(client),
    })
  } finally {
    // Ends the transaction, and its statement when that still runs.
    await client.end()
  }
}

function statementOf(table: TableShape): string {
  const columns = table.columns.map((name) => pg.escapeIdentifier(name)).join(', ')
  // COPY refuses the name of a partitioned table.
  return `COPY (SELECT ${columns} FROM ${quoted(table)}) TO STDOUT`
}

/** What a table holds now. */
export async function measureTable(client: pg.ClientBase, table: TableShape): Promise<{ rows: number; hash: string }> {
  const meter = new RowMeter()
  const source = client.query(copyTo(statementOf(table)))
  meter.resume()
  await pipeline(source, meter)
  return { rows: meter.rows, hash: meter.hash }
}
