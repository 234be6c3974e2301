import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { memoryCache } from '#server/platform/cache/memory-cache.ts'
import { loadConfig } from '#server/platform/config.ts'
import { createMetrics } from '#server/platform/metrics.ts'
import { createSecurity } from '#server/platform/security.ts'
import { createSecurityBuffer } from '#server/platform/security-buffer.ts'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { keepingService } from './keeping.service.ts'
import { systemService, withoutCredentials } from './system.service.ts'

let app: TestApp
let admin: TestUser
const url = '/api/v1/system'
const silent = pino({ level: 'silent' })

beforeAll(async () => {
  app = await createTestApp()
})
// Anew each time: between the tests days pass.
beforeEach(async () => {
  admin = await app.createUser({ role: 'administrator', name: 'Noor-ain Macapagal' })
})
afterAll(() => app.close())

const read = async (path = '') => (await app.call(admin, 'GET', `${url}${path}`)).json()

/** A process of its own beside the test app. */
function beginProcess(log = silent) {
  const metrics = createMetrics()
  const securityBuffer = createSecurityBuffer(app.clock)
  const keeping = keepingService({ db: app.db, clock: app.clock, log, metrics, securityBuffer })
  return { keeping, metrics, security: createSecurity(silent, securityBuffer.add) }
}

test('others than administrators see nothing of it', async () => {
  const executive = await app.createUser({ role: 'executive' })
  for (const path of ['', '/samples', '/security-events', '/checks'])
    expect((await app.call(executive, 'GET', `${url}${path}`)).json().code).toBe('forbidden')
})

describe('processes', () => {
  test('show at once as what they do, and no longer than 90 seconds after their last sign of life', async () => {
    const web = beginProcess()
    const worker = beginProcess()
    const both = beginProcess()
    const commandLine = beginProcess()
    const stops = [
      await web.keeping.start(false),
      await worker.keeping.start(true),
      await both.keeping.start(true),
      await commandLine.keeping.start(false),
    ]
    web.metrics.request({ method: 'GET', route: '/', status: 200, seconds: 0.25 })
    web.metrics.request({ method: 'GET', route: '/', status: 503, seconds: 0.25 })
    app.clock.pass(1)
    await web.keeping.serving()
    await both.keeping.serving()
    const seen = await read()
    expect(seen.processes.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['all', 'web', 'worker'])
    expect(seen.processes.find(({ kind }: { kind: string }) => kind === 'web')).toMatchObject({
      pid: process.pid,
      requests: 2,
      errors: 1,
      p95Ms: expect.closeTo(250, -1),
      memoryMb: expect.any(Number),
    })
    expect(seen.processes.find(({ kind }: { kind: string }) => kind === 'worker').p95Ms).toBeNull()
    for (const stop of stops) await stop()
    app.clock.pass(88)
    expect((await read()).processes).toHaveLength(3)
    app.clock.pass(3)
    expect((await read()).processes).toEqual([])
  })

  test('whose figures cannot be kept go on, and say so once', async () => {
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => void lines.push(line) })
    const { keeping } = beginProcess(log)
    await app.query('ALTER TABLE system_samples RENAME TO system_samples_away')
    const stop = await keeping.start(true)
    await keeping.serving()
    await stop()
    await app.query('ALTER TABLE system_samples_away RENAME TO system_samples')
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['the figures of this process could not be kept'])
  })

  test('of a day become points of all processes together', async () => {
    app.clock.pass(86_400)
    admin = await app.createUser({ role: 'administrator' })
    const now = app.clock.now()
    for (const [minutesAgo, requests] of [
      [3, 600],
      [3, 300],
      [1_300, 30],
      [2_000, 9],
    ])
      await app.query(
        `INSERT INTO system_samples (at, process_id, host, pid, kind, version, started_at, requests, errors, loop_ms, memory_mb, jobs_done, jobs_failed)
         VALUES ($1, gen_random_uuid(), 'h', 1, 'web', '1', $1, $2, 0, 1, 150, 0, 0)`,
        [new Date(now.getTime() - Number(minutesAgo) * 60_000), requests],
      )
    const { secondsPerPoint, items } = await read('/samples')
    expect([secondsPerPoint, items.length]).toEqual([600, 144])
    const measured = items.filter(({ memoryMb }: { memoryMb: number | null }) => memoryMb !== null)
    expect(measured).toHaveLength(2)
    expect(measured[1]).toMatchObject({ requestsPerSecond: 15, memoryMb: 300 })
    const hour = await read('/samples?hours=1')
    expect([hour.secondsPerPoint, hour.items.length]).toEqual([60, 60])
    for (const hours of ['0', '25', 'x'])
      expect((await app.call(admin, 'GET', `${url}/samples?hours=${hours}`)).json().code).toBe('invalid_input')
  })
})

