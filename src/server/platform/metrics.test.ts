import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { loadConfig } from './config.ts'
import { createHttp, type HttpServer } from './http.ts'
import { createMetrics, serveMetrics } from './metrics.ts'
import { createSecurity } from './security.ts'

const log = pino({ level: 'silent' })
let http: HttpServer
afterEach(() => http?.app.close())

async function serve(env: Record<string, string> = {}) {
  const config = loadConfig({ ALLOWED_HOSTS: 'obcms.example.org', ...env })
  const metrics = createMetrics()
  http = await createHttp({ log, config, metrics, security: createSecurity(log), resolveActor: async () => undefined })
  http.app.get('/things/:id', async (request) => {
    if ((request.params as { id: string }).id === 'broken') throw new Error('broken')
    return 'fine'
  })
  serveMetrics(http.app, { config, metrics })
  return metrics
}
const ask = (url: string, options: { remoteAddress?: string; headers?: Record<string, string> } = {}) =>
  http.app.inject({ url, ...options, headers: { host: 'obcms.example.org', ...options.headers } })

test('requests are counted by route, not by address', async () => {
  await serve()
  for (const id of ['1', '2', 'broken']) await ask(`/things/${id}`)
  const { body, headers } = await ask('/metrics')
  expect(headers['content-type']).toContain('text/plain')
  expect(body).toContain('obcms_http_request_duration_seconds_count{method="GET",route="/things/:id",status="200"} 2')
  expect(body).toContain('obcms_http_request_duration_seconds_count{method="GET",route="/things/:id",status="500"} 1')
  expect(body).toMatch(/nodejs_eventloop_lag_seconds \S+/)
  expect(body).toMatch(/process_resident_memory_bytes \d+/)
  expect(body).not.toContain('/things/1')
})

test('an address that is not there is one route, however many are tried', async () => {
  await serve()
  for (let n = 0; n < 50; n += 1) await ask(`/scan/${n}.php`)
  const { body } = await ask('/metrics')
  expect(body).toContain('route="none",status="404"} 50')
  expect(body).not.toContain('php')
})

test.each([
  ['this machine', {}, 200],
  ['outside', { remoteAddress: '203.0.113.9' }, 404],
  [
    'a neighbour who claims to be this machine',
    { remoteAddress: '192.168.1.50', headers: { 'x-forwarded-for': '127.0.0.1' } },
    404,
  ],
  ['outside, behind our proxy', { headers: { 'x-forwarded-for': '203.0.113.9' } }, 404],
  ['outside with the token', { remoteAddress: '203.0.113.9', headers: { authorization: 'Bearer scrape-me' } }, 200],
  ['outside with another', { remoteAddress: '203.0.113.9', headers: { authorization: 'Bearer scrape-mX' } }, 404],
])('%s', async (_what, options, status) => {
  await serve({ METRICS_TOKEN: 'scrape-me' })
  expect((await ask('/metrics', options)).statusCode).toBe(status)
})

test('without a token set, an empty one opens nothing', async () => {
  await serve()
  const outside = { remoteAddress: '203.0.113.9', headers: { authorization: 'Bearer ' } }
  expect((await ask('/metrics', outside)).statusCode).toBe(404)
})

test('a snapshot tells what happened since the last one', async () => {
  const metrics = await serve()
  for (const id of ['1', 'broken']) await ask(`/things/${id}`)
  metrics.job({ job: 'a.b', ok: false, seconds: 1 })
  expect(metrics.snapshot()).toMatchObject({ requests: 2, errors: 1, jobsDone: 0, jobsFailed: 1 })
  expect(metrics.snapshot()).toMatchObject({ requests: 0, errors: 0, p95Ms: 0, jobsFailed: 0 })
})
