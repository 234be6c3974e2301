import { once } from 'node:events'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type AskOptions, ask } from '#testing/ask.ts'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { noHaproxy, startHaproxy } from '#testing/peers/haproxy.ts'
import { type Command, type Installation, inProduction, install } from '#testing/peers/installation.ts'
import { noNginx, type ProxyPeer, startNginx } from '#testing/peers/nginx.ts'
import { freePort, until } from '#testing/peers/peer.ts'

let database: EmptyDb
/** Callers come from here: only 127.0.0.1, where the proxies are, is trusted. */
const caller = '127.0.0.2'
const account = { email: 'admin@example.org', password: 'a long enough passphrase 7' }
let port: number
let place: Installation
let web: Command

beforeAll(async () => {
  database = await createEmptyDb()
  port = await freePort()
  place = install({
    ...inProduction,
    PORT: String(port),
    DATABASE_URL: database.url,
    EMAIL_HOST: '127.0.0.1',
    EMAIL_PORT: '1',
    WEB_CONCURRENCY: '1',
    TRUSTED_PROXIES: '127.0.0.1',
    OBCMS_ADMIN_PASSWORD: account.password,
  })
  for (const args of [['build'], ['migrate'], ['users', 'create-admin', '--email', account.email]])
    expect((await place.run(args)).code).toBe(0)
  web = place.begin(['serve'])
  await web.hears(/web ready/)
}, 180_000)

afterAll(async () => {
  await place?.close()
  await database?.drop()
})

/** What the access log says of one request. */
async function logged(answer: Answer): Promise<Record<string, unknown>> {
  const find = () =>
    web.log().find((line) => line.msg === 'request' && line.requestId === answer.headers['x-request-id'])
  await until('the request is logged', () => find() !== undefined)
  return find() ?? {}
}

const proxies = [
  { name: 'nginx', missing: noNginx, start: () => startNginx({ upstreamPort: port }) },
  { name: 'HAProxy', missing: noHaproxy, start: () => startHaproxy({ upstreamPorts: [port] }) },
]

describe.each(proxies)('$name as shipped, with TLS', ({ missing, start }) => {
  describe.skipIf(missing)(missing ?? 'in front of OBCMS', () => {
    let proxy: ProxyPeer
    let session: string
    const through = (path: string, options: AskOptions = {}) =>
      ask(`${proxy.url}${path}`, { ca: proxy.ca, from: caller, ...options })

    beforeAll(async () => {
      proxy = await start()
      await until('the proxy finds OBCMS', async () => (await through('/health/')).status === 200)
    })
    afterAll(() => proxy?.stop())

    test('plain http goes to https once, and there is the page', async () => {
      const plain = await ask(`${proxy.plainUrl}/communities?q=a`, { from: caller })
      expect([301, 308]).toContain(plain.status)
      expect(plain.headers.location).toMatch(/^https:\/\/localhost.*\/communities\?q=a$/)
      const page = await through('/communities')
      expect([page.status, page.headers['strict-transport-security']]).toEqual([
        200,
        'max-age=31536000; includeSubDomains; preload',
      ])
    })

    test('sign-in sets a cookie for https and this host only', async () => {
      const answer = await through('/api/v1/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: new URL(proxy.url).origin },
        body: JSON.stringify(account),
      })
      expect(answer.status).toBe(200)
      const cookie = [answer.headers['set-cookie']].flat().join()
      for (const part of ['__Host-obcms_session=', 'Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
        expect(cookie).toContain(part)
      session = cookie.split(';')[0] ?? ''
      expect((await through('/api/v1/session', { headers: { cookie: session } })).json()).toMatchObject({
        session: { user: { email: account.email } },
      })
    })

    test('what a caller claims about itself does not count', async () => {
      const answer = await through('/api/v1/places?q=ala', {
        headers: {
          'x-forwarded-for': '198.51.100.7',
          'x-forwarded-proto': 'http',
          'x-forwarded-host': 'evil.example.org',
          'x-forwarded-port': '81',
          forwarded: 'for=198.51.100.7;proto=http;host=evil.example.org',
          'cf-connecting-ip': '198.51.100.7',
        },
      })
      // Not 301 to https, not 400 for the host: only the missing session is wrong.
      expect(answer.status).toBe(401)
      expect(await logged(answer)).toMatchObject({ address: caller, status: 401 })
    })

    test('another host is refused; another site may change nothing', async () => {
      expect((await through('/', { headers: { host: 'evil.example.org' } })).json()).toMatchObject({
        code: 'host_not_allowed',
      })
      const change = (origin: string) =>
        through('/api/v1/session', { method: 'DELETE', headers: { cookie: 'x=1', origin } })
      expect((await change('https://evil.example.org')).json()).toMatchObject({ code: 'cross_site_request' })
      expect((await change('http://localhost')).json()).toMatchObject({ code: 'cross_site_request' })
    })

    test('an upload of 49 MB passes, and one of 100 MB reaches OBCMS, which says what it takes', async () => {
      const send = async (megabytes: number) => {
        const head =
          '--edge\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\nContent-Type: text/csv\r\n\r\nName,PSGC\n'
        const body = Buffer.concat([
          Buffer.from(head),
          Buffer.alloc(megabytes * 1_000_000, 'a community,1208001001\n'),
          Buffer.from('\r\n--edge--\r\n'),
        ])
        return through('/api/v1/imports', {
          method: 'POST',
          headers: {
            cookie: session,
            origin: new URL(proxy.url).origin,
            'content-type': 'multipart/form-data; boundary=edge',
            'content-length': String(body.length),
          },
          body,
        })
      }
      const passed = await send(49)
      expect([passed.status, passed.body]).toEqual([201, expect.stringContaining('"id"')])
      const refused = await send(100)
      expect(refused.status).toBe(413)
      expect(refused.json()).toMatchObject({ code: 'file_too_large' })
    }, 60_000)

    test('an event stream arrives as it is sent, not when it ends', async () => {
      const from = performance.now()
      const stream = await openStream(`${proxy.url}/api/v1/events`, { ca: proxy.ca, cookie: session })
      expect(stream.type).toContain('text/event-stream')
      await stream.first
      expect(performance.now() - from).toBeLessThan(15_000)
      stream.close()
    })
  })
})

test('past the proxy: plain http is sent to https, forwarded headers count from it only', async () => {
  const claims = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '198.51.100.7' }
  const direct = (from: string) =>
    ask(`http://127.0.0.1:${port}/communities`, { from, headers: { host: 'localhost', ...claims } })
  const stranger = await direct('127.0.0.3')
  expect([stranger.status, stranger.headers.location]).toEqual([301, 'https://localhost/communities'])
  expect(await logged(stranger)).toMatchObject({ address: '127.0.0.3' })
  const proxied = await direct('127.0.0.1')
  expect(proxied.status).toBe(200)
  expect(await logged(proxied)).toMatchObject({ address: '198.51.100.7' })
  for (const probe of ['/health/', '/ready/'])
    expect((await ask(`http://127.0.0.1:${port}${probe}`, { from: '127.0.0.3' })).status).toBe(200)
})

/** The first words of a stream, as they come. */
function openStream(url: string, { ca, cookie }: { ca: string; cookie: string }) {
  return new Promise<{ type: string; first: Promise<void>; close(): void }>((resolve, reject) => {
    const asked = request(
      url,
      { ca, headers: { cookie }, agent: false, family: 4, localAddress: caller },
      (response) => {
        resolve({
          type: String(response.headers['content-type']),
          first: once(response, 'data').then(() => {}),
          close: () => asked.destroy(),
        })
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}
