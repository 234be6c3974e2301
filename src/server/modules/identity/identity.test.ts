import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '#server/platform/config.ts'
import { createHttp } from '#server/platform/http.ts'
import { folderMail, type Mail } from '#server/platform/mail.ts'
import { createMetrics } from '#server/platform/metrics.ts'
import { createSecurity } from '#server/platform/security.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { cleanUp } from './identity.jobs.ts'
import { identityModule } from './index.ts'

let app: TestApp
const silent = pino({ level: 'silent' })

beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

/** The module alone, in the mode and with the mail that a test wants. */
function identityOf(mail: Mail, production: boolean, log = silent) {
  const config = { ...loadConfig({ BASE_URL: 'https://obcms.example.org' }), production }
  const { db, clock, cache } = app
  const enqueue = async () => {}
  return identityModule({
    config,
    db,
    cache,
    clock,
    log,
    mail,
    enqueue,
    secretKeys: ['k'.repeat(50)],
    security: createSecurity(log),
    metrics: createMetrics(),
    jobDesk: {} as never,
    storage: {} as never,
    checks: {},
  })
}

async function serve(mail: Mail, production: boolean, log = silent) {
  const identity = identityOf(mail, production, log)
  const config = { ...loadConfig({ BASE_URL: 'https://obcms.example.org' }), production }
  const server = await createHttp({
    log,
    config,
    security: createSecurity(log),
    metrics: createMetrics(),
    resolveActor: identity.resolveActor,
  })
  identity.http(server)
  return server.app
}

describe('development mail', () => {
  test('is shown on the same machine while it goes to a folder, never in production', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'obcms-mail-'))
    try {
      const mail = folderMail(dir, app.clock)
      await mail.send({ to: 'a@example.org', subject: 'Hello', text: 'Text' })
      const url = '/api/v1/dev/mail'
      const shown = await (await serve(mail, false)).inject(url)
      expect(shown.json().items).toMatchObject([{ to: 'a@example.org', subject: 'Hello', text: 'Text' }])
      const elsewhere = { remoteAddress: '192.168.1.20' }
      const proxied = { headers: { 'x-forwarded-for': '203.0.113.7' } }
      for (const from of [elsewhere, proxied])
        expect((await (await serve(mail, false)).inject({ url, ...from })).json().code).toBe('not_found')
      expect((await (await serve(mail, true)).inject(url)).json().code).toBe('not_found')
      expect((await (await serve({ send: mail.send }, false)).inject(url)).json().code).toBe('not_found')
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})

