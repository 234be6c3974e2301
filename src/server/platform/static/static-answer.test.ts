import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../config.ts'
import { requestIds } from '../gate.ts'
import { createHttp, type HttpServer } from '../http.ts'
import { createMetrics } from '../metrics.ts'
import { createSecurity } from '../security.ts'
import { compressSite } from './compressed.ts'
import { serveSite } from './serve-site.ts'

const script = `export const words = ${JSON.stringify('a word and another word '.repeat(400))}`
const page = '<!doctype html><script type="module" src="/assets/app-1a2b3c4d.js"></script>'
const asset = '/assets/app-1a2b3c4d.js'
const size = script.length

interface Reply {
  status: number
  headers: Record<string, string | undefined>
  body: Buffer
}

let dir: string
let server: HttpServer
let port: number
let lines: Record<string, unknown>[] = []

/** Every request comes by a way that was never seen before, and so goes through the framework. */
const freshWay: Record<string, string> = { 'x-forwarded-port': 'fresh' }
let ways = 8_000

/** Over a real connection, with the address as it is given. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const isFresh = headers['x-forwarded-port'] === freshWay['x-forwarded-port']
    if (isFresh) ways += 1
    const sentHeaders = isFresh ? { ...headers, 'x-forwarded-port': String(ways) } : headers
    const sent = request({ host: '127.0.0.1', port, path, method, headers: sentHeaders }, (reply) => {
      const chunks: Buffer[] = []
      reply.on('data', (chunk: Buffer) => chunks.push(chunk))
      reply.on('end', () =>
        resolve({
          status: reply.statusCode ?? 0,
          headers: reply.headers as Reply['headers'],
          body: Buffer.concat(chunks),
        }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function start(staticUrl?: string): Promise<HttpServer> {
  const config = loadConfig({ OVERLOAD_DELAY_MS: '0', ...(staticUrl && { STATIC_URL: staticUrl }) })
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const metrics = createMetrics()
  const made = await createHttp({
    log,
    config,
    metrics,
    security: createSecurity(log),
    resolveActor: async () => undefined,
  })
  await serveSite(made.app, dir, { metrics, requestId: requestIds(config), staticUrl: config.staticUrl })
  await made.app.listen({ host: '127.0.0.1', port: 0 })
  const address = made.app.server.address()
  port = typeof address === 'object' && address ? address.port : 0
  return made
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'obcms-static-'))
  mkdirSync(join(dir, 'assets'))
  mkdirSync(join(dir, '.vite'))
  writeFileSync(join(dir, 'index.html'), page)
  writeFileSync(join(dir, asset), script)
  writeFileSync(join(dir, 'assets/dot-5e6f7a8b.png'), Buffer.from([1, 2, 3]))
  writeFileSync(join(dir, '.vite/manifest.json'), '{}')
  await compressSite(dir)
  server = await start()
})
afterAll(async () => {
  await server.app.close()
  rmSync(dir, { recursive: true })
})

/** The first request of a way goes through the framework, the next ones do not: the rules are the same. */
const warmUp = () => ask(asset)

