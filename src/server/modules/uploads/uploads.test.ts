import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { objectKey } from '#server/platform/storage.ts'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let officer: TestUser
let communityId: string

beforeAll(async () => {
  app = await createTestApp()
  officer = await app.createUser({ role: 'staff' })
  communityId = await app.createCommunity()
})
afterAll(() => app.close())

const base64 = (text: string) => Buffer.from(text).toString('base64')
const part = 'application/offset+octet-stream'
const tus = { 'tus-resumable': '1.0.0' }
const mb = 1_048_576

interface Sent {
  name?: string
  bytes?: number
  intent?: unknown
  body?: Buffer
  headers?: Record<string, string>
}

const toCommunity = () => ({ record: { type: 'community', id: communityId } })

const begin = (who: TestUser | undefined, { name = 'list.csv', bytes, intent, body, headers }: Sent = {}, at = app) =>
  at.call(who, 'POST', '/api/v1/uploads', {
    headers: {
      ...tus,
      'upload-length': String(bytes ?? body?.length ?? 10),
      'upload-metadata': `filename ${base64(name)},intent ${base64(JSON.stringify(intent ?? toCommunity()))}`,
      ...(body && { 'content-type': part, 'content-length': String(body.length) }),
      ...headers,
    },
    ...(body && { payload: body }),
  })

const append = (who: TestUser, url: string, from: number, body: Buffer) =>
  app.call(who, 'PATCH', url, {
    headers: { ...tus, 'content-type': part, 'upload-offset': String(from), 'content-length': String(body.length) },
    payload: body,
  })
const head = (who: TestUser, url: string) => app.call(who, 'HEAD', url, { headers: tus })
const offsetOf = async (url: string) => Number((await head(officer, url)).headers['upload-offset'])
const stateOf = async (url: string) => (await app.call(officer, 'GET', `${url}/state`)).json()

async function begun(sent: Sent): Promise<string> {
  const reply = await begin(officer, sent)
  expect(reply.statusCode, reply.body).toBe(201)
  return String(reply.headers.location)
}
const idOf = (url: string) => url.split('/').at(-1) ?? ''
const stagedPath = (url: string) => join(app.dataDir, 'files', 'uploads', idOf(url))
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const filesOf = (name: string) => app.query<{ id: string }>('SELECT id FROM files WHERE name = $1', [name])
async function runScheduled(name: string): Promise<void> {
  const job = app.composition.registrations.find((registration) => registration.job.name === name)
  await job?.handle({}, { log: pino({ level: 'silent' }), signal: new AbortController().signal, lastTry: true })
  await app.runJobs()
}
/** A CSV of so many bytes that is like no other. */
const csv = (bytes: number) => Buffer.from(randomBytes(bytes).toString('base64').slice(0, bytes))

test('a small file that comes with its announcement is a file at once', async () => {
  const body = csv(400)
  const reply = await begin(officer, { name: 'small.csv', body })
  expect(reply.statusCode).toBe(201)
  expect(reply.headers).toMatchObject({
    location: expect.stringMatching(/^\/api\/v1\/uploads\/[0-9a-f-]{14}7[0-9a-f-]{21}$/),
    'upload-offset': '400',
    'upload-file': expect.any(String),
  })
  expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
  const [file] = await app.query('SELECT name, media_type, bytes::int FROM files WHERE id = $1', [
    reply.headers['upload-file'],
  ])
  expect(file).toEqual({ name: 'small.csv', media_type: 'text/csv', bytes: 400 })
  expect(readFileSync(join(app.dataDir, 'files', objectKey(sha256(body))))).toEqual(body)
  expect(await stateOf(String(reply.headers.location))).toMatchObject({ state: 'kept', received: 400 })
})

test('parts arrive one after the other; the last one answers with the file; repeats are harmless', async () => {
  const body = csv(9_000)
  const url = await begun({ name: 'parts.csv', bytes: 9_000 })
  expect(await offsetOf(url)).toBe(0)
  expect((await append(officer, url, 0, body.subarray(0, 4_000))).headers['upload-offset']).toBe('4000')
  expect(await offsetOf(url)).toBe(4_000)
  expect(await stateOf(url)).toMatchObject({ state: 'arriving', received: 4_000, fileId: null })
  const wrong = await append(officer, url, 3_000, body.subarray(3_000))
  expect([wrong.statusCode, wrong.json().code]).toEqual([409, 'wrong_state'])
  const tooMuch = await append(officer, url, 4_000, Buffer.concat([body.subarray(4_000), Buffer.from('x')]))
  expect([tooMuch.statusCode, tooMuch.json().code]).toEqual([413, 'file_too_large'])
  const last = await append(officer, url, 4_000, body.subarray(4_000))
  expect([last.statusCode, last.headers['upload-offset']]).toEqual([204, '9000'])
  const fileId = last.headers['upload-file']
  expect(await filesOf('parts.csv')).toEqual([{ id: fileId }])
  expect(existsSync(stagedPath(url))).toBe(false)
  const again = await head(officer, url)
  expect(again.headers).toMatchObject({ 'upload-offset': '9000', 'upload-length': '9000', 'upload-file': fileId })
  expect((await append(officer, url, 9_000, Buffer.alloc(0))).headers['upload-file']).toBe(fileId)
  expect((await append(officer, url, 0, body)).json().code).toBe('wrong_state')
  expect(await filesOf('parts.csv')).toHaveLength(1)
})

