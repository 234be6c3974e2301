import { createHash, randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newKeyPair, verifyBackup } from '#server/compose.ts'
import { systemClock } from '#server/platform/clock.ts'
import { loadConfig } from '#server/platform/config.ts'
import { openDb } from '#server/platform/db.ts'
import { measureTable, openSession, readCatalogue } from '#server/platform/dump.ts'
import { filesystemStore, objectKey, openStorage } from '#server/platform/storage.ts'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { type Installation, inProduction, install } from '#testing/peers/installation.ts'
import { until } from '#testing/peers/peer.ts'
import { noPostgres, startPostgres } from '#testing/peers/postgres.ts'
import { noS3, startS3 } from '#testing/peers/s3.ts'

vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 })

/** The office as it was: a database of its own, demonstration communities, files large and small. */
let source: EmptyDb
let office: Installation
let keys: { identity: string; recipient: string }
let target: string
/** How long a whole backup takes here. */
let tookMs: number
const contents = new Map<string, Buffer>()
const closers: (() => Promise<unknown> | unknown)[] = []

const folder = (name: string): string => {
  const dir = mkdtempSync(join(tmpdir(), `obcms-${name}-`))
  closers.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
const settings = () => ({ BACKUP_RECIPIENTS: keys.recipient, BACKUP_IDENTITY: keys.identity, BACKUP_DIR: target })

async function emptyDatabase(): Promise<EmptyDb> {
  const database = await createEmptyDb()
  closers.push(database.drop)
  return database
}

function installation(env: Record<string, string>): Installation {
  const place = install({ ...settings(), ...env })
  closers.push(place.close)
  return place
}

const succeeds = async (place: Installation, args: string[], env?: Record<string, string>): Promise<string> => {
  const { code, said } = await place.run(args, env)
  expect([code, said]).toEqual([0, said])
  return said
}

beforeAll(async () => {
  keys = await newKeyPair()
  target = folder('backups')
  source = await emptyDatabase()
  office = installation({ DATABASE_URL: source.url, OBCMS_ADMIN_PASSWORD: 'a long enough passphrase 7' })
  for (const args of [['migrate'], ['users', 'create-admin', '--email', 'admin@example.org'], ['demo', 'load']])
    await succeeds(office, args)
  const db = openDb({ url: source.url, poolSize: 2 })
  const storage = openStorage({
    db,
    clock: systemClock,
    stores: new Map([['filesystem', filesystemStore(join(office.dataDir, 'files'))]]),
    preferred: 'filesystem',
    spoolDir: join(office.dataDir, 'spool'),
  })
  const sizes = [...Array.from({ length: 150 }, (_, index) => index * 700), 9_000_000, 30_000_000]
  for (const bytes of sizes) {
    const content = randomBytes(bytes)
    const { sha256 } = await storage.keep(Readable.from([content], { objectMode: false }), { maxBytes: 2 ** 26 })
    contents.set(sha256, content)
  }
  await db.close()
  const began = performance.now()
  await succeeds(office, ['backup'])
  tookMs = performance.now() - began
})
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

/** What a restore itself changes. */
const changed = ['public.object_copies', 'public.backup_runs', 'public.backup_restores', 'public.backup_keys']

async function measured(url: string): Promise<Map<string, unknown>> {
  const client = await openSession(url)
  try {
    const found = new Map<string, unknown>()
    for (const table of (await readCatalogue(client)).tables) {
      const name = `${table.schema}.${table.table}`
      if (!changed.includes(name)) found.set(name, await measureTable(client, table))
    }
    return found
  } finally {
    await client.end()
  }
}

function expectFiles(place: Installation): void {
  for (const [sha256, content] of contents)
    expect(readFileSync(join(place.dataDir, 'files', objectKey(sha256))).equals(content)).toBe(true)
}

const ids = async (place: Installation): Promise<string[]> =>
  (await succeeds(place, ['backup', 'list'])).match(/^\d{4}-[0-9a-f-]+/gm) ?? []

/** Kills a command after so many milliseconds. @returns whether it was still at work */
async function killed(place: Installation, args: string[], afterMs: number): Promise<boolean> {
  const command = place.begin(args)
  await Promise.race([sleep(afterMs), command.code])
  command.child.kill('SIGKILL')
  return (await command.code) === null
}

test('killed at any stage, a backup that was begun does not count, and the next one is whole', async () => {
  const fresh = folder('killed')
  const place = installation({ DATABASE_URL: source.url, DATA_DIR: office.dataDir, BACKUP_DIR: fresh })
  // One may end before it is killed: what lies there already is not written again.
  let likelyMs = tookMs
  let ended = 0
  for (let stage = 1; stage <= 8; stage += 1)
    while (!(await killed(place, ['backup'], (likelyMs * stage) / 9))) {
      ended += 1
      expect(ended).toBeLessThan(12)
      likelyMs *= 0.7
    }
  const before = await ids(place)
  for (const id of before) expect(await succeeds(place, ['backup', 'verify', id])).toContain('It is whole.')
  await succeeds(place, ['backup'])
  expect(await ids(place)).toHaveLength(before.length + 1)
  expect(await succeeds(place, ['backup', 'verify', '--all-objects'])).toContain('It is whole.')
  expect(await succeeds(place, ['backup', 'prove'])).toContain('is proved')
  const states = await source.query<{ state: string }>(`SELECT DISTINCT state FROM backup_runs WHERE state = 'running'`)
  expect(states).toEqual([])
})

test('killed at any stage, a restore goes on, nothing starts on a half one, and it ends equal', async () => {
  // What was killed before may have left a letter to write.
  await succeeds(office, ['backup'])
  const expected = await measured(source.url)
  const timed = installation({ DATABASE_URL: (await emptyDatabase()).url })
  const began = performance.now()
  await succeeds(timed, ['restore', 'latest'])
  const took = performance.now() - began
  expectFiles(timed)
  const database = await emptyDatabase()
  const place = installation({ DATABASE_URL: database.url })
  let kills = 0
  for (let stage = 1; stage <= 8; stage += 1) {
    if (!(await killed(place, ['restore', 'latest'], (took * stage) / 8))) break
    kills += 1
    await until('the server has noticed', async () => {
      const rows = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'obcms%'`,
      )
      return rows.length === 0
    })
    const [mark] = await database
      .query<{ ended: boolean }>('SELECT ended_at IS NOT NULL AS ended FROM backup_restores')
      .catch(() => [])
    if (mark?.ended) break
    const started = await place.run(['demo', 'remove'])
    const people = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM users').catch(() => [])
    if (mark) expect([started.code, started.said]).toEqual([1, expect.stringContaining('run: obcms restore')])
    // Before the mark there is nothing of the backup.
    else expect(people[0]?.count ?? 0).toBe(0)
  }
  expect(kills).toBeGreaterThan(3)
  const last = await place.run(['restore', 'latest'])
  if (last.code !== 0) expect(last.said).toContain('not empty')
  expect(await measured(database.url)).toEqual(expected)
  expectFiles(place)
  expect((await place.run(['restore', 'latest'])).said).toContain('The database is not empty')
})

test('while two write without pause the backup is of one moment, and they never wait for it', async () => {
  await source.query('CREATE TABLE IF NOT EXISTS their_sums (id int PRIMARY KEY, amount int)')
  await source.query('INSERT INTO their_sums SELECT n, 100 FROM generate_series(1, 100) AS n')
  const writer = new pg.Pool({ connectionString: source.url, max: 2 })
  let going = true
  let writes = 0
  let slowestMs = 0
  const write = async () => {
    while (going) {
      const [from, to] = [1 + (writes % 100), 1 + ((writes * 7) % 100)]
      const began = performance.now()
      await writer.query(
        `WITH a AS (UPDATE their_sums SET amount = amount - 1 WHERE id = ${Math.min(from, to)}),
           b AS (UPDATE their_sums SET amount = amount + 1 WHERE id = ${Math.max(from, to) + (from === to ? 1 : 0)})
         UPDATE communities SET version = version + 1 WHERE id = (SELECT id FROM communities OFFSET ${writes % 100} LIMIT 1)`,
      )
      slowestMs = Math.max(slowestMs, performance.now() - began)
      writes += 1
    }
  }
  const writers = [write(), write().catch(() => {})]
  const place = installation({ DATABASE_URL: source.url, DATA_DIR: office.dataDir, BACKUP_DIR: folder('busy') })
  await place.run(['backup'])
  going = false
  await Promise.all(writers)
  await writer.end()
  expect(writes).toBeGreaterThan(100)
  expect(slowestMs).toBeLessThan(3_000)
  // A table that no migration makes is in the backup, and said not to come back by itself.
  const { code, said } = await place.run(['backup', 'prove'])
  expect([code, said]).toEqual([1, expect.stringContaining('No migration makes these tables')])
  expect(said).toContain('public.their_sums')
  await source.query('DROP TABLE their_sums')
})

test('one byte changed in any file of a backup is found', async () => {
  const dir = folder('altered')
  cpSync(target, dir, { recursive: true })
  const place = installation({ DATABASE_URL: source.url, BACKUP_DIR: dir })
  const [id = ''] = await ids(place)
  const config = loadConfig({ DATA_DIR: place.dataDir, ...settings() })
  const check = () =>
    verifyBackup({ config }, { store: filesystemStore(dir), id, allObjects: true }).then(
      ({ problems }) => problems.join('\n'),
      (error: Error) => error.message,
    )
  expect(await check()).toBe('')
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.endsWith(id))
    .map((entry) => join(entry.parentPath, entry.name))
  expect(files.length).toBeGreaterThan(10)
  for (const path of files) {
    const content = readFileSync(path)
    const at = Math.floor(Math.random() * content.length)
    const flipped = Buffer.from(content)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8))
    writeFileSync(path, flipped)
    expect(await check(), `${path}, byte ${at}`).toMatch(/damaged|encrypted with another key/)
    writeFileSync(path, content)
  }
  const objects = readdirSync(join(dir, 'objects'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  for (const { parentPath, name } of objects) {
    const path = join(parentPath, name)
    const content = readFileSync(path)
    const at = Math.floor(Math.random() * content.length)
    content[at] = (content[at] ?? 0) ^ 1
    writeFileSync(path, content)
  }
  expect((await check()).split('\n')).toHaveLength(contents.size)
})

test('of the built-in database: made, proved and restored by the commands alone, in production too', async () => {
  const passphrase = { BACKUP_RECIPIENTS: '', BACKUP_IDENTITY: '', BACKUP_PASSPHRASE: 'a passphrase of the office' }
  const dir = folder('built-in')
  const old = installation({ ...passphrase, BACKUP_DIR: dir })
  for (const args of [['migrate'], ['demo', 'load'], ['backup'], ['backup', 'prove']]) await succeeds(old, args)
  const next = installation({ ...passphrase, BACKUP_DIR: dir })
  const wrong = await next.run(['restore', 'latest'], { BACKUP_PASSPHRASE: 'not the passphrase' })
  expect([wrong.code, wrong.said]).toEqual([1, expect.stringContaining('set BACKUP_PASSPHRASE to the one')])
  expect(await succeeds(next, ['restore', 'latest'])).toContain('is restored')
  expect(readFileSync(join(next.dataDir, 'secret-key'), 'utf8')).toBe(
    readFileSync(join(old.dataDir, 'secret-key'), 'utf8'),
  )
  expect(await succeeds(next, ['backup', 'prove'])).toContain('is proved')
  const open = await old.run(['backup'], {
    ...inProduction,
    DATABASE_URL: source.url,
    EMAIL_HOST: 'mail.example.org',
    WEB_CONCURRENCY: '1',
    BACKUP_PASSPHRASE: '',
  })
  expect([open.code, open.said]).toEqual([1, expect.stringContaining('BACKUP_PASSPHRASE is missing')])
})

test.skipIf(noPostgres)(
  'goes from PostgreSQL 18 to 15 and back; a role that may make no database is told so',
  async () => {
    const peer = await startPostgres()
    closers.push(peer.close)
    await peer.query('CREATE ROLE office LOGIN')
    await peer.query('ALTER DATABASE obcms OWNER TO office')
    await peer.query('ALTER SCHEMA public OWNER TO office')
    const url = peer.url.replace('obcms@', 'office@')
    const place = installation({ DATABASE_URL: url })
    await succeeds(office, ['backup'])
    await succeeds(place, ['restore', 'latest'])
    expect(await measured(url)).toEqual(await measured(source.url))
    const dir = folder('fifteen')
    await succeeds(place, ['backup', '--to', dir])
    const refused = await place.run(['backup', 'prove', '--from', dir])
    expect([refused.code, refused.said]).toEqual([1, expect.stringContaining('ALTER ROLE office CREATEDB')])
    await peer.query('ALTER ROLE office CREATEDB')
    expect(await succeeds(place, ['backup', 'prove', '--from', dir])).toContain('is proved')
    const back = await emptyDatabase()
    await succeeds(installation({ DATABASE_URL: back.url, BACKUP_DIR: dir }), ['restore', 'latest'])
    expect(await measured(back.url)).toEqual(await measured(source.url))
  },
)

test.skipIf(noS3)(
  'to a bucket and back into another one; killed on the way; a bucket that is gone is said',
  async () => {
    const s3 = await startS3()
    closers.push(s3.stop)
    await s3.client.send(new CreateBucketCommand({ Bucket: 'obcms-backups' }))
    const bucket = { ...s3.env, BACKUP_DIR: '', BACKUP_S3_BUCKET: 'obcms-backups' }
    const place = installation({ ...bucket, DATABASE_URL: source.url, DATA_DIR: office.dataDir })
    for (const ms of [1_500, 2_500, 4_000]) await killed(place, ['backup'], ms)
    await succeeds(place, ['backup'])
    expect(await succeeds(place, ['backup', 'verify', '--all-objects'])).toContain('It is whole.')
    const database = await emptyDatabase()
    const next = installation({ ...bucket, DATABASE_URL: database.url, USE_S3: '1' })
    await succeeds(next, ['restore', 'latest', '--from', 's3'])
    expect(await measured(database.url)).toEqual(await measured(source.url))
    expect(await database.query('SELECT DISTINCT store FROM object_copies')).toEqual([{ store: 's3' }])
    const { s3Store } = await import('#server/platform/storage/s3-store.ts')
    const files = s3Store(s3.settings)
    for (const [sha256, content] of contents) {
      const hash = createHash('sha256')
      for await (const piece of await files.get(objectKey(sha256))) hash.update(piece as Buffer)
      expect([sha256, content.length]).toEqual([hash.digest('hex'), (await files.stat(objectKey(sha256)))?.bytes])
    }
    const nowhere = await place.run(['backup'], { BACKUP_S3_BUCKET: 'not-there' })
    expect(nowhere.code).toBe(1)
    expect(nowhere.said).toMatch(/bucket/i)
  },
)
