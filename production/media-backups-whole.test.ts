import { createHash, randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackupsView } from '#contract/backups.ts'
import { prepareDatabase } from '#server/compose.ts'
import { newKeyPair } from '#server/modules/backups/encryption.service.ts'
import { listBackups, restoreBackup, verifyBackup } from '#server/modules/backups/index.ts'
import { writeIndex } from '#server/modules/backups/manifests.rules.ts'
import { openIndex } from '#server/modules/backups/targets.service.ts'
import { argonPasswords } from '#server/modules/identity/passwords.service.ts'
import { type Config, loadConfig } from '#server/platform/config.ts'
import { openDb } from '#server/platform/db.ts'
import { measureTable, openSession, readCatalogue } from '#server/platform/dump.ts'
import { AppError } from '#server/platform/errors.ts'
import { filesystemStore, findOpenTarget, objectKey, openStorage, type Storage } from '#server/platform/storage.ts'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

const password = 'kalabaw tubig bintana lapis'
const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')

let app: TestApp
let keys: { identity: string; recipient: string }
let storage: Storage
let person: TestUser
let administrator: TestUser
let totpSecret: string
/** Content by its hash: small, empty, and larger than what is encrypted in memory. */
const contents = new Map<string, Buffer>()
/** Folders and databases to be removed. */
const folders: string[] = []
const databases: EmptyDb[] = []

const newFolder = (name: string): string => {
  const dir = mkdtempSync(join(tmpdir(), `obcms-${name}-`))
  folders.push(dir)
  return dir
}
const target = () => join(app.dataDir, 'backups')
const configWith = (settings: Record<string, string>): Config =>
  loadConfig({ DATA_DIR: newFolder('restored'), ...settings })
const totp = () =>
  new TOTP({ secret: Secret.fromBase32(totpSecret) }).generate({ timestamp: app.clock.now().getTime() })

/** Ids tell seconds. */
function make() {
  app.clock.pass(1)
  return app.composition.backups.make()
}

async function keep(content: Buffer): Promise<void> {
  await storage.keep(Readable.from([content], { objectMode: false }), { maxBytes: 2 ** 24 })
  contents.set(hashOf(content), content)
}

beforeAll(async () => {
  keys = await newKeyPair()
  app = await createTestApp({ settings: { BACKUP_RECIPIENTS: keys.recipient, BACKUP_IDENTITY: keys.identity } })
  storage = openStorage({
    db: app.db,
    clock: app.clock,
    stores: new Map([['filesystem', filesystemStore(join(app.dataDir, 'files'))]]),
    preferred: 'filesystem',
    spoolDir: join(app.dataDir, 'spool'),
  })
  administrator = await app.createUser({ role: 'administrator', email: 'admin@example.org' })
  const passwordHash = await argonPasswords().hash(password)
  person = await app.createUser({ passwordHash, role: 'staff', name: 'Peñaranda\t"Ñ" \\N\nline' })
  const factor = '/api/v1/account/two-factor'
  totpSecret = (await app.call(person, 'POST', factor, { body: { password } })).json().secret
  expect((await app.call(person, 'POST', `${factor}/confirm`, { body: { code: totp() } })).statusCode).toBe(200)
  for (let index = 0; index < 50; index += 1) await app.createCommunity({ population: 1_000_000 + index })
  for (const content of [randomBytes(10), Buffer.alloc(0), randomBytes(4_500_000), Buffer.from('Barangay Ñ')])
    await keep(content)
  await app.query(
    `INSERT INTO imports (id, state, file_name, object_sha256, file_bytes, file_sha256, beat_at, created_at, created_by)
     VALUES (gen_random_uuid(), 'applied', 'a.csv', $1, 10, $1, now(), now(), $2)`,
    [[...contents.keys()][0], person.id],
  )
  // A letter that waits, and one that was given up.
  await app.query(
    `INSERT INTO pgboss.job (name, data) VALUES ('reports.daily', '{"a": "tab\\there"}'), ('dead-letters', '{}')`,
  )
})
afterAll(async () => {
  for (const database of databases) await database.drop()
  await app.close()
  for (const dir of folders) rmSync(dir, { recursive: true, force: true })
})

