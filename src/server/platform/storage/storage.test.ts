import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { frozenClock } from '#testing/frozen-clock.ts'
import { noS3, type S3Peer, startS3 } from '#testing/peers/s3.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'
import { filesystemStore, type ObjectStore, objectKey, openStorage, type Storage } from '../storage.ts'
import { s3Store } from './s3-store.ts'

const dir = mkdtempSync(join(tmpdir(), 'obcms-storage-'))
let db: TestDb
let storage: Storage

beforeAll(async () => {
  db = await createTestDb()
  storage = openStorage({
    db: db.db,
    clock: frozenClock(),
    stores: new Map([['filesystem', filesystemStore(join(dir, 'files'))]]),
    preferred: 'filesystem',
    spoolDir: join(dir, 'spool'),
  })
})
afterAll(async () => {
  await db.close()
  rmSync(dir, { recursive: true })
})

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const keep = (content: Buffer) => storage.keep(Readable.from([content], { objectMode: false }), { maxBytes: 2 ** 24 })
const all = async (hash: string, range?: { start: number; end: number }) =>
  buffer((await storage.read(hash, range)).stream)
const pathOf = (hash: string) => join(dir, 'files', objectKey(hash))
const onDisk = () => readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())

test('content is kept once, whoever hands it in and however many at the same time', async () => {
  const content = randomBytes(300_000)
  const kept = await Promise.all(Array.from({ length: 8 }, () => keep(content)))
  for (const one of kept)
    expect(one).toEqual({ sha256: sha256(content), bytes: 300_000, mediaType: 'application/octet-stream' })
  expect(onDisk().map(({ name }) => name)).toEqual([sha256(content)])
  expect(await db.query('SELECT sha256, store, problem FROM object_copies')).toEqual([
    { sha256: sha256(content), store: 'filesystem', problem: null },
  ])
  expect(await all(kept[0]?.sha256 ?? '')).toEqual(content)
  expect(await all(sha256(content), { start: 100, end: 199 })).toEqual(content.subarray(100, 200))
})

test('what is too large, refused or breaks off leaves nothing', async () => {
  const before = onDisk().length
  const stream = () => Readable.from([randomBytes(2_000)], { objectMode: false })
  await expect(storage.keep(stream(), { maxBytes: 1_999 })).rejects.toMatchObject({ code: 'file_too_large' })
  const inspect = () => Promise.reject(new Error('not this one'))
  await expect(storage.keep(stream(), { maxBytes: 5_000, inspect })).rejects.toThrow('not this one')
  const broken = Readable.from(
    (async function* () {
      yield randomBytes(1_000)
      throw new Error('line lost')
    })(),
    { objectMode: false },
  )
  await expect(storage.keep(broken, { maxBytes: 5_000 })).rejects.toThrow('line lost')
  expect(onDisk()).toHaveLength(before)
})

test('an object that is cut off, changed in length or gone is never served, and mends when it is handed in again', async () => {
  const content = randomBytes(5_000)
  await keep(content)
  truncateSync(pathOf(sha256(content)), 4_000)
  await expect(storage.read(sha256(content))).rejects.toMatchObject({ code: 'unavailable' })
  rmSync(pathOf(sha256(content)))
  await expect(storage.read(sha256(content))).rejects.toMatchObject({ code: 'unavailable' })
  await keep(content)
  expect(await all(sha256(content))).toEqual(content)
  await expect(storage.read(sha256(randomBytes(5)))).rejects.toMatchObject({ code: 'not_found' })
})

test('what an upload left under a key is taken over', async () => {
  const volume = storage.stores.get('filesystem')
  const content = Buffer.from('%PDF-1.7\n1 0 obj\n')
  const expected = { bytes: content.length, sha256: sha256(content) }
  await volume?.put('uploads/one', Readable.from([content], { objectMode: false }), expected)
  const kept = await storage.adopt({ store: 'filesystem', key: 'uploads/one' })
  expect(kept).toEqual({ ...expected, mediaType: 'application/pdf' })
  expect(await volume?.stat('uploads/one')).toBeUndefined()
  const local = await storage.openLocal(kept.sha256)
  expect(readFileSync(local.path)).toEqual(content)
})

test.each([
  ['<html><body>', 'text/html'],
  ['\n <!DOCTYPE html>', 'text/html'],
  ['<svg xmlns="http://www.w3.org/2000/svg">', 'image/svg+xml'],
  ['<?xml version="1.0"?><svg onload="x()">', 'image/svg+xml'],
  ['{"type":"FeatureCollection"}', 'application/json'],
  ['Name,PSGC\nPurok Uno,1208001001\n', 'text/plain'],
  ['Peñablanca', 'text/plain'],
  ['\u0001\u0002\u0003\u0004\u0005', 'application/octet-stream'],
])('%j is %s', async (text, mediaType) => {
  expect((await keep(Buffer.from(text))).mediaType).toBe(mediaType)
})

test('the database refuses to forget content that a record uses', async () => {
  const { sha256: hash } = await keep(randomBytes(10))
  writeFileSync(join(dir, 'marker'), '')
  const [user] = await db.query<{ id: string }>(
    `INSERT INTO users (id, email, name, role, state, created_at, updated_at)
     VALUES (gen_random_uuid(), 'a@example.org', 'A', 'staff', 'active', now(), now()) RETURNING id`,
  )
  await db.query(
    `INSERT INTO imports (id, state, file_name, object_sha256, file_bytes, file_sha256, beat_at, created_at, created_by)
     VALUES (gen_random_uuid(), 'uploaded', 'a.csv', $1, 10, $1, now(), now(), $2)`,
    [hash, user?.id],
  )
  await expect(db.query('DELETE FROM objects WHERE sha256 = $1', [hash])).rejects.toThrow('imports_object')
})