test('in production the cookie is bound to the host and to https', async () => {
  const identity = identityOf({ send: async () => {} }, true)
  await identity.createAdministrator({ email: 'production@example.org', password: 'kalabaw tubig bintana lapis' })
  const server = await serve({ send: async () => {} }, true)
  const payload = { email: 'production@example.org', password: 'kalabaw tubig bintana lapis' }
  const reply = await server.inject({ method: 'POST', url: '/api/v1/session', payload })
  expect(reply.json().session.development).toBe(false)
  expect(reply.headers['set-cookie']).toMatch(
    /^__Host-obcms_session=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
})

test('the log tells of sign-ins and failures, and never holds what was typed', async () => {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const server = await serve({ send: async () => {} }, false, log)
  const identity = identityOf({ send: async () => {} }, false)
  const email = 'logged@example.org'
  const password = 'kalabaw tubig bintana lapis'
  await identity.createAdministrator({ email, password })
  const post = (url: string, payload: object) => server.inject({ method: 'POST', url: `/api/v1${url}`, payload })
  const good = await post('/session', { email, password })
  await post('/session', { email, password: 'WRONG-SECRET-TYPED' })
  await post('/password-resets/complete', { token: 'L'.repeat(43), password: 'WRONG-SECRET-TYPED' })
  await post('/registrations', { email, password: 'WRONG-SECRET-TYPED', phone: '09991112222' })
  const text = lines.join('')
  expect(text).toContain('"event":"signed_in"')
  expect(text).toContain('"event":"sign_in_failed"')
  const cookie = /obcms_session=([\w-]{43})/.exec(String(good.headers['set-cookie']))?.[1] ?? 'no cookie'
  for (const secret of [password, 'WRONG-SECRET-TYPED', cookie, 'L'.repeat(43), '9991112222', email])
    expect(text).not.toContain(secret)
})

describe('an administrator from the command line', () => {
  const create = (input: { email: string; password?: string }) => app.composition.identity.createAdministrator(input)

  test('is made with the given or a random password, and can sign in', async () => {
    for (const given of [{ password: 'kalabaw tubig bintana lapis' }, {}]) {
      const email = `admin${Math.random()}@example.org`
      const { password } = await create({ email, ...given })
      expect(password.length).toBeGreaterThanOrEqual(20)
      const reply = await app.call(undefined, 'POST', '/api/v1/session', { body: { email, password } })
      expect(reply.json().session.user).toMatchObject({ email, role: 'administrator' })
    }
  })

  test('is refused for a known e-mail, a bad e-mail, a weak password', async () => {
    const user = await app.createUser({ role: 'staff' })
    await expect(create({ email: user.email.toUpperCase() })).rejects.toMatchObject({ code: 'already_exists' })
    await expect(create({ email: 'x' })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(create({ email: 'weak@example.org', password: 'short' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    expect(await app.query(`SELECT role FROM users WHERE id = $1`, [user.id])).toEqual([{ role: 'staff' }])
  })
})

test('the nightly job removes what is over and keeps the rest', async () => {
  const now = app.clock.now()
  const user = await app.createUser()
  const at = (days: number) => new Date(now.getTime() + days * 86_400_000)
  const id = (digit: number) => `00000000-0000-7000-8000-00000000000${digit}`
  const put = (text: string, values: unknown[]) => app.query(text, values)
  for (const [digit, ends] of [
    [1, -1],
    [2, 1],
  ] as const) {
    await put(
      `INSERT INTO sessions (id, token_hash, user_id, complete, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, true, $4, $4, $4)`,
      [id(digit), Buffer.from([digit]), user.id, at(ends)],
    )
    await put(
      `INSERT INTO mail_links (token_hash, user_id, purpose, expires_at, created_at) VALUES ($1, $2, 'password_reset', $3, $3)`,
      [Buffer.from([digit]), user.id, at(ends)],
    )
  }
  for (const [digit, ends] of [
    [1, -31],
    [2, -29],
  ] as const)
    await put(
      `INSERT INTO api_tokens (id, user_id, name, token_hash, permissions, expires_at, created_at) VALUES ($1, $2, 'x', $3, '{}', $4, $4)`,
      [id(digit), user.id, Buffer.from([digit]), at(ends)],
    )
  for (const [key, last] of [
    ['old', -2],
    ['new', 0],
  ] as const) {
    await put('INSERT INTO throttles (key, failures, last_failure_at) VALUES ($1, 1, $2)', [key, at(last)])
    await put(
      `INSERT INTO idempotency_keys (actor_id, key, route, request_hash, created_at) VALUES ($1, $2, 'r', 'h', $3)`,
      [user.id, key, at(last)],
    )
  }
  expect(cleanUp.schedule).toBe('0 3 * * *')
  const job = app.composition.registrations.find((registration) => registration.job.name === cleanUp.name)
  await job?.handle({}, { log: silent, signal: new AbortController().signal, lastTry: false })
  const left = async (table: string, column: string, where = '') =>
    (await app.query(`SELECT ${column} AS it FROM ${table} ${where}`)).map((row) => row.it)
  expect(await left('sessions', 'id', `WHERE id::text LIKE '00000000%'`)).toEqual([id(2)])
  expect(await left('api_tokens', 'id')).toEqual([id(2)])
  expect(await left('throttles', 'key', "WHERE key IN ('old', 'new')")).toEqual(['new'])
  expect(await left('idempotency_keys', 'key')).toEqual(['new'])
  expect(await left('mail_links', 'expires_at')).toEqual([at(1)])
})
