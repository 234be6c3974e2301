import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { StartError } from '../start-error.ts'
import { quoted, readCatalogue, type SequenceState, type TableShape } from './catalogue.ts'
import { RowMeter } from './meter.ts'

export interface KeptTable extends TableShape {
  rows: number
  /** As `RowMeter` has it. */
  hash: string
}

/** What was to be loaded is not what was dumped. */
export class DumpDiffers extends StartError {}

type OpenRows<T extends KeptTable> = (table: T) => Promise<Readable>

/** @throws DumpDiffers when other rows come than were dumped */
async function copyInto(client: pg.ClientBase, target: string, table: KeptTable, rows: Readable): Promise<void> {
  const meter = new RowMeter()
  const columns = table.columns.map((name) => pg.escapeIdentifier(name)).join(', ')
  await pipeline(rows, meter, client.query(copyFrom(`COPY ${target} (${columns}) FROM STDIN`)))
  if (meter.rows !== table.rows || meter.hash !== table.hash)
    throw new DumpDiffers(
      `Table ${table.schema}.${table.table} has ${meter.rows} rows that are not the ${table.rows} dumped: take another backup.`,
    )
}

/**
 * Replaces every row of the schema `public` but the records of migrations, inside the caller's transaction. Foreign keys are taken
 * away meanwhile and made again, which proves them. Triggers do not fire: what is loaded has passed them once.
 * @returns tables of the dump that this schema does not have, which are left out
 * @throws DumpDiffers
 */
export async function loadTables<T extends KeptTable>(
  client: pg.ClientBase,
  dump: { tables: readonly T[]; sequences: readonly SequenceState[] },
  open: OpenRows<T>,
): Promise<string[]> {
  const here = (await readCatalogue(client)).tables.filter(({ schema }) => schema === 'public')
  const known = new Set(here.map(quoted))
  const foreign = await client.query<{ name: string; table: string; definition: string }>(`
    SELECT conname AS name, conrelid::regclass::text AS "table", pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace ORDER BY oid`)
  for (const { name, table } of foreign.rows)
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${pg.escapeIdentifier(name)}`)
  const fired = await client.query<{ table: string }>(`
    SELECT DISTINCT tgrelid::regclass::text AS "table" FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
    WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace`)
  for (const { table } of fired.rows) await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
  if (here.length > 0) await client.query(`TRUNCATE ${here.map(quoted).join(', ')}`)
  const left: string[] = []
  for (const table of dump.tables) {
    if (table.schema !== 'public') continue
    if (!known.has(quoted(table))) left.push(`${table.schema}.${table.table}`)
    else if (table.rows > 0) await copyInto(client, quoted(table), table, await open(table))
  }
  for (const { table } of fired.rows) await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
  for (const { name, table, definition } of foreign.rows)
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${pg.escapeIdentifier(name)} ${definition}`)
  for (const { schema, sequence, value, isCalled } of dump.sequences) {
    const name = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(sequence)}`
    const isHere = await client.query('SELECT FROM pg_class WHERE oid = to_regclass($1)', [name])
    if (isHere.rowCount) await client.query('SELECT setval($1::regclass, $2, $3)', [name, value, isCalled])
  }
  return left
}

/**
 * Adds the jobs of a dump to queues that exist, inside the caller's transaction. The queue's tables may be of another version of
 * its library: columns that both know are taken.
 * @returns jobs of queues that do not exist, which are left out
 */
export async function loadJobs<T extends KeptTable>(
  client: pg.ClientBase,
  table: T,
  open: OpenRows<T>,
): Promise<number> {
  if (table.rows === 0) return 0
  const texts = table.columns.map((name) => `${pg.escapeIdentifier(name)} text`).join(', ')
  await client.query(`CREATE TEMPORARY TABLE dumped_jobs (${texts}) ON COMMIT DROP`)
  await copyInto(client, 'dumped_jobs', table, await open(table))
  const { rows: types } = await client.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname = ANY($2)`,
    [quoted(table), table.columns],
  )
  const names = types.map(({ name }) => pg.escapeIdentifier(name)).join(', ')
  const values = types.map(({ name, type }) => `d.${pg.escapeIdentifier(name)}::${type}`).join(', ')
  // What was made since, such as the first firing of a schedule, gives way.
  await client.query(`DELETE FROM ${quoted(table)}`)
  const added = await client.query(
    `INSERT INTO ${quoted(table)} (${names}) SELECT ${values} FROM dumped_jobs d JOIN pgboss.queue q ON q.name = d.name`,
  )
  return table.rows - (added.rowCount ?? 0)
}