describe.skipIf(noS3)('with a bucket', () => {
  let peer: S3Peer
  let both: Storage
  let bucket: ObjectStore
  const volume = filesystemStore(join(dir, 'files'))

  beforeAll(async () => {
    peer = await startS3()
    bucket = s3Store(peer.settings, { tries: 2, resumeMs: 10 })
    both = openStorage({
      db: db.db,
      clock: frozenClock(),
      stores: new Map([
        ['filesystem', volume],
        ['s3', bucket],
      ]),
      preferred: 's3',
      spoolDir: join(dir, 'spool'),
    })
  })
  afterAll(async () => {
    await both?.close()
    await peer?.stop()
  })
  const keepThere = (content: Buffer) =>
    both.keep(Readable.from([content], { objectMode: false }), { maxBytes: 2 ** 24 })
  const served = async (hash: string) => buffer((await both.read(hash)).stream)
  const copies = (hash: string) =>
    db.query('SELECT store, problem FROM object_copies WHERE sha256 = $1 ORDER BY store', [hash])
  const spooled = () => readdirSync(join(dir, 'spool'))

  test('content is kept there once, passes the spool folder, and is served and opened from there', async () => {
    const content = randomBytes(300_000)
    const hash = sha256(content)
    for (const kept of await Promise.all([keepThere(content), keepThere(content)]))
      expect(kept).toEqual({ sha256: hash, bytes: 300_000, mediaType: 'application/octet-stream' })
    expect(await copies(hash)).toEqual([{ store: 's3', problem: null }])
    expect(await volume.stat(objectKey(hash))).toBeUndefined()
    expect(await served(hash)).toEqual(content)
    expect(await buffer((await both.read(hash, { start: 5, end: 9 })).stream)).toEqual(content.subarray(5, 10))
    expect(spooled()).toEqual([])
    const local = await both.openLocal(hash)
    expect(readFileSync(local.path)).toEqual(content)
    await local.release()
    expect(spooled()).toEqual([])
    const url = await both.signedUrl(hash, { seconds: 60, contentType: 'image/png', contentDisposition: 'inline' })
    expect(Buffer.from(await (await fetch(url ?? '')).arrayBuffer())).toEqual(content)
  })

  test('what an upload left is taken over, from the bucket and from the volume, also by two at once', async () => {
    for (const store of [bucket, volume]) {
      const content = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(1_000)])
      const expected = { bytes: content.length, sha256: sha256(content) }
      await store.put('uploads/staged', Readable.from([content], { objectMode: false }), expected)
      const adopt = () => both.adopt({ store: store.name, key: 'uploads/staged' }, { known: expected })
      for (const kept of await Promise.all([adopt(), adopt()]))
        expect(kept).toEqual({ ...expected, mediaType: 'application/pdf' })
      expect(await store.stat('uploads/staged')).toBeUndefined()
      expect(await copies(expected.sha256)).toEqual([{ store: 's3', problem: null }])
      expect(await served(expected.sha256)).toEqual(content)
    }
  })

  test('the copy on the volume is served when that of the bucket is missing, cut off, or marked as damaged', async () => {
    const content = randomBytes(5_000)
    const hash = sha256(content)
    await keep(content)
    await keepThere(content)
    expect(await copies(hash)).toEqual([
      { store: 'filesystem', problem: null },
      { store: 's3', problem: null },
    ])
    await db.query(`UPDATE object_copies SET problem = 'altered' WHERE sha256 = $1 AND store = 's3'`, [hash])
    const other = Buffer.alloc(5_000, 1)
    await bucket.put(objectKey(hash), Readable.from([other], { objectMode: false }), {
      bytes: 5_000,
      sha256: sha256(other),
    })
    expect(await served(hash)).toEqual(content)
    await db.query('UPDATE object_copies SET problem = NULL WHERE sha256 = $1', [hash])
    const short = Buffer.from('short')
    await bucket.put(objectKey(hash), Readable.from([short], { objectMode: false }), {
      bytes: 5,
      sha256: sha256(short),
    })
    expect(await served(hash)).toEqual(content)
    await bucket.remove(objectKey(hash))
    expect(await served(hash)).toEqual(content)
    const local = await both.openLocal(hash)
    expect(readFileSync(local.path)).toEqual(content)
    await local.release()
    await keepThere(content)
    rmSync(pathOf(hash))
    expect(await served(hash)).toEqual(content)
  })

  test('the bucket is away: its own probe says so, that of this machine does not, and the volume still serves', async () => {
    const content = randomBytes(100)
    await keep(content)
    await keepThere(content)
    await Promise.all([both.probe(), both.probeBucket()])
    await peer.stop()
    await both.probe()
    await expect(both.probeBucket()).rejects.toMatchObject({ code: 'unavailable' })
    expect(await served(sha256(content))).toEqual(content)
    await expect(keepThere(randomBytes(100))).rejects.toMatchObject({ code: 'unavailable' })
    expect(spooled()).toEqual([])
    await storage.probeBucket()
  })
})
