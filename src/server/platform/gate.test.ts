import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { InjectOptions } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineRoutes } from '#contract/route.ts'
import { loadConfig } from './config.ts'
import { hostMatcher } from './gate.ts'
import { createHttp, type HttpServer } from './http.ts'
import { createMetrics } from './metrics.ts'
import { createSecurity } from './security.ts'

const lines: Record<string, unknown>[] = []
const log = pino(
  { level: 'info' },
  new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  }),
)

const routes = defineRoutes({
  read: {
    method: 'GET',
    path: '/api/v1/thing',
    summary: '',
    permission: 'public',
    reply: z.object({ ok: z.boolean() }),
  },
  write: {
    method: 'POST',
    path: '/api/v1/thing',
    summary: '',
    permission: 'public',
    body: z.object({}),
    reply: z.object({ ok: z.boolean() }),
  },
})

async function server(env: Record<string, string>): Promise<HttpServer> {
  const config = loadConfig({ ...env, LOG_LEVEL: 'silent' })
  const made = await createHttp({
    log,
    config,
    security: createSecurity(log),
    metrics: createMetrics(),
    resolveActor: async () => undefined,
  })
  made.serve(routes, { read: async () => ({ ok: true }), write: async () => ({ ok: true }) })
  await made.app.ready()
  return made
}

const production = {
  ALLOWED_HOSTS: 'obcms.example.org,.oobc.example.org',
  CSRF_TRUSTED_ORIGINS: 'https://partner.example.org',
  BASE_URL: 'https://obcms.example.org',
  SECURE_SSL_REDIRECT: '1',
}
const viaProxy = { host: 'obcms.example.org', 'x-forwarded-proto': 'https', 'x-forwarded-for': '198.51.100.7' }

describe('hosts', () => {
  test.each([
    ['obcms.example.org', true],
    ['OBCMS.example.org.', true],
    ['obcms.example.org:8000', true],
    ['a.oobc.example.org', true],
    ['oobc.example.org', true],
    ['evil-oobc.example.org', false],
    ['obcms.example.org.evil.org', false],
    ['', false],
    ['a b', false],
    ['obcms.example.org/x', false],
    ['[::1]:8000', false],
  ])('%s: %s', (host, isOurs) => {
    expect(hostMatcher(['obcms.example.org', '.oobc.example.org'])(host)).toBe(isOurs)
  })
  test('a port that is named must be the one; IPv6', () => {
    const isOurs = hostMatcher(['obcms.example.org:8443', '[::1]'])
    expect(['obcms.example.org:8443', 'obcms.example.org', '[::1]:8000', '[::2]'].map(isOurs)).toEqual([
      true,
      false,
      true,
      false,
    ])
  })
})

