import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestUser, UserOptions } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { argonPasswords } from './passwords.service.ts'

let app: TestApp
let passwordHash: string
let ministry: string
const password = 'kalabaw tubig bintana lapis'
const newPassword = 'ilog bundok araw ulap'

beforeAll(async () => {
  app = await createTestApp()
  passwordHash = await argonPasswords().hash(password)
  const [row] = await app.query<{ id: string }>(`SELECT id FROM organisations WHERE acronym = 'MSSD'`)
  ministry = row?.id ?? ''
})
beforeEach(async () => {
  await app.query('DELETE FROM throttles')
  app.letters.length = 0
})
afterAll(() => app.close())

const post = (path: string, body: object) => app.call(undefined, 'POST', `/api/v1${path}`, { body })
const createPerson = (options: UserOptions = {}) => app.createUser({ passwordHash, ...options })
const signIn = (email: string, typed: string) => post('/session', { email, password: typed })
const asked = (change: object = {}) => ({
  name: 'Norhata Macapaar',
  email: 'norhata@example.org',
  role: 'lgu_focal',
  position: 'Planning officer',
  phone: '0917 123 4567',
  password,
  ...change,
})
const register = (change: object = {}) => post('/registrations', asked(change))
const personOf = async (email: string) => (await app.query('SELECT * FROM users WHERE email = $1', [email]))[0]
const letterTo = async (email: string) => {
  await app.runJobs()
  return app.letters.filter((letter) => letter.to === email)
}
const secretIn = (text = '') => /#([\w-]{43})/.exec(text)?.[1] ?? ''

