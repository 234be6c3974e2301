import { createHash } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSecurity } from '#server/platform/security.ts'
import type { TestUser, UserOptions } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { createActors } from './actors.service.ts'
import { argonPasswords, type Passwords } from './passwords.service.ts'
import { signInService } from './sign-in.service.ts'
import { createThrottles } from './throttles.service.ts'

let app: TestApp
let passwordHash: string
const password = 'kalabaw tubig bintana lapis'
const url = '/api/v1/session'

beforeAll(async () => {
  app = await createTestApp()
  passwordHash = await argonPasswords().hash(password)
})
beforeEach(() => app.query('DELETE FROM throttles'))
afterAll(() => app.close())

const createPerson = (options: UserOptions = {}) => app.createUser({ passwordHash, ...options })
const signIn = (email: string, typed = password, who?: TestUser) =>
  app.call(who, 'POST', url, { body: { email, password: typed }, headers: { 'user-agent': 'Test browser' } })
const cookieOf = (reply: LightMyRequestResponse) => reply.cookies.find((cookie) => cookie.name === 'obcms_session')
const holder = (user: TestUser, reply: LightMyRequestResponse): TestUser => ({
  ...user,
  token: cookieOf(reply)?.value ?? '',
})

describe('the right password', () => {
  test('opens a session with a cookie that scripts cannot read; only its hash is kept', async () => {
    const user = await createPerson({ role: 'executive', name: 'Aisha Datu' })
    const reply = await signIn(user.email.toUpperCase())
    expect(reply.json()).toMatchObject({
      step: 'signed_in',
      session: {
        user: { id: user.id, name: 'Aisha Datu', role: 'executive', twoFactor: false },
        mustSetUpTwoFactor: false,
      },
    })
    expect(cookieOf(reply)).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    const secret = cookieOf(reply)?.value ?? ''
    const hash = createHash('sha256').update(secret).digest()
    const [row] = await app.query('SELECT complete, user_agent FROM sessions WHERE token_hash = $1', [hash])
    expect(row).toEqual({ complete: true, user_agent: 'Test browser' })
    const current = await app.call(holder(user, reply), 'GET', url)
    expect(current.json()).toMatchObject({ session: { user: { id: user.id } }, step: null })
  })

  test('is audited, without secrets', async () => {
    const user = await createPerson()
    const reply = await signIn(user.email)
    const rows = await app.query<{ action: string }>('SELECT * FROM audit_events WHERE subject_id = $1', [user.id])
    expect(rows.map((row) => row.action)).toEqual(['session.opened'])
    expect(JSON.stringify(rows)).not.toContain(password)
    expect(JSON.stringify(rows)).not.toContain(cookieOf(reply)?.value)
  })

  test('replaces the session that the browser had', async () => {
    const user = await createPerson()
    const before = holder(user, await signIn(user.email))
    const after = holder(user, await signIn(user.email, password, before))
    expect((await app.call(before, 'GET', url)).json().session).toBeNull()
    expect((await app.call(after, 'GET', url)).json().session).not.toBeNull()
  })

  test('typed with signs that two keyboards write differently is the same password', async () => {
    const typed = 'piñata-más-allá-ng-ulan'
    const user = await createPerson({ passwordHash: await argonPasswords().hash(typed.normalize('NFC')) })
    expect((await signIn(user.email, typed.normalize('NFD'))).statusCode).toBe(200)
  })

  test.each([
    ['requested', 'account_pending'],
    ['endorsed', 'account_pending'],
    ['invited', 'account_pending'],
    ['refused', 'account_refused'],
    ['inactive', 'account_inactive'],
  ])('of an account that is %s answers %s, and only then', async (state, code) => {
    const user = await createPerson({ state })
    expect((await signIn(user.email)).json().code).toBe(code)
    expect((await signIn(user.email, 'not the password')).json().code).toBe('wrong_credentials')
    expect(await app.query('SELECT FROM sessions WHERE user_id = $1 AND user_agent IS NOT NULL', [user.id])).toEqual([])
  })
})

