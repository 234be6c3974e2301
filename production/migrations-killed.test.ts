import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { listMigrations } from '#server/platform/migration-files.ts'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { type Command, type Installation, install } from '#testing/peers/installation.ts'
import { until } from '#testing/peers/peer.ts'
import { makeRelease, type Release } from '#testing/peers/release.ts'

vi.setConfig({ testTimeout: 180_000 })

/** Ours and the one that every test here has. */
const all = listMigrations().length + 1

let release: Release
let db: EmptyDb
let obcms: Installation

beforeAll(() => {
  release = makeRelease()
  release.writeMigration('0901_notes.sql', 'CREATE TABLE notes (id int PRIMARY KEY, text text);')
})
afterAll(() => release.remove())
beforeEach(async () => {
  db = await createEmptyDb()
  obcms = install({ DATABASE_URL: db.url }, release.bin)
})
afterEach(async () => {
  await obcms.close()
  await db.drop()
})

const count = async (from: string): Promise<number> =>
  Number((await db.query<{ count: string }>(`SELECT count(*) FROM ${from}`))[0]?.count)
/** What sessions of `obcms migrate` do at the moment. */
const atWork = (condition: string) =>
  count(`pg_stat_activity WHERE application_name = 'obcms migrate' AND datname = current_database() AND ${condition}`)

async function kill(command: Command): Promise<void> {
  command.child.kill('SIGKILL')
  expect(await command.code).toBeNull()
}

/** Somebody's open transaction that uses a table. */
async function using(statement: string): Promise<{ end(): Promise<void> }> {
  const client = new pg.Client({ connectionString: db.url })
  await client.connect()
  await client.query('BEGIN')
  await client.query(statement)
  return { end: () => client.end() }
}

test('killed in each migration and while the queues are made: the next run goes on', async () => {
  for (const name of ['0001_platform', '0002_identity', '0004_communities', '0006_place_data']) {
    const command = obcms.begin(['migrate'])
    await command.hears(new RegExp(`Migration ${name}`))
    await kill(command)
  }
  const installing = obcms.begin(['migrate'])
  await until(
    'all migrations are applied',
    async () =>
      (await count(`pg_class WHERE relname = 'schema_migrations'`)) === 1 && (await count('schema_migrations')) === all,
  )
  await until('the queues are being made', async () => (await count(`pg_namespace WHERE nspname = 'pgboss'`)) === 1)
  await kill(installing)
  expect(await obcms.run(['migrate'])).toMatchObject({ code: 0 })
  expect(await count('schema_migrations')).toBe(all)
  expect(await count(`pgboss.queue WHERE name LIKE '%.%'`)).toBeGreaterThan(3)
  const worker = obcms.begin(['worker'])
  await worker.hears(/worker ready/)
})

test('killed inside the transaction of a migration: nothing of it is left, and the next run applies it', async () => {
  await obcms.run(['migrate'])
  release.writeMigration(
    '0902_column.sql',
    'CREATE TABLE made_before (id int);\nALTER TABLE notes ADD COLUMN at timestamptz;',
  )
  const user = await using('SELECT * FROM notes')
  const command = obcms.begin(['migrate'])
  await until('it waits inside its transaction', async () => (await atWork(`wait_event_type = 'Lock'`)) === 1)
  await kill(command)
  await until('the server has noticed', async () => (await atWork('true')) === 0)
  expect(await count(`pg_class WHERE relname = 'made_before'`)).toBe(0)
  await user.end()
  expect(await obcms.run(['migrate'])).toEqual({ code: 0, said: 'Migration 0902_column\n' })
  expect(await count('made_before')).toBe(0)
})

test('killed while it builds an index without a lock: the invalid index is dropped and built again', async () => {
  await obcms.run(['migrate'])
  release.writeMigration(
    '0903_index.sql',
    `-- obcms: no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS notes_text ON notes (text);
CREATE INDEX CONCURRENTLY IF NOT EXISTS notes_text_id ON notes (text, id);
`,
  )
  const user = await using('INSERT INTO notes (id) VALUES (1)')
  const isValid = async () => {
    const found = await db.query<{ valid: boolean }>(
      `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('notes_text')`,
    )
    return found[0]?.valid
  }
  const command = obcms.begin(['migrate'])
  await until('the index is begun', async () => (await isValid()) === false)
  await kill(command)
  await until('the server has noticed', async () => (await atWork('true')) === 0)
  await user.end()
  expect(await isValid()).toBe(false)
  expect(await obcms.run(['migrate'])).toEqual({ code: 0, said: 'Migration 0903_index\n' })
  expect(await isValid()).toBe(true)
  expect(await count(`pg_index WHERE NOT indisvalid`)).toBe(0)
  expect(await count(`pg_class WHERE relname = 'notes_text_id'`)).toBe(1)
})

test('others that wait their turn do not hold up an index that is built without a lock, and say for whom they wait', async () => {
  await obcms.run(['migrate', '--to', '0902_column'])
  const user = await using('INSERT INTO notes (id) VALUES (1)')
  const first = obcms.begin(['migrate'])
  await until('it waits for the transaction', async () => (await atWork(`wait_event_type = 'Lock'`)) === 1)
  const others = [obcms.begin(['migrate']), obcms.begin(['migrate'])]
  for (const other of others) await other.hears(/Another obcms migrate is at work \(from \S+, database process \d+\)/)
  await user.end()
  expect(await Promise.all([first, ...others].map(({ code }) => code))).toEqual([0, 0, 0])
  expect(first.said()).toBe('Migration 0903_index\n')
  for (const other of others) expect(other.said()).toMatch(/; waiting for it\.\nThe database is up to date\.\n$/)
})

test('a table in use is asked for shortly and again; then one sentence, and nothing is kept', async () => {
  await obcms.run(['migrate', '--to', '0903_index'])
  release.writeMigration(
    '0904_column.sql',
    '-- obcms: lock-timeout 200ms so that this test is short\nALTER TABLE notes ADD COLUMN more text;',
  )
  const user = await using('SELECT * FROM notes')
  const { code, said } = await obcms.run(['migrate'])
  expect(code).toBe(1)
  expect(said.match(/0904_column waited 200ms for a table that is in use; trying again/g)).toHaveLength(4)
  expect(said).toMatch(
    /\nobcms: Migration 0904_column waited 5 times 200ms .* run obcms migrate again when fewer people work\.\n$/,
  )

  const again = obcms.begin(['migrate'])
  await again.hears(/trying again/)
  await user.end()
  expect(await again.code).toBe(0)

  release.writeMigration(
    '0905_slow.sql',
    '-- obcms: statement-timeout 300ms so that this test is short\nSELECT pg_sleep(60);',
  )
  const slow = await obcms.run(['migrate'])
  expect(slow).toEqual({
    code: 1,
    said: expect.stringMatching(/\nobcms: Migration 0905_slow took longer than 300ms, and nothing of it is kept: /),
  })
})