test('an upload is nobody else’s: every method answers as if it were not there', async () => {
  const url = await begun({ bytes: 100 })
  const other = await app.createUser({ role: 'administrator' })
  expect((await head(other, url)).statusCode).toBe(404)
  expect((await append(other, url, 0, Buffer.alloc(100, 'x'))).json().code).toBe('not_found')
  expect((await app.call(other, 'DELETE', url, { headers: tus })).json().code).toBe('not_found')
  expect((await app.call(other, 'GET', `${url}/state`)).json().code).toBe('not_found')
  expect(await offsetOf(url)).toBe(0)
  expect((await app.call(other, 'GET', '/api/v1/uploads')).json().items).toEqual([])
  const metadata = `filename ${base64('a.csv')},intent ${base64(JSON.stringify(toCommunity()))},sender ${base64(officer.id)}`
  const chosen = { body: csv(100), headers: { 'upload-metadata': metadata } }
  expect((await begin(other, chosen)).json()).toMatchObject({ status: 401, code: 'not_signed_in' })
  expect((await begin(officer, chosen)).statusCode).toBe(201)
  const foreign = await app.call(officer, 'POST', '/api/v1/uploads', {
    headers: { ...tus, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  })
  expect(foreign.json().code).toBe('cross_site_request')
})

test('what cannot become a file is refused before a byte comes', async () => {
  const refused = async (sent: Sent, who = officer) => (await begin(who, sent)).json()
  expect(await refused({ name: 'page.html' })).toMatchObject({ status: 422, code: 'unsupported_file' })
  expect(await refused({ bytes: 0 })).toMatchObject({ code: 'unsupported_file' })
  expect(await refused({ name: 'photo.jpg', bytes: 51 * mb })).toMatchObject({ status: 413, code: 'file_too_large' })
  expect(await refused({ name: 'x', bytes: 3_000 * mb })).toMatchObject({ code: 'file_too_large' })
  const leader = await app.createUser({ role: 'community_leader', communityIds: [communityId] })
  expect((await refused({ name: 'a.mp4', bytes: 101 * mb }, leader)).detail).toContain('up to 100 MB')
  expect(await refused({ intent: { record: { type: 'community', id: 'x' } } })).toMatchObject({
    code: 'invalid_input',
    fields: [{ path: 'intent.record.id' }],
  })
  expect(await refused({ intent: { ...toCommunity(), name: '\ud800' } })).toMatchObject({ code: 'invalid_input' })
  const absent = '00000000-0000-7000-8000-000000000000'
  expect(await refused({ intent: { record: { type: 'community', id: absent } } })).toMatchObject({ code: 'not_found' })
  const stranger = await app.createUser({ role: 'community_leader' })
  expect(await refused({}, stranger)).toMatchObject({ code: 'not_found' })
  expect(await refused({ headers: { 'upload-metadata': 'filename' } })).toMatchObject({
    fields: [{ path: 'filename' }],
  })
  expect(await refused({ headers: { 'upload-length': '', 'upload-defer-length': '1' } })).toMatchObject({
    code: 'invalid_input',
  })
  expect(await refused({ headers: { 'tus-resumable': '0.2.2' } })).toMatchObject({ code: 'invalid_input' })
})

test('what its content forbids is refused at its end, with the reason in words, and leaves nothing', async () => {
  const html = Buffer.from(`<!doctype html><script>alert(1)</script>${' '.repeat(2_000)}`)
  const url = await begun({ name: 'notes.txt', bytes: html.length })
  await append(officer, url, 0, html.subarray(0, 10))
  const last = await append(officer, url, 10, html.subarray(10))
  expect(last.json()).toMatchObject({ status: 422, code: 'unsupported_file' })
  expect(await stateOf(url)).toMatchObject({ state: 'refused', refusal: expect.stringContaining('browser would run') })
  expect(existsSync(stagedPath(url))).toBe(false)
  expect(existsSync(join(app.dataDir, 'files', objectKey(sha256(html))))).toBe(false)
  expect((await append(officer, url, 0, html)).json().code).toBe('unsupported_file')
  const atOnce = await begin(officer, { name: 'photo.jpg', body: Buffer.from('%PDF-1.7\n') })
  expect(atOnce.json()).toMatchObject({ code: 'unsupported_file' })
  const { items } = (await app.call(officer, 'GET', '/api/v1/uploads')).json()
  expect(items[0]).toMatchObject({ name: 'photo.jpg', state: 'refused' })
  const refusals = await app.query("SELECT 1 FROM audit_events WHERE action = 'upload.refused' AND actor_id = $1", [
    officer.id,
  ])
  expect(refusals).toHaveLength(2)
})

test('one who may no longer add it when it arrives is refused', async () => {
  const leader = await app.createUser({ role: 'community_leader', communityIds: [communityId] })
  const url = String((await begin(leader, { bytes: 100 })).headers.location)
  await app.query('DELETE FROM user_communities WHERE user_id = $1', [leader.id])
  app.clock.pass(60)
  expect((await append(leader, url, 0, csv(100))).json().code).toBe('not_found')
  expect((await app.call(leader, 'GET', `${url}/state`)).json().state).toBe('refused')
})

test('creation with the same Idempotency-Key happens once', async () => {
  const headers = { 'idempotency-key': 'photo-1-of-forty' }
  const body = csv(500)
  const tries = await Promise.all([1, 2, 3].map(() => begin(officer, { name: 'once.csv', body, headers })))
  expect(new Set(tries.map((reply) => reply.headers.location)).size).toBe(1)
  expect(await filesOf('once.csv')).toHaveLength(1)
  expect((await begin(officer, { bytes: 501, headers })).json().code).toBe('idempotency_mismatch')
  const open = { name: 'later.csv', bytes: 500, headers: { 'idempotency-key': 'photo-2-of-forty' } }
  const url = await begun(open)
  await append(officer, url, 0, body.subarray(0, 300))
  expect((await begin(officer, open)).headers).toMatchObject({ location: url, 'upload-offset': '300' })
})

test('more beginnings at once than there are connections do not wait for each other', async () => {
  const [{ id } = { id: '' }] = await app.query<{ id: string }>('SELECT id FROM organisations ORDER BY id LIMIT 1')
  const intent = { record: { type: 'organisation', id } }
  const began = performance.now()
  const replies = await Promise.all(
    Array.from({ length: 40 }, (_, at) => begin(officer, { name: `${at}.csv`, bytes: 100, intent })),
  )
  expect(new Set(replies.map((reply) => reply.statusCode))).toEqual(new Set([201]))
  // A connection that is waited for in vain is given up after five seconds.
  expect(performance.now() - began).toBeLessThan(5_000)
})

test('one person cannot keep the room of everybody by announcing what never comes', async () => {
  const leader = await app.createUser({ role: 'community_leader', communityIds: [communityId] })
  const announced = []
  for (let at = 0; at < 21; at += 1) announced.push(await begin(leader, { name: 'a.mp4', bytes: 100 * mb }))
  expect(announced.map((reply) => reply.statusCode)).toEqual([...Array(20).fill(201), 409])
  expect(announced[20]?.json().code).toBe('quota_exceeded')
  await app.call(leader, 'DELETE', String(announced[0]?.headers.location), { headers: tus })
  expect((await begin(leader, { name: 'a.mp4', bytes: 100 * mb })).statusCode).toBe(201)
})

test('two processes do not give the same room to two large files', async () => {
  const settings = { FILE_QUOTA_ORGANISATION_MB: '100' }
  const processes = [
    await createTestApp({ beside: app, settings }),
    await createTestApp({ beside: app, settings }),
  ] as const
  const [{ id } = { id: '' }] = await app.query<{ id: string }>('SELECT id FROM organisations ORDER BY id DESC LIMIT 1')
  const announce = (at: 0 | 1, bytes: number) =>
    begin(officer, { name: 'a.mp4', bytes, intent: { record: { type: 'organisation', id } } }, processes[at])
  expect((await announce(0, 1)).statusCode).toBe(201)
  expect((await announce(1, 80 * mb)).statusCode).toBe(201)
  expect((await announce(0, 80 * mb)).json().code).toBe('quota_exceeded')
  for (const one of processes) await one.close()
})

test('the same content twice at once is one object and two files', async () => {
  const body = csv(5_000)
  const urls = await Promise.all([begun({ name: 'twin.csv', bytes: 5_000 }), begun({ name: 'twin.csv', bytes: 5_000 })])
  const ends = await Promise.all(urls.map((url) => append(officer, url, 0, body)))
  expect(new Set(ends.map((reply) => reply.headers['upload-file'])).size).toBe(2)
  expect(await filesOf('twin.csv')).toHaveLength(2)
  expect(await app.query('SELECT bytes::int FROM objects WHERE sha256 = $1', [sha256(body)])).toEqual([
    { bytes: 5_000 },
  ])
})

test.each(['before its hash was noted', 'before the content had its place', 'before its row', 'before the file'])(
  'a process killed %s: a job makes exactly one file',
  async (point) => {
    const body = csv(3_000)
    const hash = sha256(body)
    const name = `${point}.csv`
    const url = await begun({ name, bytes: 3_000 })
    await append(officer, url, 0, body.subarray(0, 2_999))
    writeFileSync(stagedPath(url), body)
    const object = join(app.dataDir, 'files', objectKey(hash))
    if (point !== 'before its hash was noted')
      await app.query("UPDATE uploads SET state = 'arrived', object_sha256 = $2 WHERE id = $1", [idOf(url), hash])
    if (point === 'before its row' || point === 'before the file') {
      mkdirSync(join(object, '..'), { recursive: true })
      writeFileSync(object, body)
      rmSync(stagedPath(url))
    }
    if (point === 'before the file') {
      await app.query(
        "INSERT INTO objects (sha256, bytes, media_type, kept_at) VALUES ($1, 3000, 'text/plain', now())",
        [hash],
      )
      await app.query("INSERT INTO object_copies (sha256, store, written_at) VALUES ($1, 'filesystem', now())", [hash])
    }
    app.clock.pass(20 * 60)
    await runScheduled('uploads.tidy')
    await runScheduled('uploads.resume')
    expect((await head(officer, url)).headers).toMatchObject({
      'upload-offset': '3000',
      'upload-file': expect.any(String),
    })
    expect(await filesOf(name)).toHaveLength(1)
    expect(readFileSync(object)).toEqual(body)
    expect(existsSync(stagedPath(url))).toBe(false)
  },
)

test('an upload that was given up by its person, or not touched for seven days, ends and its bytes go', async () => {
  const given = await begun({ bytes: 100 })
  await append(officer, given, 0, csv(50))
  expect((await app.call(officer, 'DELETE', given, { headers: tus })).statusCode).toBe(204)
  expect((await head(officer, given)).statusCode).toBe(404)
  const left = await begun({ bytes: 100 })
  await append(officer, left, 0, csv(50))
  const orphan = join(app.dataDir, 'files', 'uploads', '00000000-0000-7000-8000-00000000beef')
  writeFileSync(orphan, 'x')
  utimesSync(orphan, new Date(Date.now() - 7_200_000), new Date(Date.now() - 7_200_000))
  app.clock.pass(6 * 86_400)
  await runScheduled('uploads.tidy')
  expect(await app.query('SELECT state FROM uploads WHERE id = $1', [idOf(left)])).toEqual([{ state: 'arriving' }])
  expect(existsSync(orphan)).toBe(false)
  app.clock.pass(86_401)
  await runScheduled('uploads.tidy')
  expect(await app.query('SELECT state FROM uploads WHERE id = $1', [idOf(left)])).toEqual([{ state: 'expired' }])
  expect(readdirSync(join(app.dataDir, 'files', 'uploads'))).toEqual([])
})

test('what had arrived and is lost is looked for during a day, not for ever', async () => {
  const sender = await app.createUser({ role: 'staff' })
  const url = String((await begin(sender, { bytes: 100 })).headers.location)
  await append(sender, url, 0, csv(99))
  await app.query("UPDATE uploads SET state = 'arrived' WHERE id = $1", [idOf(url)])
  rmSync(stagedPath(url))
  const finish = app.composition.registrations.find(({ job }) => job.name === 'uploads.finish')
  const run = () =>
    finish?.handle(
      { uploadId: idOf(url) },
      { log: pino({ level: 'silent' }), signal: new AbortController().signal, lastTry: true },
    )
  await expect(run()).rejects.toThrow('has no uploads/')
  const ended = () => app.query('SELECT state, refusal FROM uploads WHERE id = $1', [idOf(url)])
  expect(await ended()).toEqual([{ state: 'arrived', refusal: null }])
  app.clock.pass(86_401)
  await run()
  expect(await ended()).toEqual([{ state: 'refused', refusal: expect.stringContaining('Send it again') }])
})
