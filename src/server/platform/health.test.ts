import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { loadConfig } from './config.ts'
import { type Check, type MinorCheck, type Probes, serveProbes } from './health.ts'
import { createHttp, type HttpServer } from './http.ts'
import { createMetrics } from './metrics.ts'
import { createSecurity } from './security.ts'

const log = pino({ level: 'silent' })
let http: HttpServer
let probes: Probes
afterEach(() => http.app.close())

async function serve(checks: Record<string, Check | MinorCheck>, secret?: string): Promise<void> {
  const config = loadConfig({ ALLOWED_HOSTS: 'obcms.example.org', SECURE_SSL_REDIRECT: '1' })
  http = await createHttp({
    log,
    config,
    security: createSecurity(log),
    metrics: createMetrics(),
    resolveActor: async () => undefined,
  })
  probes = serveProbes(http.app, { version: '1.2.3', checks, secret })
}
const fine: Check = async () => {}
const broken: Check = async () => {
  throw new Error('connect ECONNREFUSED 10.0.0.5:5432')
}
const ask = (url: string, headers: Record<string, string> = { host: '10.0.0.9:8000' }) =>
  http.app.inject({ url, headers })

test('both answer over plain http, under any host, without being kept', async () => {
  await serve({ database: fine, cache: fine })
  const health = await ask('/health/')
  expect([health.statusCode, health.headers['cache-control']]).toEqual([200, 'no-store'])
  expect(health.body).toBe('{"status":"healthy","service":"obcms","version":"1.2.3"}')
  const ready = await ask('/ready/')
  expect([ready.statusCode, ready.headers['cache-control']]).toEqual([200, 'no-store'])
  expect(ready.json()).toEqual({ status: 'ready', checks: { database: true, cache: true } })
})

test('GET and HEAD only', async () => {
  await serve({})
  for (const url of ['/health/', '/ready/'] as const) {
    expect((await http.app.inject({ method: 'HEAD', url })).statusCode).toBe(200)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)
      expect((await http.app.inject({ method, url })).statusCode).toBe(405)
  }
})

test('a failing check is named, without its reason; the other keeps its own word', async () => {
  await serve({ database: broken, storage: fine })
  const ready = await ask('/ready/')
  expect(ready.statusCode).toBe(503)
  expect(ready.json()).toEqual({ status: 'not_ready', checks: { database: false, storage: true } })
  expect((await ask('/health/')).statusCode).toBe(200)
})

test('a peer that never answers counts as failing after two seconds', async () => {
  await serve({ database: () => new Promise(() => {}), cache: fine })
  const started = performance.now()
  expect((await ask('/ready/')).json().checks).toEqual({ database: false, cache: true })
  expect(performance.now() - started).toBeGreaterThan(1_900)
})

test('a thousand probes look once', async () => {
  let looks = 0
  const slow: Check = async () => {
    looks += 1
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await serve({ database: slow })
  await Promise.all(Array.from({ length: 1_000 }, () => ask('/ready/')))
  expect(looks).toBeLessThanOrEqual(3)
})

test('a recovered part is seen within a second or so', async () => {
  let isUp = false
  await serve({ database: async () => (isUp ? undefined : broken()) })
  expect((await ask('/ready/')).statusCode).toBe(503)
  isUp = true
  await expect.poll(async () => (await ask('/ready/')).statusCode, { timeout: 5_000 }).toBe(200)
})

test('from the moment a stop begins: not ready, still alive', async () => {
  await serve({ database: fine })
  expect((await ask('/ready/')).statusCode).toBe(200)
  probes.stopping()
  expect((await ask('/ready/')).json()).toEqual({ status: 'not_ready', checks: { database: true } })
  expect((await ask('/health/')).statusCode).toBe(200)
})

test('details only for who knows the secret', async () => {
  await serve({ database: broken }, 'a-secret-for-probes')
  const details = { database: { ok: false, ms: expect.any(Number), why: expect.stringContaining('ECONNREFUSED') } }
  const asked = (secret: string) => ask('/ready/', { host: 'x', 'x-health-secret': secret })
  expect((await asked('a-secret-for-probes')).json()).toMatchObject({ version: '1.2.3', stopping: false, details })
  for (const wrong of ['', 'a-secret-for-probeX', 'short'])
    expect((await asked(wrong)).json()).not.toHaveProperty('details')
})

test.each([
  ['fails', broken],
  ['never answers', () => new Promise<void>(() => {})],
])(
  'what we can do without for a while: when it %s people are still sent here, and the details tell',
  async (_, check) => {
    await serve({ database: fine, bucket: { minor: check } }, 'a-secret-for-probes')
    const ready = await ask('/ready/', { host: 'x', 'x-health-secret': 'a-secret-for-probes' })
    expect(ready.statusCode).toBe(200)
    expect(ready.json()).toMatchObject({
      status: 'ready',
      checks: { database: true },
      details: { bucket: { ok: false, isMinor: true, why: expect.any(String) } },
    })
    expect(ready.json().checks).not.toHaveProperty('bucket')
  },
)

test('a check that hangs is not started again beside itself', async () => {
  let started = 0
  const hangs: Check = () => {
    started += 1
    return new Promise(() => {})
  }
  await serve({ storage: hangs })
  for (let turn = 0; turn < 2; turn += 1) {
    expect((await ask('/ready/')).json().checks).toEqual({ storage: false })
    await new Promise((resolve) => setTimeout(resolve, 1_100))
  }
  expect(started).toBe(1)
})
