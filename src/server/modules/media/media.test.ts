import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { filesystemStore, type ObjectStore, objectKey } from '#server/platform/storage.ts'
import type { TestUser } from '#testing/factories.ts'
import { until } from '#testing/peers/peer.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

/** The bucket of these tests is a second folder; production/media-move.test.ts has a real one. */
const bucketDir = mkdtempSync(join(tmpdir(), 'obcms-bucket-'))
const folder = filesystemStore(bucketDir)
/** What stands before the bucket in one test: it may wait, or fail. */
let before: (deed: 'put' | 'get', key: string) => Promise<void> = async () => {}
const bucket: ObjectStore = {
  ...folder,
  name: 's3',
  pathOf: undefined as never,
  async put(key, source, expected, signal) {
    await before('put', key)
    await folder.put(key, source, expected, signal)
  },
  async get(key, options) {
    await before('get', key)
    return folder.get(key, options)
  },
}
delete (bucket as Partial<ObjectStore>).pathOf
const bucketSettings = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_STORAGE_BUCKET_NAME: 'obcms-media' }

let app: TestApp
/** The same installation with USE_S3=1. */
let switched: TestApp
let admin: TestUser

beforeAll(async () => {
  app = await createTestApp({ settings: bucketSettings, bucket })
  switched = await createTestApp({ settings: { ...bucketSettings, USE_S3: '1' }, bucket, beside: app })
})
beforeEach(async () => {
  admin = await app.createUser({ role: 'administrator', email: `admin.${randomBytes(4).toString('hex')}@example.org` })
})
afterEach(async () => {
  before = async () => {}
  await app.query(
    'TRUNCATE media_moves, media_scrubs, imports, objects, object_copies, object_facts, object_thumbnails, file_versions, files CASCADE',
  )
  for (const dir of [bucketDir, join(app.dataDir, 'files')]) rmSync(dir, { recursive: true, force: true })
})
afterAll(async () => {
  await switched.close()
  await app.close()
  rmSync(bucketDir, { recursive: true, force: true })
})

const contents = new Map<string, Buffer>()
async function keep(content: Buffer = randomBytes(2_000), where = app): Promise<string> {
  const { sha256 } = await where.storage.keep(Readable.from([content], { objectMode: false }), { maxBytes: 2 ** 26 })
  contents.set(sha256, content)
  return sha256
}
const keepMany = async (count: number) => {
  const kept: string[] = []
  for (let n = 0; n < count; n += 1) kept.push(await keep())
  return kept
}
/** An import uses it from now on. */
const use = (sha256: string) =>
  app.query(
    `INSERT INTO imports (id, state, file_name, object_sha256, file_bytes, file_sha256, beat_at, created_at, created_by)
     VALUES (gen_random_uuid(), 'uploaded', 'List of Alabel.csv', $1, 10, $1, now(), now(), $2)`,
    [sha256, admin.id],
  )
const read = async (sha256: string, where = app) => buffer((await where.storage.read(sha256)).stream)
const volumePath = (sha256: string) => join(app.dataDir, 'files', objectKey(sha256))
const bucketPath = (sha256: string) => join(bucketDir, objectKey(sha256))
const namesIn = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort()
const onVolume = () => namesIn(join(app.dataDir, 'files'))
const inBucket = () => namesIn(bucketDir)
const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex')

const url = '/api/v1/media'
const show = async (where = app) => (await where.call(admin, 'GET', url)).json()
const start = (target = 's3', more: object = {}) =>
  app.call(admin, 'POST', `${url}/moves`, { body: { target, ...more } })
const deed = async (what: string, where = app) =>
  where.call(admin, 'POST', `${url}/moves/${(await show(where)).move.id}/${what}`)
const work = (where = app, signal = new AbortController().signal) => where.composition.media.moving.work({ signal })
const actions = async () =>
  (
    await app.query<{ action: string }>(`SELECT action FROM audit_events WHERE subject_type = 'media_move' ORDER BY id`)
  ).map(({ action }) => action.replace('media_move.', ''))

