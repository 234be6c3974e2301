import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { frozenClock } from '#testing/frozen-clock.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'
import { filesystemStore, objectKey, openStorage, type Storage } from '../storage.ts'

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