describe('behind a proxy', () => {
  let http: HttpServer
  beforeAll(async () => {
    http = await server(production)
  })
  afterAll(() => http.app.close())
  const ask = (options: InjectOptions) => http.app.inject(options)

  test('another host is refused and noted; the probes answer any', async () => {
    const reply = await ask({ url: '/api/v1/thing', headers: { ...viaProxy, host: 'evil.example.org' } })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'host_not_allowed'])
    expect(lines).toContainEqual(
      expect.objectContaining({
        log: 'security',
        event: 'host_refused',
        host: 'evil.example.org',
        address: '198.51.100.7',
      }),
    )
    const probe = await ask({ url: '/health/', headers: { host: 'whatever' } })
    expect(probe.statusCode).toBe(404)
  })

  test('a spoofed X-Forwarded-Host of a trusted proxy is judged as the host', async () => {
    const reply = await ask({ url: '/api/v1/thing', headers: { ...viaProxy, 'x-forwarded-host': 'evil.example.org' } })
    expect(reply.json().code).toBe('host_not_allowed')
  })

  test('plain requests go to https, each with its method', async () => {
    const headers = { host: 'obcms.example.org:80' }
    const read = await ask({ url: '/communities?q=a%20b', headers })
    expect([read.statusCode, read.headers.location]).toEqual([301, 'https://obcms.example.org/communities?q=a%20b'])
    const write = await ask({ method: 'POST', url: '/api/v1/thing', headers })
    expect([write.statusCode, write.headers.location]).toEqual([308, 'https://obcms.example.org/api/v1/thing'])
    expect((await ask({ url: '/api/v1/thing', headers: viaProxy })).statusCode).toBe(200)
  })

  test.each([
    ['from a peer that is no proxy', { remoteAddress: '203.0.113.9', headers: viaProxy }, 301],
    ['from the proxy', { remoteAddress: '10.0.0.2', headers: viaProxy }, 200],
  ])('forwarded headers %s', async (_what, options, status) => {
    expect((await ask({ url: '/api/v1/thing', ...options })).statusCode).toBe(status)
  })

  const cookie = 'obcms_session=x'
  test.each([
    ['our own page', { origin: 'https://obcms.example.org', cookie }, 200],
    ['a trusted origin', { origin: 'https://partner.example.org', 'sec-fetch-site': 'cross-site', cookie }, 200],
    ['our name over http', { origin: 'http://obcms.example.org', cookie }, 403],
    ['another port', { origin: 'https://obcms.example.org:8443', cookie }, 403],
    ['another site', { origin: 'https://evil.example.org', cookie }, 403],
    ['another site, without a cookie', { origin: 'https://evil.example.org' }, 403],
    ['no origin at all', { origin: 'null', cookie }, 403],
    ['a sibling site', { 'sec-fetch-site': 'same-site', cookie }, 403],
    ['the same origin by Sec-Fetch-Site', { 'sec-fetch-site': 'same-origin', cookie }, 200],
    ['a cookie and no word of where from', { cookie }, 403],
    ['no cookie and no browser', {}, 200],
  ])('changes from %s', async (_what, headers, status) => {
    const reply = await ask({
      method: 'POST',
      url: '/api/v1/thing',
      headers: { ...viaProxy, 'content-type': 'application/json', ...headers },
      payload: '{}',
    })
    expect(reply.statusCode).toBe(status)
    if (status === 403) expect(reply.json().code).toBe('cross_site_request')
  })

  test('the id of a request comes from the proxy, when it looks like one, and goes back', async () => {
    const idOf = async (id: string, remoteAddress?: string) =>
      (
        await ask({
          url: '/api/v1/thing',
          ...(remoteAddress && { remoteAddress }),
          headers: { ...viaProxy, 'x-request-id': id },
        })
      ).headers['x-request-id']
    expect(await idOf('edge-0123456789')).toBe('edge-0123456789')
    expect(await idOf('a b c d e f g')).toMatch(/^[0-9a-f-]{36}$/)
    expect(await idOf('edge-0123456789', '203.0.113.9')).not.toBe('edge-0123456789')
  })

  test('one line for each request, without what stands in the address', async () => {
    lines.length = 0
    await ask({ url: '/api/v1/thing?q=secret-in-query', headers: viaProxy })
    const line = lines.find(({ msg }) => msg === 'request')
    expect(line).toMatchObject({
      method: 'GET',
      route: '/api/v1/thing',
      status: 200,
      us: expect.any(Number),
      bytes: expect.any(Number),
      requestId: expect.any(String),
      address: '198.51.100.7',
    })
    const secret = 'a-1'.repeat(14).padEnd(43, 'x')
    await ask({ method: 'HEAD', url: `/api/v1/shared/${secret}`, headers: viaProxy })
    await ask({ url: `/api/v1/shared/${secret}/nothing`, headers: viaProxy })
    expect(lines.at(-1)).toMatchObject({ route: '/api/v1/shared/…/nothing', status: 404 })
    expect(JSON.stringify(lines)).not.toContain('secret-in-query')
    expect(JSON.stringify(lines)).not.toContain(secret)
  })
})

describe('slow and oversized requests over a real connection', () => {
  let http: HttpServer
  let port: number
  beforeAll(async () => {
    http = await server({ REQUEST_TIMEOUT: '3', HEADERS_TIMEOUT: '2' })
    await http.app.listen({ host: '127.0.0.1', port: 0 })
    port = (http.app.server.address() as AddressInfo).port
  })
  afterAll(() => http.app.close())

  async function open(): Promise<{ socket: Socket; ended: Promise<string> }> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    let text = ''
    socket.on('data', (chunk) => (text += chunk))
    socket.on('error', () => {})
    return { socket, ended: new Promise((resolve) => socket.once('close', () => resolve(text))) }
  }
  const post = (extra = '') =>
    `POST /api/v1/thing HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${extra}`
  const isFine = async () => (await fetch(`http://127.0.0.1:${port}/api/v1/thing`)).status

  test.each([
    ['1 MB of headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`, 431],
    ['one header of 9,000 bytes', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`, 431],
    ['150 headers', `GET / HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(150)}\r\n`, 431],
    ['a request line of 5,000 bytes', `GET /${'x'.repeat(5_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 414],
    ['what is no HTTP', 'HELLO\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example.org\r\n\r\n', 400],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x'), 400],
    ['a body too large', post(`Content-Length: 9000000\r\n\r\n${'x'.repeat(300_000)}`), 413],
  ])('%s', async (_what, text, status) => {
    const { socket, ended } = await open()
    socket.write(text.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    const reply = await ended
    expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(reply).toContain('application/problem+json')
    expect(await isFine()).toBe(200)
  })

  // They wait, and each on a connection of its own.
  test.concurrent.each([
    ['headers drop by drop (slow-loris)', 'GET /api/v1/thing HTTP/1.1\r\nHost: localhost\r\n', 'X-A: b\r\n'],
    ['a body that never ends', post('Content-Length: 100000\r\n\r\n{'), ' '],
    ['a chunked body that never ends', post('Transfer-Encoding: chunked\r\n\r\n'), '1\r\n \r\n'],
  ])('%s ends in 408 and harms nobody', async (_what, start, drop) => {
    const { socket, ended } = await open()
    socket.write(start)
    const dripping = setInterval(() => socket.write(drop), 100)
    const other = await isFine()
    const reply = await Promise.race([ended, sleep(15_000, 'still open')])
    clearInterval(dripping)
    socket.destroy()
    expect(other).toBe(200)
    expect(reply).toMatch(/^HTTP\/1.1 408 /)
  })
})