async function emptyDatabase(): Promise<EmptyDb> {
  const database = await createEmptyDb()
  databases.push(database)
  return database
}

async function restore(
  database: EmptyDb,
  {
    from = target(),
    id = 'latest',
    config = configWith({ BACKUP_IDENTITY: keys.identity }),
    prepare = prepareDatabase,
  } = {},
) {
  const files = filesystemStore(join(config.dataDir, 'files'))
  const said: string[] = []
  const deps = { config, databaseUrl: database.url, files, prepare, say: (line: string) => void said.push(line) }
  const restored = await restoreBackup(deps, { store: filesystemStore(from), id })
  return { ...restored, config, files, said }
}

async function measured(url: string): Promise<Map<string, { rows: number; hash: string }>> {
  const client = await openSession(url)
  try {
    const found = new Map<string, { rows: number; hash: string }>()
    for (const table of (await readCatalogue(client)).tables)
      found.set(`${table.schema}.${table.table}`, await measureTable(client, table))
    return found
  } finally {
    await client.end()
  }
}

describe('a backup', () => {
  let madeId: string
  let before: Awaited<ReturnType<typeof measured>>

  beforeAll(async () => {
    before = await measured(app.url)
    const made = await make()
    madeId = made.id
    expect(made).toMatchObject({ objects: 4, objectsWritten: 4, missing: [], retentionProblem: null })
  })

  test('says nothing to who has no key', () => {
    const files = readdirSync(target(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(15)
    const secrets = ['Peñaranda', 'admin@example.org', 'a test key that is long', 'AGE-SECRET', ...contents.keys()]
    for (const { parentPath, name } of files) {
      const content = readFileSync(join(parentPath, name))
      for (const secret of secrets)
        expect([name, content.includes(secret), name.includes(secret)]).toEqual([name, false, false])
    }
  })

  test('comes back row for row, with files, numbers, jobs and the key of secrets', async () => {
    const database = await emptyDatabase()
    const { config, files, rows, missing } = await restore(database)
    expect(missing).toEqual([])
    const after = await measured(database.url)
    // What a restore itself changes.
    for (const table of [
      'public.object_copies',
      'public.backup_runs',
      'public.backup_restores',
      'public.backup_keys',
    ]) {
      before.delete(table)
      after.delete(table)
    }
    expect(after).toEqual(before)
    expect(before.get('pgboss.job')?.rows).toBe(3)
    expect(rows).toBeGreaterThan(40_000)
    expect(await database.query('SELECT DISTINCT store, problem FROM object_copies')).toEqual([
      { store: 'filesystem', problem: null },
    ])
    for (const [sha256, content] of contents) expect(await buffer(await files.get(objectKey(sha256)))).toEqual(content)
    expect(readFileSync(join(config.dataDir, 'secret-key'), 'utf8')).toBe(
      'a test key that is long enough to be a secret key of fifty',
    )
    expect(readFileSync(join(config.dataDir, 'restored.env'), 'utf8')).toContain('SECRET_KEY=')
    // Numbers go on, the trail is still closed, references are checked.
    const next = `INSERT INTO audit_events (at, actor_name, action, subject_type, subject_id) VALUES (now(), 'a', 'b', 'c', 'd') RETURNING id`
    const [last] = await app.query<{ id: string }>('SELECT max(id) AS id FROM audit_events')
    const [added] = await database.query<{ id: string }>(next)
    expect(Number(added?.id)).toBeGreaterThan(Number(last?.id))
    await expect(database.query('DELETE FROM audit_events')).rejects.toThrow('append-only')
    await expect(database.query('DELETE FROM objects')).rejects.toThrow('imports_object')
    // The person signs in with password and second factor.
    const db = openDb({ url: database.url, poolSize: 3 })
    const other = await createTestApp({ beside: { ...app, db, url: database.url, query: database.query } })
    try {
      app.clock.pass(60)
      const first = await other.call(undefined, 'POST', '/api/v1/session', { body: { email: person.email, password } })
      expect(first.json().step).toBe('two_factor')
      const token = first.cookies.find(({ name }) => name === 'obcms_session')?.value ?? ''
      const second = await other.call({ ...person, token }, 'POST', '/api/v1/session/two-factor', {
        body: { code: totp() },
      })
      expect(second.json()).toMatchObject({ session: { user: { name: person.name } } })
    } finally {
      await other.close()
      await db.close()
    }
  }, 60_000)

  test('is as of one moment, while people write and nobody waits', async () => {
    let going = true
    let moves = 0
    let slowestMs = 0
    const move = async () => {
      while (going) {
        const began = performance.now()
        await app.db.transact(async (tx) => {
          const ids = await tx
            .selectFrom('communities')
            .select('id')
            .orderBy('id')
            .limit(2)
            .offset(moves % 40)
            .execute()
          const [from, to] = ids.map(({ id }) => id)
          await tx
            .updateTable('communities')
            .set((eb) => ({ population: eb('population', '-', 1) }))
            .where('id', '=', from ?? '')
            .execute()
          await tx
            .updateTable('communities')
            .set((eb) => ({ population: eb('population', '+', 1) }))
            .where('id', '=', to ?? '')
            .execute()
        })
        moves += 1
        slowestMs = Math.max(slowestMs, performance.now() - began)
      }
    }
    const sum = async (query: EmptyDb['query']) =>
      (await query<{ sum: string }>('SELECT sum(population) AS sum FROM communities'))[0]?.sum
    const expected = await sum(app.query)
    const writers = [move(), move()]
    const { id, objectsWritten } = await make()
    going = false
    await Promise.all(writers)
    expect(objectsWritten).toBe(0)
    expect(moves).toBeGreaterThan(20)
    expect(slowestMs).toBeLessThan(2_000)
    const database = await emptyDatabase()
    await restore(database, { id })
    expect(await sum(database.query)).toBe(expected)
  }, 60_000)

  test('is refused by a system that is not empty, and by an older OBCMS', async () => {
    const database = await emptyDatabase()
    await database.query('CREATE TABLE theirs (id int)')
    await expect(restore(database)).rejects.toThrow('tables of something else (theirs)')
    const used = { url: app.url, query: app.query, drop: async () => {} }
    await expect(restore(used)).rejects.toThrow(/not empty, it has \d+ accounts/)
    const wrongKey = configWith({ BACKUP_IDENTITY: keys.identity, SECRET_KEY: randomBytes(48).toString('base64url') })
    await expect(restore(await emptyDatabase(), { config: wrongKey })).rejects.toThrow('SECRET_KEY is another one')

    await app.query(`INSERT INTO schema_migrations (name, checksum, kind) VALUES ('9001_later', 'x', 'expand')`)
    const { id } = await make()
    await app.query(`DELETE FROM schema_migrations WHERE name = '9001_later'`)
    await expect(restore(await emptyDatabase(), { id })).rejects.toThrow(/newer than this one \(it knows 9001_later\)/)
    const store = filesystemStore(target())
    const index = await openIndex(store, id)
    writeFileSync(join(target(), 'backups', id, 'index.json'), writeIndex({ ...index, format: 99, version: '9.0.0' }))
    await expect(restore(await emptyDatabase(), { id })).rejects.toThrow('newer OBCMS 9.0.0')
    rmSync(join(target(), 'backups', id), { recursive: true })
  }, 60_000)

  test('broken off between its rows and its jobs, a restore is marked and goes on', async () => {
    const database = await emptyDatabase()
    const config = configWith({ BACKUP_IDENTITY: keys.identity })
    let calls = 0
    const breakOff = async (url: string, to?: string) => {
      calls += 1
      if (calls > 1) throw new Error('the machine fails')
      await prepareDatabase(url, to)
    }
    await expect(restore(database, { config, prepare: breakOff, id: madeId })).rejects.toThrow('the machine fails')
    const { assertMigrated } = await import('#server/platform/migrate.ts')
    await expect(assertMigrated(database.url)).rejects.toThrow(`run: obcms restore ${madeId}`)
    await expect(restore(database, { config })).rejects.toThrow('was broken off: restore that one again')
    await restore(database, { config, id: madeId })
    await assertMigrated(database.url)
    expect(await database.query(`SELECT name FROM pgboss.job ORDER BY name`)).toEqual([
      { name: 'dead-letters' },
      { name: 'identity.send-letter' },
      { name: 'reports.daily' },
    ])
  }, 60_000)

  test('with a byte changed, cut off or missing anywhere is found out, and never restored in silence', async () => {
    const config = configWith({ BACKUP_IDENTITY: keys.identity })
    const dir = newFolder('altered')
    cpSync(target(), dir, { recursive: true })
    const store = filesystemStore(dir)
    const check = () =>
      verifyBackup({ config }, { store, id: madeId, allObjects: true }).then(
        ({ problems }) => problems.join('\n'),
        (error: Error) => error.message,
      )
    expect(await check()).toBe('')
    const [object = ''] = readdirSync(join(dir, 'objects'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    const named = ['index.json', 'manifest.age', 'names.gz', 'public.users.gz.age', 'objects.gz.age']
    // Every file has its turn in production/media-backups.test.ts.
    for (const path of [object, ...named.map((name) => join(dir, 'backups', madeId, name))]) {
      const content = readFileSync(path)
      const at = Math.floor(Math.random() * content.length)
      const flipped = Buffer.from(content)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      writeFileSync(path, flipped)
      expect(await check(), `${path}, byte ${at}`).toMatch(/damaged|encrypted with another key/)
      writeFileSync(path, content)
      truncateSync(path, content.length - 1)
      expect(await check(), `${path} cut off`).toMatch(/damaged|cut off/)
      rmSync(path)
      expect(await check(), `${path} missing`).toMatch(/missing|no backup/)
      writeFileSync(path, content)
    }
    expect(await check()).toBe('')
    const part = join(dir, 'backups', madeId, 'public.communities.gz.age')
    const content = readFileSync(part)
    content[content.length - 20] = (content[content.length - 20] ?? 0) ^ 1
    writeFileSync(part, content)
    const database = await emptyDatabase()
    await expect(restore(database, { from: dir, id: madeId })).rejects.toThrow('Part public.communities.gz.age')
    expect(await database.query('SELECT count(*)::int AS count FROM users')).toEqual([{ count: 0 }])
  }, 60_000)

  test('comes back where damaged files lie already, and where an earlier move does not lead new ones astray', async () => {
    await app.query(
      `INSERT INTO media_moves (id, target, state, started_at, beat_at, ended_at) VALUES (gen_random_uuid(), 's3', 'switched', now(), now(), now())`,
    )
    const { id } = await make()
    await app.query('DELETE FROM media_moves')
    const config = configWith({ BACKUP_IDENTITY: keys.identity })
    const files = filesystemStore(join(config.dataDir, 'files'))
    for (const [sha256, content] of contents) {
      const path = join(config.dataDir, 'files', objectKey(sha256))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, Buffer.alloc(content.length))
    }
    const database = await emptyDatabase()
    const { missing } = await restore(database, { id, config })
    expect(missing).toEqual([])
    for (const [sha256, content] of contents) expect(await buffer(await files.get(objectKey(sha256)))).toEqual(content)
    const db = openDb({ url: database.url, poolSize: 2 })
    expect(await findOpenTarget(db).finally(db.close)).toBeUndefined()
  }, 60_000)

  test('of a passphrase opens with that passphrase only', async () => {
    const settings = { BACKUP_PASSPHRASE: 'a passphrase of the office' }
    const other = await createTestApp({ settings, beside: app })
    try {
      const store = filesystemStore(newFolder('passphrase'))
      const { id } = await other.composition.backups.make({ store })
      const verify = (given: Record<string, string>) =>
        verifyBackup({ config: configWith(given) }, { store, id, allObjects: true })
      expect((await verify(settings)).problems).toEqual([])
      await expect(verify({ BACKUP_PASSPHRASE: 'another passphrase' })).rejects.toThrow(
        'set BACKUP_PASSPHRASE to the one',
      )
      await expect(verify({})).rejects.toThrow('is encrypted: set BACKUP_PASSPHRASE')
    } finally {
      await other.close()
    }
  }, 60_000)
})

describe('every night', () => {
  const show = async () => (await app.call(administrator, 'GET', '/api/v1/backups')).json<BackupsView>()

  test('a backup is made and proved, and the page shows both', async () => {
    app.clock.pass(1)
    expect((await app.call(administrator, 'POST', '/api/v1/backups')).statusCode).toBe(204)
    await app.runJobs()
    const { made, proved, target: place } = await show()
    expect(place).toEqual({ kind: 'folder', encrypted: true })
    expect(made).toMatchObject({ verdict: 'good', last: { objects: 4, problem: null } })
    expect(proved).toMatchObject({
      verdict: 'good',
      last: { backupId: made.last?.backupId, objectsDone: 4, problem: null },
    })
    expect(proved.last?.rows).toBe(made.last?.rows)
    const scratch = await app.query(`SELECT datname FROM pg_database WHERE datname LIKE 'obcms_proof%'`)
    expect(scratch).toEqual([])
  }, 60_000)

  test('one altered byte makes the proof red and writes to the administrators, once a day', async () => {
    app.letters.length = 0
    const [first] = contents.keys()
    const objects = readdirSync(join(target(), 'objects'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    for (const { parentPath, name } of objects) {
      const path = join(parentPath, name)
      const content = readFileSync(path)
      content[content.length - 1] = (content.at(-1) ?? 0) ^ 1
      writeFileSync(path, content)
    }
    for (let tries = 0; tries < 2; tries += 1) {
      await app.call(administrator, 'POST', '/api/v1/backups/prove')
      await app.runJobs()
    }
    const { proved, recent } = await show()
    const problems = recent.map(({ problem }) => problem)
    expect(proved.verdict).toBe('failed')
    expect(problems[1]).toContain(`File ${first}`)
    expect(problems[0]).toContain('4 files are missing')
    expect(app.letters.map(({ to, subject }) => [to, subject])).toEqual([
      ['admin@example.org', 'OBCMS: The backup could not be proved'],
    ])
    // What was found altered is set aside, so that the next backup writes it again, for the earlier ones, too.
    expect(await make()).toMatchObject({ objectsWritten: 4 })
    expect(await app.composition.backups.prove()).toMatchObject({ objectsRead: 4, problems: [] })
  }, 60_000)

  test('one altered byte in the names that retention needs makes the proof red', async () => {
    const { id } = await make()
    const path = join(target(), 'backups', id, 'names.gz')
    const content = readFileSync(path)
    writeFileSync(path, content.with(content.length - 1, (content.at(-1) ?? 0) ^ 1))
    const { problems } = await app.composition.backups.prove()
    expect(problems).toEqual([expect.stringContaining('Part names.gz')])
    writeFileSync(path, content)
  }, 60_000)

  test('a target that does not answer is no damage: the proof can be tried again, a restore goes on later', async () => {
    await make()
    const store = filesystemStore(target())
    const [sha256 = ''] = contents.keys()
    const deaf = {
      ...store,
      get: async (key: string, options?: object) => {
        if (key.startsWith('objects/')) throw new AppError('unavailable', 'The bucket does not answer.')
        return store.get(key, options)
      },
    }
    await expect(app.composition.backups.prove({ store: deaf })).rejects.toThrow('The bucket does not answer.')
    const database = await emptyDatabase()
    const config = configWith({ BACKUP_IDENTITY: keys.identity })
    const files = filesystemStore(join(config.dataDir, 'files'))
    const deps = { config, databaseUrl: database.url, files, prepare: prepareDatabase, say: () => {} }
    await expect(restoreBackup(deps, { store: deaf, id: 'latest' })).rejects.toThrow('The bucket does not answer.')
    expect((await restoreBackup(deps, { store, id: 'latest' })).missing).toEqual([])
    expect(await buffer(await files.get(objectKey(sha256)))).toEqual(contents.get(sha256))
  }, 60_000)

  test('a file that no store has does not keep the rest from being backed up, and is told', async () => {
    const lost = randomBytes(100)
    await keep(lost)
    rmSync(join(app.dataDir, 'files', objectKey(hashOf(lost))))
    expect(await make()).toMatchObject({ missing: [hashOf(lost)], objects: 5 })
    const { made } = await show()
    expect(made).toMatchObject({
      verdict: 'failed',
      last: { state: 'done', problem: expect.stringContaining(hashOf(lost)) },
    })
    const { missing, files } = await restore(await emptyDatabase())
    expect(missing).toEqual([hashOf(lost)])
    expect(await files.stat(objectKey([...contents.keys()][2] ?? ''))).toMatchObject({ bytes: 4_500_000 })
    await storage.keep(Readable.from([lost], { objectMode: false }), { maxBytes: 1_000 })
  }, 60_000)

  test('while the bucket of the files does not answer no backup is made that lacks them', async () => {
    const sha256 = hashOf(Buffer.from('in the bucket'))
    await app.query(`INSERT INTO objects (sha256, bytes, media_type, kept_at) VALUES ($1, 13, 'text/plain', now())`, [
      sha256,
    ])
    await app.query(`INSERT INTO object_copies (sha256, store, written_at) VALUES ($1, 's3', now())`, [sha256])
    const bucket = {
      ...filesystemStore(newFolder('bucket')),
      name: 's3' as const,
      get: async () => {
        throw new AppError('unavailable', 'The bucket does not answer.', {}, new Error('socket hang up'))
      },
    }
    const settings = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_STORAGE_BUCKET_NAME: 'obcms' }
    const encryption = { BACKUP_RECIPIENTS: keys.recipient, BACKUP_IDENTITY: keys.identity }
    const other = await createTestApp({ settings: { ...settings, ...encryption }, bucket, beside: app })
    try {
      app.clock.pass(1)
      const ids = readdirSync(join(target(), 'backups'))
      const store = filesystemStore(target())
      await expect(other.composition.backups.make({ store })).rejects.toThrow('The bucket does not answer.')
      expect((await listBackups(store)).every((id) => ids.includes(id))).toBe(true)
    } finally {
      await other.close()
      await app.query('DELETE FROM objects WHERE sha256 = $1', [sha256])
    }
  }, 60_000)

  test('what is too old goes, then the files that only it named', async () => {
    const orphan = join(target(), 'objects', 'ff', 'f'.repeat(40))
    // As when files and backups were given one bucket.
    const anothers = join(target(), 'objects', 'ff', 'f'.repeat(64))
    await keep(randomBytes(50))
    const { id } = await make()
    await filesystemStore(target()).put(
      `objects/ff/${'f'.repeat(40)}`,
      Readable.from([Buffer.from('x')], { objectMode: false }),
      {
        bytes: 1,
        sha256: hashOf(Buffer.from('x')),
      },
    )
    writeFileSync(anothers, 'a file of somebody')
    // Files have the time of this machine, which the frozen clock of the tests must pass.
    app.clock.pass((Date.now() - app.clock.now().getTime()) / 1_000 + 2 * 365 * 86_400)
    const { id: newest, retentionProblem } = await make()
    expect(retentionProblem).toBeNull()
    const left = readdirSync(join(target(), 'backups'))
    expect(left).toContain(newest)
    expect(left).toContain(id)
    expect(left.length).toBeLessThanOrEqual(3)
    expect(() => readFileSync(orphan)).toThrow('ENOENT')
    expect(readFileSync(anothers, 'utf8')).toBe('a file of somebody')
    const config = configWith({ BACKUP_IDENTITY: keys.identity })
    const check = await verifyBackup({ config }, { store: filesystemStore(target()), id: newest, allObjects: true })
    expect(check.problems).toEqual([])
  }, 60_000)

  test('a backup that is killed again and again is told of by the next one that lives', async () => {
    app.clock.pass(3 * 86_400)
    app.letters.length = 0
    const begin = () =>
      app.query(
        `INSERT INTO backup_runs (id, kind, state, started_at) VALUES (gen_random_uuid(), 'made', 'running', $1)`,
        [app.clock.now()],
      )
    const subjects = () => app.letters.map(({ subject }) => subject)
    await begin()
    await make()
    await app.runJobs()
    expect(subjects()).toEqual([])
    await begin()
    await make()
    await app.runJobs()
    expect(subjects()).toEqual(['OBCMS: The backup failed'])
  }, 60_000)
})
