import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { type Installation, install } from '#testing/peers/installation.ts'
import { makeRelease, type Release } from '#testing/peers/release.ts'

// Each test runs the real command several times.
vi.setConfig({ testTimeout: 120_000 })

let release: Release
let db: EmptyDb
let obcms: Installation

beforeAll(async () => {
  release = makeRelease()
  release.writeMigration('0901_expand.sql', 'CREATE TABLE notes (id int PRIMARY KEY);')
  release.writeMigration(
    '0902_index.sql',
    '-- obcms: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS notes_id ON notes (id);\n',
  )
  release.writeMigration('0903_contract.sql', '-- obcms: contract no release reads it\nDROP TABLE notes;')
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

const upToDate = { code: 0, said: 'The database is up to date.\n' }

describe('plan, check, to', () => {
  test('what would run, in order, with its kind; nothing runs', async () => {
    const { code, said } = await obcms.run(['migrate', '--plan'])
    expect(code).toBe(0)
    expect(said.split('\n').slice(-4)).toEqual([
      '0901_expand   expand',
      '0902_index   expand, outside a transaction',
      '0903_contract   contract',
      '',
    ])
    expect(said).toContain('0001_platform   expand\n')
    expect(
      await db.query(`SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`),
    ).toEqual([])
    expect((await obcms.run(['migrate', '--plan', '--to', '0001_platform'])).said).toBe('0001_platform   expand\n')
  })

  test('stops after the one that is named; check says what is left', async () => {
    expect(await obcms.run(['migrate', '--to', '0999_none'])).toEqual({
      code: 1,
      said: 'obcms: There is no migration 0999_none.\n',
    })
    expect((await obcms.run(['migrate', '--to', '0901_expand'])).said).toMatch(/Migration 0901_expand\n$/)
    expect(await obcms.run(['migrate', '--to', '0005_imports'])).toEqual({
      code: 1,
      said: 'obcms: Migration 0005_imports is applied already.\n',
    })
    expect(await obcms.run(['migrate', '--check'])).toEqual({
      code: 1,
      said: 'obcms: 2 to apply (0902_index, 0903_contract); run: obcms migrate\n',
    })
    expect(await obcms.run(['migrate'])).toMatchObject({
      code: 0,
      said: 'Migration 0902_index\nMigration 0903_contract\n',
    })
    expect(await obcms.run(['migrate', '--check'])).toEqual(upToDate)
    expect(await obcms.run(['migrate'])).toEqual(upToDate)
    expect((await obcms.run(['migrate', '--plan'])).said).toBe('Nothing would run: the database is up to date.\n')
    expect(await db.query(`SELECT name, kind FROM schema_migrations WHERE name > '09' ORDER BY name`)).toEqual([
      { name: '0901_expand', kind: 'expand' },
      { name: '0902_index', kind: 'expand' },
      { name: '0903_contract', kind: 'contract' },
    ])
  })
})

describe('a database that this code does not know', () => {
  test('expanded by a newer version: everything works, and migrate does nothing', async () => {
    expect((await obcms.run(['migrate', '--to', '0902_index'])).code).toBe(0)
    const older = install({ DATABASE_URL: db.url })
    try {
      expect(await older.run(['migrate'])).toEqual({
        code: 0,
        said: 'The database is newer than this OBCMS (it knows 0901_expand, 0902_index) and works with it: nothing to do.\n',
      })
      expect((await older.run(['migrate', '--check'])).code).toBe(0)
      // The queues are the last thing that the newer version installs.
      expect((await obcms.run(['migrate'])).code).toBe(0)
      expect(await older.run(['migrate'])).toEqual({
        code: 1,
        said: expect.stringMatching(
          /^obcms: The database is newer than this OBCMS \(it knows 0901.*start the newer version/,
        ),
      })
      await db.query(`UPDATE schema_migrations SET kind = 'expand' WHERE name = '0903_contract'`)
      const worker = older.begin(['worker'])
      await worker.hears(/worker ready/)
      worker.child.kill('SIGTERM')
      expect(await worker.code).toBe(0)
    } finally {
      await older.close()
    }
  })

  test('a table of records from before kinds were kept gets its column, and keeps its rows', async () => {
    expect((await obcms.run(['migrate', '--to', '0003_places'])).code).toBe(0)
    await db.query('ALTER TABLE schema_migrations DROP COLUMN kind')
    expect((await obcms.run(['migrate', '--check'])).said).toMatch(/^obcms: \d+ to apply \(0004_communities, /)
    expect((await obcms.run(['migrate'])).code).toBe(0)
    expect(await db.query('SELECT name, kind FROM schema_migrations ORDER BY name LIMIT 4')).toEqual([
      { name: '0001_platform', kind: null },
      { name: '0002_identity', kind: null },
      { name: '0003_places', kind: null },
      { name: '0004_communities', kind: 'expand' },
    ])
  })

  test('a file that was changed after it was applied', async () => {
    expect((await obcms.run(['migrate', '--to', '0901_expand'])).code).toBe(0)
    await db.query(`UPDATE schema_migrations SET checksum = 'another' WHERE name = '0901_expand'`)
    const refusal = expect.stringMatching(/^obcms: Migration 0901_expand was changed after it was applied; /)
    for (const args of [['migrate'], ['migrate', '--check'], ['migrate', '--plan'], ['worker']])
      expect(await obcms.run(args)).toEqual({ code: 1, said: refusal })
  })
})

test('a migration that fails says so in one sentence and leaves nothing', async () => {
  release.writeMigration('0900_wrong.sql', 'CREATE TABLE half (id int);\nALTER TABLE missing ADD COLUMN x int;')
  try {
    const { code, said } = await obcms.run(['migrate'])
    expect(code).toBe(1)
    expect(said).toMatch(
      /\nobcms: Migration 0900_wrong failed \(relation "missing" does not exist\), and nothing of it is kept\.\n$/,
    )
    expect(await db.query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }])
    release.writeMigration('0900_wrong.sql', '-- obcms: no-transactions\nSELECT 1;')
    expect((await obcms.run(['migrate'])).said).toMatch(
      /^obcms: 0900_wrong.sql: there is no mark “obcms: no-transactions”/,
    )
  } finally {
    release.writeMigration('0900_wrong.sql', 'SELECT 1;')
  }
})