test('the database, its last migration, the cache and the volume are told without a secret', async () => {
  const { database, cache, files, ready } = await read()
  expect(database).toMatchObject({
    version: expect.stringMatching(/^1[5-9]/),
    migration: { name: expect.stringMatching(/^\d{4}_/) },
  })
  expect(database.bytes).toBeGreaterThan(1_000_000)
  expect(database.connections.used).toBeGreaterThan(0)
  expect(database.connections.allowed).toBeGreaterThanOrEqual(database.connections.used)
  expect(cache).toEqual({ shared: false, up: true })
  expect(files.totalBytes).toBeGreaterThan(files.freeBytes)
  expect(ready).toEqual([{ name: 'database', ok: true, ms: expect.any(Number), why: null }])
  expect(withoutCredentials('no answer from redis://user:p@ss@cache:6379/0 or smtp://mail/')).toBe(
    'no answer from redis://cache:6379/0 or smtp://mail/',
  )
})

describe('security events', () => {
  test('are written together, with what strangers typed made harmless, and what is left at the end', async () => {
    await app.query('DELETE FROM security_events')
    const { keeping, security } = beginProcess()
    const stop = await keeping.start(true)
    security.record('signed_in', { userId: admin.id, address: '192.0.2.1', requestId: 'r1', secondFactor: false })
    security.record('host_refused', { host: `bad\u0000\ud800${'x'.repeat(500)}`, address: '192.0.2.2' })
    security.record('denied', { userId: 'no id', permission: undefined, origin: null })
    for (let index = 0; index < 250; index += 1) security.record('throttled', { throttle: 'email' })
    await stop()
    const { items, total } = await read('/security-events?limit=63')
    // Sixty of one kind in a minute, and how many there were more.
    expect(total).toBe(64)
    expect(items[0]).toMatchObject({ event: 'dropped', user: null, facts: { count: 190 } })
    const older = await read(`/security-events?limit=63&cursor=${items.at(-1).id}`)
    expect(older).toMatchObject({
      nextCursor: null,
      total: null,
      items: [
        {
          event: 'signed_in',
          user: { id: admin.id, name: 'Noor-ain Macapagal' },
          address: '192.0.2.1',
          requestId: 'r1',
          facts: { secondFactor: false },
        },
      ],
    })
    const refused = (await read('/security-events?event=host_refused')).items
    expect(refused).toHaveLength(1)
    expect(refused[0].facts.host).toMatch(/^bad\ufffdx{296}$/)
    const [denied] = (await read('/security-events?event=denied')).items
    expect([denied.user, denied.facts]).toEqual([null, {}])
  })

  test('are paged without gap or repeat, and a cursor of another list is refused', async () => {
    const seen: number[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: { items: { id: number }[]; nextCursor: string | null } = await read(
        `/security-events?event=throttled&limit=25${cursor && `&cursor=${cursor}`}`,
      )
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(seen).toHaveLength(60)
    expect(new Set(seen).size).toBe(60)
    for (const path of ['?cursor=x', '?cursor=-1', '?event=nonsense'])
      expect((await app.call(admin, 'GET', `${url}/security-events${path}`)).json().code).toBe('invalid_input')
  })
})

test('old figures and events go, recent ones stay', async () => {
  await app.query('DELETE FROM system_samples')
  await app.query('DELETE FROM security_events')
  const now = app.clock.now().getTime()
  const hour = 3_600_000
  for (const hours of [1, 24.9, 25.1, 719, 721]) {
    const at = new Date(now - hours * hour)
    await app.query(
      `INSERT INTO system_samples (at, process_id, host, pid, kind, version, started_at, requests, errors, loop_ms, memory_mb, jobs_done, jobs_failed)
       VALUES ($1, gen_random_uuid(), 'h', 1, 'web', '1', $1, 0, 0, 0, 0, 0, 0)`,
      [at],
    )
    await app.query(`INSERT INTO security_events (at, event, facts) VALUES ($1, 'denied', '{}')`, [at])
  }
  const tidy = app.composition.registrations.find(({ job }) => job.name === 'system.tidy')
  await tidy?.handle({}, { log: silent, signal: new AbortController().signal, lastTry: false })
  expect(await app.query('SELECT FROM system_samples')).toHaveLength(2)
  expect(await app.query('SELECT FROM security_events')).toHaveLength(4)
})

test('checks run once for all who ask, then again after half a minute; a run that failed is not kept', async () => {
  let runs = 0
  let answer = Promise.withResolvers<never[]>()
  const service = systemService({
    db: app.db,
    clock: app.clock,
    config: loadConfig({}),
    cache: memoryCache(),
    ready: async () => ({}),
    deployChecks: () => {
      runs += 1
      return answer.promise
    },
  })
  const both = [service.checks(), service.checks()]
  app.clock.pass(60)
  both.push(service.checks())
  answer.resolve([])
  await Promise.all(both)
  app.clock.pass(29)
  await service.checks()
  expect(runs).toBe(1)
  app.clock.pass(2)
  answer = Promise.withResolvers()
  const failing = service.checks()
  answer.reject(new Error('broken'))
  await expect(failing).rejects.toThrow('broken')
  answer = Promise.withResolvers()
  answer.resolve([])
  await service.checks()
  expect(runs).toBe(3)
})