describe('a move', () => {
  test('from the volume to the bucket, the switch, the clean-up, and the way back: every byte is there at every moment', async () => {
    const large = await keep(randomBytes(9_000_000))
    const kept = [large, ...(await keepMany(30))]
    expect((await show()).stores).toMatchObject([
      { name: 'filesystem', configured: true, objects: 31, missing: { objects: 0 }, reachable: true },
      { name: 's3', configured: true, objects: 0, missing: { objects: 31 }, reachable: true },
    ])
    expect((await start()).statusCode).toBe(201)
    kept.push(await keep())
    expect(inBucket()).toEqual([kept.at(-1)])
    expect(await show()).toMatchObject({ preferred: 'filesystem', target: 's3', move: { state: 'copying' } })

    await app.runJobs()
    expect(inBucket()).toEqual([...kept].sort())
    expect(await show()).toMatchObject({
      target: 's3',
      move: {
        state: 'done',
        working: false,
        total: { objects: 32 },
        copied: { objects: 32 },
        verified: { objects: 32 },
        left: { objects: 31 },
        startedBy: { id: admin.id },
      },
    })
    expect((await deed('cleanup')).json()).toMatchObject({
      code: 'wrong_state',
      detail: expect.stringContaining('USE_S3=1'),
    })
    expect((await start()).json().detail).toContain('USE_S3=1')

    await switched.composition.media.moving.noticeSwitch()
    // A process with the old setting still runs, and keeps its files where the move led.
    kept.push(await keep())
    expect(await show(switched)).toMatchObject({ preferred: 's3', target: 's3', move: { state: 'switched' } })
    expect((await deed('cleanup')).json().code).toBe('wrong_state')
    expect((await deed('cleanup', switched)).statusCode).toBe(204)
    await switched.runJobs()
    expect(onVolume()).toEqual([])
    for (const sha256 of kept)
      for (const where of [app, switched]) expect(sha256Of(await read(sha256, where))).toBe(sha256)
    const cleaned = await show(switched)
    expect(cleaned.move).toMatchObject({ left: { objects: 0 }, cleaning: false, cleanedAt: expect.any(String) })

    const back = await switched.call(admin, 'POST', `${url}/moves`, { body: { target: 'filesystem' } })
    expect(back.statusCode).toBe(201)
    kept.push(await keep(randomBytes(100), switched))
    await switched.runJobs()
    expect((await show(switched)).move).toMatchObject({ target: 'filesystem', state: 'done' })
    await app.composition.media.moving.noticeSwitch()
    await deed('cleanup')
    await app.runJobs()
    expect([inBucket(), onVolume()]).toEqual([[], [...kept].sort()])
    for (const sha256 of kept) expect(sha256Of(readFileSync(volumePath(sha256)))).toBe(sha256)
    expect(await actions()).toEqual([
      'started',
      'switched',
      'cleanup_asked',
      'cleaned_up',
      'started',
      'switched',
      'cleanup_asked',
      'cleaned_up',
    ])
  })

  test('is paused, goes on, and is cancelled; others do not work on it meanwhile', async () => {
    await keepMany(12)
    await start('s3', { megabytesPerSecond: 100 })
    const gate = Promise.withResolvers<void>()
    let puts = 0
    before = async (what) => {
      if (what === 'put') puts += 1
      if (puts > 4) await gate.promise
    }
    const working = work()
    await until('it waits', () => puts > 8)
    expect(await work(switched)).toBe('busy')
    expect((await show()).move).toMatchObject({ working: true, limitBytesPerSecond: 100_000_000 })
    expect((await deed('pause')).statusCode).toBe(204)
    setTimeout(gate.resolve, 1_500)
    expect(await working).toBe('paused')
    expect(await work()).toBe('none')
    expect((await show()).move).toMatchObject({ state: 'paused', working: false })
    expect((await deed('resume')).statusCode).toBe(204)
    await app.runJobs()
    expect((await show()).move.state).toBe('done')
    expect((await deed('cancel')).statusCode).toBe(204)
    expect((await deed('cancel')).json().code).toBe('wrong_state')
    expect(await show()).toMatchObject({ target: 'filesystem', move: { state: 'cancelled' } })
  })

  test('whose worker hangs is taken over; what it says later harms nothing', async () => {
    const kept = await keepMany(20)
    await start()
    const gate = Promise.withResolvers<void>()
    let puts = 0
    before = async (what) => {
      if (what === 'put') puts += 1
      if (puts > 6) await gate.promise
    }
    const first = work()
    await until('it hangs', () => puts > 8)
    app.clock.pass(16)
    before = async () => {}
    expect(await work(switched)).toBe('switched')
    gate.resolve()
    expect(await first).toBe('busy')
    expect((await show()).move).toMatchObject({ state: 'switched', verified: { objects: 20 } })
    for (const sha256 of kept) expect(await read(sha256, switched)).toEqual(contents.get(sha256))
  })

  test('reads every copy again: a wrong one is written anew, and what no store has whole is named', async () => {
    const [altered, lost, ...others] = (await keepMany(5)) as [string, string, ...string[]]
    await use(lost)
    writeFileSync(volumePath(lost), Buffer.alloc(2_000))
    await start()
    let isAltered = false
    before = async (what) => {
      if (what !== 'get' || isAltered) return
      isAltered = true
      writeFileSync(bucketPath(altered), Buffer.alloc(2_000))
    }
    await app.runJobs()
    const { move, problems } = await show()
    expect(move).toMatchObject({ state: 'failed', copied: { objects: 4 }, verified: { objects: 4 } })
    expect(move.problem).toContain(`List of Alabel.csv (${lost})`)
    expect(problems).toEqual({
      count: 1,
      items: [
        {
          sha256: lost,
          store: 'filesystem',
          problem: 'altered',
          bytes: 2_000,
          elsewhere: false,
          names: ['List of Alabel.csv'],
        },
      ],
    })
    for (const sha256 of [altered, ...others]) expect(sha256Of(readFileSync(bucketPath(sha256)))).toBe(sha256)
    await keep(contents.get(lost))
    await deed('resume')
    await app.runJobs()
    expect((await show()).move.state).toBe('done')
    expect(await read(lost)).toEqual(contents.get(lost))
  })

  test('to a bucket that is not set up, or without room, is refused before it begins', async () => {
    const alone = await createTestApp({ beside: app })
    expect((await show(alone)).stores[1]).toMatchObject({ name: 's3', configured: false, reachable: null })
    const refused = await alone.call(admin, 'POST', `${url}/moves`, { body: { target: 's3' } })
    expect(refused.json()).toMatchObject({
      code: 'wrong_state',
      detail: expect.stringContaining('AWS_STORAGE_BUCKET_NAME'),
    })
    await alone.close()
    await keep()
    bucket.room = async () => ({ freeBytes: 600 * 1_048_576, totalBytes: 2 ** 40 })
    await app.query('UPDATE objects SET bytes = $1', [200 * 1_048_576])
    expect((await start()).json().detail).toContain('FILE_RESERVE_MB')
    bucket.room = folder.room
    bucket.probe = () => Promise.reject(new Error('Access Denied'))
    expect((await start()).json().detail).toBe('OBCMS cannot write to the bucket: Access Denied.')
    bucket.probe = folder.probe
    expect((await show()).move).toBeNull()
  })
})

