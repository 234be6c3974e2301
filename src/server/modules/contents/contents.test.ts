import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '#server/platform/actor.ts'
import { actorFor } from '#testing/actor.ts'
import type { TestUser } from '#testing/factories.ts'
import { freePort } from '#testing/peers/peer.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
/** With a scanner that is away. */
let scanned: TestApp
let scannerPort: number
let staff: TestUser
let actor: Actor
let community: string

beforeAll(async () => {
  app = await createTestApp()
  staff = await app.createUser({ role: 'staff' })
  community = await app.createCommunity()
  actor = actorFor(staff)
  scannerPort = await freePort()
  scanned = await createTestApp({
    beside: app,
    settings: { CLAMAV_HOST: '127.0.0.1', CLAMAV_PORT: String(scannerPort) },
  })
})
afterAll(async () => {
  await scanned.close()
  await app.close()
})

async function add(content: Buffer | string, mediaType?: string, at = app) {
  const object = await at.storage.keep(Readable.from([Buffer.from(content)]), { maxBytes: 2 ** 24 })
  const kept = { ...object, ...(mediaType && { mediaType }), name: 'a file' }
  const { fileId } = await at.composition.files.add(actor, kept, { record: { type: 'community', id: community } })
  return { fileId, sha256: object.sha256 }
}
const facts = async (sha256: string) =>
  (await app.query('SELECT * FROM object_facts WHERE object_sha256 = $1', [sha256]))[0]
const queued = async () =>
  (await app.query(`SELECT FROM pgboss.job WHERE name = 'contents.examine' AND state < 'completed'`)).length
const deadLetters = async () => (await app.query(`SELECT FROM pgboss.job WHERE name = 'dead-letters'`)).length

test('a picture and a document that are added are shown small and found by their words; the same content is examined once', async () => {
  const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: 'teal' } })
    .jpeg()
    .toBuffer()
  const shown = await add(photo)
  expect(await facts(shown.sha256)).toMatchObject({ scan: 'unneeded', thumbnails: 'waiting', text_state: 'none' })
  expect(await queued()).toBe(1)
  await add(photo)
  expect(await queued()).toBe(1)
  const minutes = await add('Minutes about the fishpond of Sitio Malinis')
  await app.runJobs()

  expect(await facts(shown.sha256)).toMatchObject({ thumbnails: 'ready', width: 900, height: 600, problem: null })
  const rows = await app.query<{ size: string; width: number; thumbnail_sha256: string; media_type: string }>(
    `SELECT t.*, o.media_type FROM object_thumbnails t JOIN objects o ON o.sha256 = t.thumbnail_sha256
     WHERE t.object_sha256 = $1 ORDER BY t.width, t.size`,
    [shown.sha256],
  )
  expect(rows.map(({ size, width, media_type }) => [size, width, media_type])).toEqual([
    ['small', 160, 'image/webp'],
    ['medium', 480, 'image/webp'],
    ['large', 900, 'image/webp'],
  ])
  expect(await facts(minutes.sha256)).toMatchObject({
    text_state: 'ready',
    text_content: expect.stringContaining('fishpond'),
  })
  const found = (await app.call(staff, 'GET', '/api/v1/files?q=fishponds')).json()
  expect(found.items.map(({ id }: { id: string }) => id)).toEqual([minutes.fileId])
})

test('what cannot be opened says why; what is nothing to open is not examined', async () => {
  const damaged = await add(Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4]), 'image/jpeg')
  const pdf = await add('%PDF-1.4 nothing behind it', 'application/pdf')
  await app.runJobs()
  expect(await facts(damaged.sha256)).toMatchObject({
    thumbnails: 'failed',
    problem: expect.stringContaining('damaged'),
  })
  expect(await facts(pdf.sha256)).toMatchObject({ text_state: 'failed', problem: expect.stringContaining('damaged') })
  for (const type of ['image/heic', 'application/x-cfb', 'video/mp4', 'application/zip', 'text/html'])
    expect(await facts((await add(`as if ${type}`, type)).sha256)).toMatchObject({
      thumbnails: 'none',
      text_state: 'none',
    })
  expect(await queued()).toBe(0)
})

test('content whose store lost it waits with longer and longer pauses, and is no failed job', async () => {
  const lost = await add('soon lost from its store')
  const path = join(app.dataDir, 'files/objects', lost.sha256.slice(0, 2), lost.sha256)
  rmSync(path)
  await app.runJobs()
  expect(await facts(lost.sha256)).toMatchObject({ text_state: 'waiting', looks: 1, problem: expect.any(String) })
  const look = async () => {
    await app.query(`INSERT INTO pgboss.job (name, data) VALUES ('contents.examine-waiting', '{}')`)
    await app.runJobs()
    return (await facts(lost.sha256))?.looks
  }
  app.clock.pass(9 * 60)
  expect(await look()).toBe(1)
  app.clock.pass(60)
  expect(await look()).toBe(2)
  app.clock.pass(19 * 60)
  expect(await look()).toBe(2)
  await app.storage.keep(Readable.from([Buffer.from('soon lost from its store')]), { maxBytes: 100 })
  app.clock.pass(60)
  await look()
  expect(await facts(lost.sha256)).toMatchObject({ text_state: 'ready', problem: null })
  expect(await deadLetters()).toBe(0)
})

test('while the scanner is away nothing is opened, shown or read, and no job fails', async () => {
  const waiting = await add('words that wait for the scanner', undefined, scanned)
  expect(await facts(waiting.sha256)).toMatchObject({ scan: 'unscanned', text_state: 'waiting' })
  await scanned.runJobs()
  expect(await facts(waiting.sha256)).toMatchObject({
    scan: 'unscanned',
    text_state: 'waiting',
    text_content: null,
    looks: 0,
    problem: expect.stringContaining('virus scanner does not answer'),
  })
  expect(await deadLetters()).toBe(0)
})

test('content over which the scanner breaks off is tried with longer and longer pauses', async () => {
  const scanner = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (asked) => (String(asked).startsWith('zPING') ? socket.end('PONG\0') : socket.destroy()))
  }).listen(scannerPort, '127.0.0.1')
  await once(scanner, 'listening')
  try {
    const bad = await add('words over which the scanner breaks off', undefined, scanned)
    await scanned.runJobs()
    expect(await facts(bad.sha256)).toMatchObject({ scan: 'unscanned', looks: 1 })
    expect(await deadLetters()).toBe(0)
  } finally {
    scanner.close()
  }
})