describe.each([
  ['through the framework', '/*', freshWay],
  ['past the framework', '/assets/*', {} as Record<string, string>],
])('%s', (_how, route, extra) => {
  beforeAll(warmUp)

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
    ['zstd', zstdDecompressSync],
  ] as const)('sends the %s copy', async (coding, decompress) => {
    const { status, headers, body } = await ask(asset, { ...extra, 'accept-encoding': coding })
    expect({ status, ...headers }).toMatchObject({
      status: 200,
      'content-encoding': coding,
      'content-length': String(body.length),
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
      etag: expect.stringMatching(new RegExp(`^"[\\w-]{27}-${coding}"$`)),
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("script-src 'self';"),
      'permissions-policy': expect.any(String),
      'x-request-id': expect.any(String),
    })
    expect(decompress(body).toString()).toBe(script)
    expect(body.length).toBeLessThan(size)
  })

  it('gives each variant an ETag of its own', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', 'zstd', 'identity'].map(
        async (coding) => (await ask(asset, { ...extra, 'accept-encoding': coding })).headers.etag,
      ),
    )
    expect(new Set(tags).size).toBe(4)
  })

  it('knows what it has sent', async () => {
    const coded = { ...extra, 'accept-encoding': 'br' }
    const { headers } = await ask(asset, coded)
    const etag = headers.etag ?? ''
    const cases: [string, number][] = [
      [etag, 304],
      [`W/${etag}`, 304],
      [`"other", ${etag}`, 304],
      [`"a,b",${etag},"c"`, 304],
      ['*', 304],
      ['"other"', 200],
      [etag.replace('-br', ''), 200],
      [etag.slice(1, -1), 200],
    ]
    for (const [given, expected] of cases) {
      const reply = await ask(asset, { ...coded, 'if-none-match': given })
      expect([given, reply.status]).toEqual([given, expected])
      if (expected !== 304) continue
      expect(reply.body).toHaveLength(0)
      expect(reply.headers).toMatchObject({
        etag,
        vary: 'Accept-Encoding',
        'cache-control': 'public, max-age=31536000, immutable',
        date: expect.any(String),
      })
      for (const name of ['content-type', 'content-encoding', 'content-length'])
        expect(reply.headers[name]).toBeUndefined()
    }
    for (const [given, expected] of [
      [etag, 200],
      ['*', 200],
      [`W/${etag}`, 412],
      ['"other"', 412],
    ] as const)
      expect((await ask(asset, { ...coded, 'if-match': given })).status).toBe(expected)
  })

  it('sends a part of the file as it is', async () => {
    const cases: [string, string, string][] = [
      ['bytes=0-0', script.slice(0, 1), `bytes 0-0/${size}`],
      ['bytes=10-19', script.slice(10, 20), `bytes 10-19/${size}`],
      ['bytes=-5', script.slice(-5), `bytes ${size - 5}-${size - 1}/${size}`],
      [`bytes=${size - 3}-`, script.slice(-3), `bytes ${size - 3}-${size - 1}/${size}`],
      [`bytes=5-${size * 2}`, script.slice(5), `bytes 5-${size - 1}/${size}`],
      ['BYTES=0-3', script.slice(0, 4), `bytes 0-3/${size}`],
    ]
    for (const [range, text, contentRange] of cases) {
      const { status, headers, body } = await ask(asset, { ...extra, 'accept-encoding': 'br', range })
      expect([range, status, headers['content-range']]).toEqual([range, 206, contentRange])
      expect(body.toString()).toBe(text)
      expect(headers['content-encoding']).toBeUndefined()
      expect(headers['content-length']).toBe(String(text.length))
      expect(headers.vary).toBe('Accept-Encoding')
    }
  })

  it.each(['bytes=0-1,4-5', 'bytes=5-2', 'bytes=x', 'pages=1-2', 'bytes'])('sends all for “%s”', async (range) => {
    const { status, headers, body } = await ask(asset, { ...extra, range })
    expect([status, headers['content-range'], body.length]).toEqual([200, undefined, size])
  })

  it.each([`bytes=${size}-`, `bytes=${size + 5}-${size + 9}`, 'bytes=-0'])('cannot send “%s”', async (range) => {
    const { status, headers, body } = await ask(asset, { ...extra, range })
    expect([status, headers['content-range'], body.length]).toEqual([416, `bytes */${size}`, 0])
  })

  it('sends a part only of what the client has the start of', async () => {
    const { headers } = await ask(asset, extra)
    const etag = headers.etag ?? ''
    const range = 'bytes=0-3'
    for (const [given, status] of [
      [etag, 206],
      [`W/${etag}`, 200],
      ['"other"', 200],
      ['Wed, 21 Oct 2015 07:28:00 GMT', 200],
    ] as const)
      expect((await ask(asset, { ...extra, range, 'if-range': given })).status).toBe(status)
    expect((await ask(asset, { ...extra, range, 'if-none-match': etag })).status).toBe(304)
  })

  it('answers HEAD as GET without the body', async () => {
    for (const accepted of ['br', 'identity']) {
      const headers = { ...extra, 'accept-encoding': accepted }
      const [head, get] = [await ask(asset, headers, 'HEAD'), await ask(asset, headers)]
      expect([head.status, head.body.length]).toEqual([200, 0])
      for (const name of ['content-length', 'etag', 'content-type', 'content-encoding', 'vary'])
        expect(head.headers[name]).toBe(get.headers[name])
    }
    expect((await ask(asset, { ...extra, range: 'bytes=0-3' }, 'HEAD')).status).toBe(200)
  })

  it('sends nothing that the client refuses', async () => {
    const { status, headers, body } = await ask(asset, { ...extra, 'accept-encoding': 'identity;q=0' })
    expect([status, headers.vary, body.length]).toEqual([406, 'Accept-Encoding', 0])
  })

  it('writes one line for each request', async () => {
    lines = []
    await ask(asset, { ...extra, 'accept-encoding': 'br' })
    await expect.poll(() => lines.length).toBe(1)
    expect(lines[0]).toMatchObject({
      msg: 'request',
      method: 'GET',
      route,
      status: 200,
      us: expect.any(Number),
      bytes: expect.any(Number),
      address: '127.0.0.1',
      requestId: expect.any(String),
    })
  })

  it('other methods', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect((await ask(asset, extra, method)).status).toBeGreaterThanOrEqual(400)
  })
})