const collect = () => app.composition.media.collecting.collect(new AbortController().signal)

test('what nothing uses goes after a week, from every store; what is used stays, also when it was unused for a while', async () => {
  const [used, unused, usedLater] = (await keepMany(3)) as [string, string, string]
  await use(used)
  await start()
  await work()
  expect(await collect()).toMatchObject({ marked: 0, removed: 0 })
  app.clock.pass(86_400 + 1)
  expect(await collect()).toMatchObject({ marked: 2, removed: 0 })
  admin = await app.createUser({ role: 'administrator' })
  expect((await show()).unused).toMatchObject({ objects: 2, bytes: 4_000, graceDays: 7 })
  await use(usedLater)
  app.clock.pass(7 * 86_400 + 1)
  expect(await collect()).toMatchObject({ usedAgain: 1, removed: 1, removedBytes: 2_000 })
  for (const names of [onVolume(), inBucket()]) expect(names).toEqual([used, usedLater].sort())
  await expect(read(unused)).rejects.toMatchObject({ code: 'not_found' })
  expect(await collect()).toMatchObject({ marked: 0, usedAgain: 0, removed: 0 })
  // Handed in again, it is kept again.
  await keep(contents.get(unused))
  expect(await read(unused)).toEqual(contents.get(unused))
})

test('bytes that belong to nothing go after a day; what was being collected when the process was killed is ended', async () => {
  const [kept, halfGone] = (await keepMany(2)) as [string, string]
  await use(kept)
  const stray = sha256Of(Buffer.from('stray'))
  const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000)
  const place = (path: string, when?: Date) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'stray')
    if (when) utimesSync(path, when, when)
  }
  place(volumePath(stray), twoDaysAgo)
  place(bucketPath(stray))
  place(bucketPath(kept), twoDaysAgo)
  place(join(app.dataDir, 'files/parts/0.part'), twoDaysAgo)
  place(join(app.dataDir, 'spool/0'), twoDaysAgo)
  place(join(app.dataDir, 'spool/1'))
  utimesSync(volumePath(kept), twoDaysAgo, twoDaysAgo)
  expect(await collect()).toMatchObject({ strays: 3, strayBytes: 15, abandoned: 1 })
  expect(onVolume()).toEqual([kept, halfGone].sort())
  expect(inBucket()).toEqual([stray])
  expect(readdirSync(join(app.dataDir, 'spool'))).toEqual(['1'])
  app.clock.pass(2 * 86_400)
  await collect()
  app.clock.pass(8 * 86_400)
  rmSync(volumePath(halfGone))
  expect(await collect()).toMatchObject({ removed: 1 })
  expect(onVolume()).toEqual([kept])
})

