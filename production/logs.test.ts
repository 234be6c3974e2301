import { readdirSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { tables } from '#contract/endpoints.ts'
import type { Route } from '#contract/route.ts'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import type {} from '#testing/global-setup.ts'
import { type Command, type Installation, install } from '#testing/peers/installation.ts'
import { freePort, until } from '#testing/peers/peer.ts'

let database: EmptyDb
let place: Installation
let web: Command
let url: string
/** Of an administrator who is signed in. */
let session: string

/** Each is found again wherever it might be written. */
const secrets = {
  password: 'SEKRET-password-1f9b2c',
  account: 'SEKRET-account-5e0a77',
  cookie: 'SEKRET-cookie-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.slice(0, 43),
  bearer: `obcms_SEKRET-bearer-${'b'.repeat(29)}`.slice(0, 49),
  link: `SEKRET-link-${'c'.repeat(31)}`,
  query: 'SEKRET-query-77d1',
  code: '739105',
  person: 'SEKRET Person Amina',
  phone: '0917 555 0183',
  health: 'SEKRET-health-secret',
}

/** Every field that any of our bodies has, filled with a secret. */
const body = {
  email: 'sekret.person@example.org',
  name: secrets.person,
  phone: secrets.phone,
  password: secrets.password,
  currentPassword: secrets.password,
  newPassword: secrets.password,
  token: secrets.link,
  code: secrets.code,
  secret: secrets.link,
  notes: secrets.person,
  reason: secrets.person,
}

const onAdminDatabase = async (text: string) => {
  const client = new pg.Client({ connectionString: inject('databaseServer') })
  await client.connect()
  await client.query(text).finally(() => client.end())
}

beforeAll(async () => {
  database = await createEmptyDb()
  const port = await freePort()
  place = install({
    DATABASE_URL: database.url,
    PORT: String(port),
    WEB_CONCURRENCY: '1',
    LOG_LEVEL: 'trace',
    LOG_FORMAT: 'json',
    HEALTH_CHECK_SECRET: secrets.health,
  })
  expect((await place.run(['build'])).code).toBe(0)
  expect((await place.run(['migrate'])).code).toBe(0)
  web = place.begin(['serve'])
  await web.hears(/web ready/)
  url = `http://localhost:${port}`
  const account = { email: 'admin@example.org', password: secrets.account }
  const made = await place.run(['users', 'create-admin', '--email', account.email], {
    OBCMS_ADMIN_PASSWORD: account.password,
  })
  expect(made.code).toBe(0)
  const signedIn = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  session = /obcms_session=([\w-]{43})/.exec(signedIn.headers.getSetCookie().join())?.[1] ?? ''
  expect(session).not.toBe('')
}, 180_000)

afterAll(async () => {
  await place?.close()
  await database?.drop()
})

test('secrets sent through every route, good and bad, are never in the log', async () => {
  const routes = Object.values(tables).flatMap((table) => Object.values(table) as Route[])
  expect(routes.length).toBeGreaterThan(50)
  const ways: Record<string, string>[] = [
    { cookie: `obcms_session=${session}`, 'sec-fetch-site': 'same-origin' },
    { cookie: `obcms_session=${secrets.cookie}`, 'sec-fetch-site': 'same-origin' },
    { authorization: `Bearer ${secrets.bearer}` },
    { 'x-health-secret': secrets.health, 'sec-fetch-site': 'same-origin' },
  ]
  for (const route of routes) {
    const path = route.path.replace(/:\w+/g, '00000000-0000-7000-8000-000000000000')
    for (const headers of ways) {
      const isReading = route.method === 'GET' || route.method === 'HEAD'
      const reply = await fetch(`${url}${path}?q=${secrets.query}&token=${secrets.link}`, {
        method: route.method,
        headers: { ...headers, ...(!isReading && { 'content-type': 'application/json' }) },
        ...(!isReading && { body: JSON.stringify(body) }),
      })
      await reply.body?.cancel()
    }
  }
  // A sign-in that fails, one that is malformed, and an address that is none.
  const post = (payload: string) =>
    fetch(`${url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: payload })
  await post(JSON.stringify({ email: body.email, password: secrets.password }))
  await post(`{"password": "${secrets.password}`)
  await fetch(`${url}/${secrets.query}/%ff?password=${secrets.password}`)
  await fetch(`${url}/reset-password?x=${secrets.link}`)
  await until('all is logged', () => web.log().filter(({ msg }) => msg === 'request').length > routes.length * 4)
  for (const [what, secret] of Object.entries({ ...secrets, session, email: body.email }))
    expect(web.said().includes(secret), `${what} in the log`).toBe(false)
}, 120_000)

test('a line for each request, and JSON only', async () => {
  const reply = await fetch(`${url}/api/v1/places?q=ala`)
  const requestId = reply.headers.get('x-request-id')
  await until('it is logged', () => web.log().some((line) => line.requestId === requestId && line.msg === 'request'))
  expect(web.log().find((line) => line.requestId === requestId && line.msg === 'request')).toMatchObject({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    method: 'GET',
    route: '/api/v1/places',
    status: 401,
    us: expect.any(Number),
    bytes: expect.any(Number),
    address: '127.0.0.1',
  })
  for (const line of web.said().trim().split('\n')) expect(() => JSON.parse(line), line).not.toThrow()
})

test('the security log can be filtered by name; probes keep out of the log', async () => {
  const events = web.log().filter((line) => line.log === 'security')
  expect(events.map(({ event }) => event)).toContain('sign_in_failed')
  const before = web.log().length
  for (const path of ['/health/', '/ready/', '/metrics']) await fetch(`${url}${path}`)
  await fetch(`${url}/api/v1/places?q=ala`)
  await until('something is logged', () => web.log().length > before)
  expect(web.log().filter(({ route }) => /health|ready|metrics/.test(String(route)))).toEqual([])
})

test('nothing is written to files', () => {
  expect(readdirSync(place.dataDir, { recursive: true }).filter((name) => /log/i.test(String(name)))).toEqual([])
})

test('LOG_STDERR=1 splits the errors off', async () => {
  const port = await freePort()
  const split = place.begin(['serve'], { LOG_STDERR: '1', PORT: String(port), LOG_LEVEL: 'info' })
  let [out, err] = ['', '']
  split.child.stdout?.on('data', (chunk) => (out += chunk))
  split.child.stderr?.on('data', (chunk) => (err += chunk))
  await split.hears(/web ready/)
  const name = new URL(database.url).pathname.slice(1)
  await onAdminDatabase(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
  await onAdminDatabase(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
  try {
    await until('an error is logged', async () => {
      await fetch(`http://localhost:${port}/api/v1/registrations/organisations`)
      return /"level":50/.test(err)
    })
  } finally {
    await onAdminDatabase(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
  }
  expect(out).toMatch(/"level":30/)
  expect(out).not.toMatch(/"level":50/)
  expect(err).not.toMatch(/"level":[1234]0/)
  split.child.kill('SIGTERM')
  expect(await split.code).toBe(0)
}, 60_000)