it('answers past the framework as through it', async () => {
  await warmUp()
  const own = new Set(['x-request-id', 'date', 'keep-alive'])
  const headersOf = async (extra: Record<string, string>) =>
    Object.entries((await ask(asset, { ...extra, 'accept-encoding': 'br' })).headers)
      .filter(([name]) => !own.has(name))
      .sort()
  expect(await headersOf({})).toEqual(await headersOf(freshWay))
})

it('keeps the id that a proxy of ours gives a request', async () => {
  await warmUp()
  const idOf = async (id: string) => (await ask(asset, { 'x-request-id': id })).headers['x-request-id']
  expect(await idOf('edge-0123456789')).toBe('edge-0123456789')
  expect(await idOf('a b')).toMatch(/^[0-9a-f-]{36}$/)
})

it('never lets the page grow stale', async () => {
  for (const path of ['/', '/communities', '/communities/1?x=/assets/', '/index.html']) {
    const { status, headers, body } = await ask(path)
    expect([path, status, headers['cache-control'], body.toString()]).toEqual([path, 200, 'no-cache', page])
    expect((await ask(path, { 'if-none-match': headers.etag ?? '' })).status).toBe(304)
  }
})

it.each([
  '/assets/app-00000000.js',
  '/assets/missing',
  '/assets/',
  '/assets',
  '/missing.js',
  '/.vite/manifest.json',
  '/.source',
  `${asset}.br`,
  '/assets/../../../etc/passwd',
  '/../../../../etc/passwd',
  '/assets/..%2f..%2f..%2fetc%2fpasswd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/assets%2fapp-1a2b3c4d.js',
  '/assets/%5c..%5c..%5cetc%5cpasswd',
  '/..\\..\\etc\\passwd',
  '/communities%00',
  `${asset}%00.html`,
  '//etc/passwd',
  '/assets//app-1a2b3c4d.js',
  '/%c0%ae%c0%ae/etc/passwd',
  '/%',
  '/assets/%zz',
])('%s is not there', async (path) => {
  for (const method of ['GET', 'HEAD']) {
    const { status, body } = await ask(path, {}, method)
    expect([400, 404]).toContain(status)
    expect(body.toString()).not.toMatch(/root:|<!doctype/)
  }
})

it('finds an address that is written with escapes', async () => {
  expect((await ask('/%61ssets/app-1a2b3c4d.js?v=1')).body.toString()).toBe(script)
})

it('leaves alone what does not grow smaller', async () => {
  const { headers, body } = await ask('/assets/dot-5e6f7a8b.png', { 'accept-encoding': 'br' })
  expect([headers['content-encoding'], headers['content-type'], [...body]]).toEqual([undefined, 'image/png', [1, 2, 3]])
})

it('points the page, and the policy of what it may load, at another server', async () => {
  const other = await start('https://static.example.gov.ph/obcms/')
  const { headers, body } = await ask('/', { 'accept-encoding': 'br' })
  expect(brotliDecompressSync(body).toString()).toContain(
    '"https://static.example.gov.ph/obcms/assets/app-1a2b3c4d.js"',
  )
  const policy = headers['content-security-policy']
  for (const kind of ['script-src', 'style-src', 'img-src', 'font-src'])
    expect(policy).toMatch(new RegExp(`${kind} [^;]*https://static\\.example\\.gov\\.ph(;| |$)`))
  expect(policy).not.toContain('/obcms')
  // A CDN may fetch them from here.
  for (let time = 0; time < 2; time++)
    expect((await ask(asset)).headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    })
  await other.app.close()
})