test('a store full of files that the database does not know is left alone', async () => {
  await use(await keep())
  const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000)
  for (let n = 0; n < 501; n += 1) {
    const path = bucketPath(sha256Of(Buffer.from(`of another system ${n}`)))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
    utimesSync(path, twoDaysAgo, twoDaysAgo)
  }
  expect(await collect()).toMatchObject({ strays: 0, leftAlone: 501 })
  expect(inBucket()).toHaveLength(501)
})

test('a slice of a move that is over ends what it has begun, so that a large file on a slow line arrives at last', async () => {
  await keep()
  await keep()
  await start()
  const enough = new AbortController()
  before = async (what) => {
    if (what !== 'put') return
    enough.abort()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const outcome = await app.composition.media.moving.work({
    signal: new AbortController().signal,
    enough: enough.signal,
  })
  expect(outcome).toBe('left')
  expect(inBucket().length).toBeGreaterThan(0)
  expect(await app.query(`SELECT sha256 FROM object_copies WHERE store = 's3' ORDER BY 1`)).toEqual(
    inBucket().map((sha256) => ({ sha256 })),
  )
  expect(await work()).toBe('done')
  expect(inBucket()).toHaveLength(2)
})

test('content that is forgotten while it is copied leaves no bytes', async () => {
  const sha256 = await keep()
  await start()
  let isForgotten = false
  before = async (what) => {
    if (what !== 'put' || isForgotten) return
    isForgotten = true
    await app.query('DELETE FROM objects WHERE sha256 = $1', [sha256])
  }
  expect(await work()).toBe('done')
  expect(inBucket()).toEqual([])
})

test('content that was on its way to the other store when a move began leaves no bytes there', async () => {
  let hasBegun = false
  before = async (what) => {
    if (what !== 'put' || hasBegun) return
    hasBegun = true
    expect((await start('filesystem')).statusCode).toBe(201)
  }
  const sha256 = await keep(randomBytes(2_000), switched)
  expect([hasBegun, onVolume(), inBucket()]).toEqual([true, [sha256], []])
})

test('a scrub mends from a sound copy, tells of what has none, and writes one letter to each administrator', async () => {
  const [mendable, missing, fine] = (await keepMany(3)) as [string, string, string]
  await start()
  await work()
  await keep(contents.get(mendable))
  app.clock.pass(31 * 86_400)
  writeFileSync(volumePath(mendable), Buffer.alloc(2_000))
  rmSync(volumePath(missing))
  rmSync(bucketPath(missing))
  admin = await app.createUser({ role: 'administrator', email: 'scrub@example.org' })
  app.letters.length = 0
  await app.query(`INSERT INTO pgboss.job (name, data) VALUES ('media.scrub', '{}')`)
  await app.runJobs()
  expect(sha256Of(readFileSync(volumePath(mendable)))).toBe(mendable)
  const { scrub, problems } = await show()
  expect(scrub).toMatchObject({ copies: 6, bytes: 12_000, damaged: 3, mended: 1, endedAt: expect.any(String) })
  expect(problems.count).toBe(2)
  expect(
    problems.items.map(({ sha256, elsewhere }: { sha256: string; elsewhere: boolean }) => [sha256, elsewhere]),
  ).toEqual([
    [missing, false],
    [missing, false],
  ])
  const mine = app.letters.filter(({ to }) => to === 'scrub@example.org')
  expect(mine).toHaveLength(1)
  expect(mine[0]?.text).toMatch(/3 copies[\s\S]*sound copy: 1\n[\s\S]*backup: 2\n[\s\S]*\/system\/files/)
  expect(await read(fine)).toEqual(contents.get(fine))
  // Nothing is due again, and nobody is written to again.
  await app.query(`INSERT INTO pgboss.job (name, data) VALUES ('media.scrub', '{}')`)
  await app.runJobs()
  expect((await show()).scrub).toMatchObject({ copies: 0, damaged: 0 })
  expect(app.letters.filter(({ to }) => to === 'scrub@example.org')).toHaveLength(1)
})