describe('registering', () => {
  test('keeps a request that waits for approval, and writes to the person', async () => {
    const reply = await register({ email: ' Norhata@Example.org ', note: 'Municipality of Alabel', language: 'fil' })
    expect([reply.statusCode, reply.json()]).toEqual([202, { accepted: true }])
    const person = await personOf('norhata@example.org')
    expect(person).toMatchObject({
      name: 'Norhata Macapaar',
      role: 'lgu_focal',
      state: 'requested',
      phone: '+639171234567',
      note: 'Municipality of Alabel',
      language: 'fil',
    })
    expect(person?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    const [letter] = await letterTo('norhata@example.org')
    expect(letter?.subject).toBe('Ang iyong kahilingan para sa OBCMS account')
    const trail = await app.query('SELECT * FROM audit_events WHERE subject_id = $1', [person?.id])
    expect(trail).toMatchObject([{ action: 'account.requested', actor_name: 'Norhata Macapaar' }])
    expect(JSON.stringify(trail)).not.toContain(password)
    expect((await signIn('norhata@example.org', password)).json().code).toBe('account_pending')
  })

  test('with a known e-mail gets the same answer, changes nothing, and tells the owner', async () => {
    const owner = await createPerson({ name: 'The Owner' })
    const fresh = await register({ email: 'fresh@example.org' })
    const known = await register({ email: owner.email, password: newPassword })
    expect([known.statusCode, known.body]).toEqual([fresh.statusCode, fresh.body])
    expect(await personOf(owner.email)).toMatchObject({
      name: 'The Owner',
      role: 'staff',
      state: 'active',
      password_hash: passwordHash,
    })
    expect(await letterTo(owner.email)).toMatchObject([{ subject: 'You already have an OBCMS account' }])
  })

  test('of a ministry needs one of the list, and asks its focal persons to endorse', async () => {
    const focal = await createPerson({ role: 'moa_focal', organisationId: ministry })
    const email = 'alternate@example.org'
    expect((await register({ role: 'moa_focal', email })).json()).toMatchObject({
      fields: [{ path: 'organisationId' }],
    })
    expect((await register({ role: 'moa_focal', email, organisationId: ministry })).statusCode).toBe(202)
    expect(await letterTo(focal.email)).toMatchObject([
      { subject: 'An account of your office waits for your endorsement' },
    ])
    const unknown = '00000000-0000-7000-8000-000000000000'
    expect((await register({ email: 'x@example.org', organisationId: unknown })).json()).toMatchObject({
      fields: [{ path: 'organisationId' }],
    })
    expect(await personOf('x@example.org')).toBeUndefined()
  })

  test.each(['administrator', 'executive', 'staff', 'ocm', 'facilitator', 'participant', 'superuser'])(
    'never makes a %s',
    async (role) => {
      expect((await register({ role })).json()).toMatchObject({ code: 'invalid_input', fields: [{ path: 'role' }] })
    },
  )

  test.each([
    ['phone', '12345'],
    ['phone', '+1 202 555 0100'],
    ['email', 'not an e-mail'],
    ['name', ''],
    ['name', 'x'.repeat(201)],
    ['position', 'line\nbreak'],
    ['password', 'elevenchars'],
    ['password', 'x'.repeat(201)],
    ['password', 'Bangsamoro2026'],
    ['password', 'norhata macapaar'],
    ['state', 'active'],
  ])('refuses %s %j', async (field, value) => {
    const reply = await register({ email: 'refused@example.org', [field]: value })
    expect(reply.json()).toMatchObject({ code: 'invalid_input', fields: [{ path: field }] })
    expect(await personOf('refused@example.org')).toBeUndefined()
  })

  test('is held back per address and per e-mail', async () => {
    for (let time = 0; time < 4; time += 1)
      expect((await register({ email: 'again@example.org' })).statusCode).toBe(202)
    expect((await register({ email: 'again@example.org' })).statusCode).toBe(429)
    await app.query(`UPDATE throttles SET failures = 31 WHERE key = 'request:127.0.0.1'`)
    await register({ email: 'one.more@example.org' })
    expect((await register({ email: 'another@example.org' })).json().code).toBe('too_many_requests')
  })
})

describe('a forgotten password', () => {
  const ask = async (email: string) => {
    expect((await post('/password-resets', { email })).json()).toEqual({ accepted: true })
    return secretIn((await letterTo(email)).at(-1)?.text)
  }
  const complete = (token: string, typed = newPassword) => post('/password-resets/complete', { token, password: typed })

  test('is replaced with a mailed link that works once; every session ends', async () => {
    const user = await createPerson()
    const token = await ask(user.email)
    expect(app.letters.at(-1)?.text).toContain(`http://localhost:8000/reset-password#${token}`)
    expect(JSON.stringify(await app.query('SELECT data, output FROM pgboss.job'))).not.toContain(token)
    expect((await complete(token)).statusCode).toBe(204)
    expect((await app.call(user, 'GET', '/api/v1/account')).statusCode).toBe(401)
    expect((await signIn(user.email, password)).json().code).toBe('wrong_credentials')
    expect((await signIn(user.email, newPassword)).statusCode).toBe(200)
    expect((await complete(token, 'isa pang mahabang salita')).json().code).toBe('link_expired')
    expect((await letterTo(user.email)).at(-1)?.subject).toBe('Your OBCMS password was changed')
  })

  test('gets the same answer when nobody has it, and no mail goes out', async () => {
    const known = await post('/password-resets', { email: (await createPerson()).email })
    const unknown = await post('/password-resets', { email: 'nobody@example.org' })
    expect([unknown.statusCode, unknown.body]).toEqual([known.statusCode, known.body])
    expect(await letterTo('nobody@example.org')).toEqual([])
  })

  test('costs one job for a known and an unknown name: the look-up is the job’s', async () => {
    const user = await createPerson()
    const jobs = async () =>
      (await app.query(`SELECT name FROM pgboss.job WHERE state = 'created' ORDER BY name`)).map((row) => row.name)
    for (const email of [user.email, 'nobody@example.org']) {
      await app.runJobs()
      await post('/password-resets', { email })
      expect(await jobs()).toEqual(['identity.answer-forgotten-password'])
    }
  })

  test('keeps the link through a refused password, and of two users of it one wins', async () => {
    const user = await createPerson()
    const token = await ask(user.email)
    expect((await complete(token, 'passwordpassword')).json()).toMatchObject({ fields: [{ path: 'password' }] })
    const replies = await Promise.all([complete(token), complete(token, 'isa pang mahabang salita')])
    expect(replies.map((reply) => reply.statusCode).sort()).toEqual([204, 410])
  })

  test('has a link for an hour, and only the latest', async () => {
    const user = await createPerson()
    const first = await ask(user.email)
    const second = await ask(user.email)
    expect((await complete(first)).json().code).toBe('link_expired')
    app.clock.pass(3601)
    expect((await complete(second)).json().code).toBe('link_expired')
  })

  test('lifts the wait of the account', async () => {
    const user = await createPerson()
    const token = await ask(user.email)
    for (let failure = 0; failure < 6; failure += 1) await signIn(user.email, 'not the password')
    await complete(token)
    expect((await signIn(user.email, newPassword)).statusCode).toBe(200)
  })

  test.each(['refused', 'inactive'])('of an account that is %s brings nothing', async (state) => {
    const user = await createPerson({ state })
    expect(await ask(user.email)).toBe('')
  })

  test('of one who was invited brings the invitation again', async () => {
    const user = await createPerson({ state: 'invited', passwordHash: undefined })
    await ask(user.email)
    expect(app.letters.at(-1)?.subject).toBe('Invitation to OBCMS')
  })

  test('refuses what is no link, and holds guesses back', async () => {
    for (const token of ['', 'x', 'a'.repeat(44), '<script>'])
      expect((await complete(token)).json().code).toBe('invalid_input')
    await app.query(`INSERT INTO throttles (key, failures, last_failure_at) VALUES ('address:127.0.0.1', 100, $1)`, [
      app.clock.now(),
    ])
    expect((await complete('a'.repeat(43))).json().code).toBe('link_expired')
    expect((await complete('a'.repeat(43))).json().code).toBe('too_many_requests')
  })

  test('asks for at most four mails at once', async () => {
    const user = await createPerson()
    for (let time = 0; time < 4; time += 1)
      expect((await post('/password-resets', { email: user.email })).statusCode).toBe(202)
    expect((await post('/password-resets', { email: user.email })).statusCode).toBe(429)
  })
})

describe('an invitation', () => {
  async function invite(change: object = {}): Promise<{ id: string; email: string; token: string }> {
    const administrator = await app.createUser({ role: 'administrator' })
    const email = `invited.${Math.random().toString(36).slice(2)}@example.org`
    const body = { email, name: 'Omar Dimaporo', role: 'staff', team: 'mana', ...change }
    const reply = await app.call(administrator, 'POST', '/api/v1/invitations', { body })
    return { id: reply.json().id, email, token: secretIn((await letterTo(email)).at(-1)?.text) }
  }
  const accept = (token: string, change: object = {}) =>
    post('/invitations/accept', { token, password: newPassword, ...change })

  test('shows whom it is for, and is accepted once with a password', async () => {
    const { email, token } = await invite()
    expect((await letterTo(email))[0]?.text).toContain(`http://localhost:8000/accept-invitation#${token}`)
    expect((await post('/invitations/check', { token })).json()).toMatchObject({
      name: 'Omar Dimaporo',
      email,
      role: 'staff',
      organisation: null,
    })
    expect((await accept(token, { name: 'Omar A. Dimaporo', phone: '09171234567', language: 'fil' })).statusCode).toBe(
      204,
    )
    expect((await signIn(email, newPassword)).json().session.user).toMatchObject({
      name: 'Omar A. Dimaporo',
      team: 'mana',
      language: 'fil',
    })
    expect((await accept(token)).json().code).toBe('link_expired')
    expect((await post('/invitations/check', { token })).json().code).toBe('link_expired')
  })

  test('is good for seven days; a new one replaces it', async () => {
    const { token } = await invite()
    app.clock.pass(7 * 86_400 - 10)
    expect((await post('/invitations/check', { token })).statusCode).toBe(200)
    app.clock.pass(11)
    expect((await accept(token)).json().code).toBe('link_expired')

    const other = await invite()
    const administrator = await app.createUser({ role: 'administrator' })
    await app.call(administrator, 'POST', `/api/v1/accounts/${other.id}/resend-invitation`)
    const second = secretIn((await letterTo(other.email)).at(-1)?.text)
    expect((await accept(other.token)).json().code).toBe('link_expired')
    expect((await accept(second)).statusCode).toBe(204)
  })

  test('is no password reset, nor the other way round', async () => {
    const { token } = await invite()
    expect((await post('/password-resets/complete', { token, password: newPassword })).json().code).toBe('link_expired')
    expect((await accept(token, { password: 'elevenchars' })).json().code).toBe('invalid_input')
    expect((await accept(token, { password: 'omar dimaporo' })).json()).toMatchObject({
      fields: [{ path: 'password' }],
    })
  })

  test('stops when the account is switched off', async () => {
    const { id, token } = await invite()
    const administrator = await app.createUser({ role: 'administrator' })
    await app.call(administrator, 'POST', `/api/v1/accounts/${id}/deactivate`, {
      body: { version: 1, reason: 'A mistake' },
    })
    expect((await accept(token)).json().code).toBe('link_expired')
  })
})

describe('the letters', () => {
  test('are in the person’s language', async () => {
    const user: TestUser = await createPerson()
    await app.query(`UPDATE users SET language = 'fil' WHERE id = $1`, [user.id])
    await post('/password-resets', { email: user.email })
    expect((await letterTo(user.email))[0]).toMatchObject({
      subject: 'Gumawa ng bagong password sa OBCMS',
      text: expect.stringMatching(/^Mahal na Test staff,\n/),
    })
  })
})