describe('a wrong name or password', () => {
  test('gets the same answer, known or not', async () => {
    const user = await createPerson()
    const answers = [
      await signIn(user.email, 'not the password'),
      await signIn('nobody@example.org', 'not the password'),
    ]
    const [known, unknown] = answers.map((reply) => ({ ...reply.json(), requestId: '' }))
    expect(known).toEqual(unknown)
    expect(answers.map((reply) => reply.statusCode)).toEqual([401, 401])
    expect(answers.map(cookieOf)).toEqual([undefined, undefined])
  })

  test('costs one verification, known or not, with or without a password', async () => {
    const verified: (string | null)[] = []
    const real = argonPasswords()
    const passwords: Passwords = {
      hash: real.hash,
      verify: (hash, typed) => {
        verified.push(hash)
        return real.verify(hash, typed)
      },
    }
    const log = pino({ level: 'silent' })
    const parts = { db: app.db, cache: app.cache, clock: app.clock, log, security: createSecurity(log) }
    const service = signInService({
      ...parts,
      secretKeys: ['x'.repeat(50)],
      passwords,
      throttles: createThrottles(parts),
      actors: createActors(parts),
    })
    const origin = { requestId: 'r', address: '192.0.2.9', userAgent: null }
    const known = await createPerson()
    const invited = await createPerson({ state: 'invited', passwordHash: undefined })
    for (const email of [known.email, 'nobody@example.org', invited.email]) {
      const tried = service.signIn({ email, password: 'not the password' }, undefined, origin)
      await expect(tried).rejects.toMatchObject({ code: 'wrong_credentials' })
    }
    expect(verified).toEqual([passwordHash, null, null])
  })

  test('without a hash is never right, whatever is typed', async () => {
    const passwords = argonPasswords()
    expect(await passwords.verify(null, '')).toBe(false)
    expect(await passwords.verify(null, password)).toBe(false)
  })

  test.each([
    [{}],
    [{ email: 'x', password: 'y' }],
    [{ email: 'a@example.org', password: '' }],
    [{ email: 'a@example.org', password: 'x'.repeat(1001) }],
    [{ email: 'a@example.org', password: ['x'] }],
    [{ email: 'a@example.org', password: 'x\u0000y' }],
    [{ email: 'a@example.org', password: 'x', admin: true }],
  ])('that cannot be one is refused as input: %j', async (body) => {
    expect((await app.call(undefined, 'POST', url, { body })).json().code).toBe('invalid_input')
  })
})

describe('throttling', () => {
  test('lets five tries through, then waits twice as long each time, known or unknown', async () => {
    const user = await createPerson()
    for (const email of [user.email, 'nobody.at.all@example.org']) {
      for (let failure = 1; failure <= 6; failure += 1)
        expect((await signIn(email, 'not the password')).json().code).toBe('wrong_credentials')
      for (const wait of [2, 4, 8]) {
        const refused = await signIn(email, 'not the password')
        expect([refused.statusCode, refused.json().code]).toEqual([429, 'too_many_requests'])
        expect(refused.headers['retry-after']).toBe(String(wait))
        expect(refused.json().details).toEqual({ retryAfter: wait })
        app.clock.pass(wait)
        expect((await signIn(email, 'not the password')).json().code).toBe('wrong_credentials')
      }
    }
  })

  test('refuses even the right password while it waits, and forgets after a success', async () => {
    const user = await createPerson()
    for (let failure = 1; failure <= 6; failure += 1) await signIn(user.email, 'not the password')
    expect((await signIn(user.email)).statusCode).toBe(429)
    app.clock.pass(2)
    expect((await signIn(user.email)).statusCode).toBe(200)
    for (let failure = 1; failure <= 5; failure += 1) await signIn(user.email, 'not the password')
    expect((await signIn(user.email)).statusCode).toBe(200)
  })

  test('counts tries made at the same moment', async () => {
    const user = await createPerson()
    const replies = await Promise.all(Array.from({ length: 20 }, () => signIn(user.email, 'not the password')))
    expect(replies.filter((reply) => reply.statusCode === 401)).toHaveLength(6)
    expect(replies.filter((reply) => reply.statusCode === 429)).toHaveLength(14)
  })

  test('holds an address back that fails with many names', async () => {
    await app.query(`INSERT INTO throttles (key, failures, last_failure_at) VALUES ('address:127.0.0.1', 100, $1)`, [
      app.clock.now(),
    ])
    const user = await createPerson()
    expect((await signIn('nobody@example.org', 'not the password')).statusCode).toBe(401)
    expect((await signIn(user.email)).json()).toMatchObject({ code: 'too_many_requests', details: { retryAfter: 2 } })
    app.clock.pass(2)
    expect((await signIn(user.email)).statusCode).toBe(200)
  })
})

describe('signing out', () => {
  test('ends the session here and now, and takes the cookie back', async () => {
    const user = await createPerson()
    const here = holder(user, await signIn(user.email))
    const there = holder(user, await signIn(user.email))
    const reply = await app.call(here, 'DELETE', url)
    expect(reply.statusCode).toBe(204)
    expect(cookieOf(reply)).toMatchObject({ value: '' })
    expect((await app.call(here, 'GET', '/api/v1/account')).json().code).toBe('not_signed_in')
    expect((await app.call(there, 'GET', '/api/v1/account')).statusCode).toBe(200)
    const [row] = await app.query('SELECT action FROM audit_events WHERE actor_id = $1 ORDER BY id DESC LIMIT 1', [
      user.id,
    ])
    expect(row).toEqual({ action: 'session.closed' })
  })

  test('of nobody is no fault', async () => {
    expect((await app.call(undefined, 'DELETE', url)).statusCode).toBe(204)
  })
})

test('a request from another site is refused before anything is tried', async () => {
  const user = await createPerson()
  const reply = await app.call(undefined, 'POST', url, {
    body: { email: user.email, password },
    headers: { origin: 'https://evil.example' },
  })
  expect(reply.json().code).toBe('cross_site_request')
})

test('nobody is signed in without a cookie, or with a broken one', async () => {
  expect((await app.call(undefined, 'GET', url)).json()).toEqual({ session: null, step: null })
  for (const token of ['x', 'a'.repeat(43), "' OR 1=1 --"])
    expect((await app.call({ token } as TestUser, 'GET', url)).json().session).toBeNull()
})
