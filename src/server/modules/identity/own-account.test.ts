import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestUser, UserOptions } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { argonPasswords } from './passwords.service.ts'

let app: TestApp
let passwordHash: string
const password = 'kalabaw tubig bintana lapis'
const newPassword = 'ilog bundok araw ulap'
const url = '/api/v1/account'

beforeAll(async () => {
  app = await createTestApp()
  passwordHash = await argonPasswords().hash(password)
})
beforeEach(() => app.query('DELETE FROM throttles'))
afterAll(() => app.close())

const createPerson = (options: UserOptions = {}) => app.createUser({ passwordHash, ...options })
const signIn = async (user: TestUser, typed = password): Promise<TestUser> => {
  const reply = await app.call(undefined, 'POST', '/api/v1/session', { body: { email: user.email, password: typed } })
  return { ...user, token: reply.cookies.find((cookie) => cookie.name === 'obcms_session')?.value ?? '' }
}
const trailOf = async (user: TestUser) =>
  (await app.query('SELECT action FROM audit_events WHERE actor_id = $1 ORDER BY id', [user.id])).map(
    (row) => row.action,
  )

describe('the profile', () => {
  const change = (user: TestUser, body: object) => app.call(user, 'PATCH', url, { body })

  test('changes what is sent, with its version, and shows at once', async () => {
    const user = await createPerson()
    const reply = await change(user, { version: 1, name: 'Sitti Aminah', phone: '09171234567', language: 'fil' })
    expect(reply.json()).toMatchObject({
      name: 'Sitti Aminah',
      phone: '+639171234567',
      position: null,
      language: 'fil',
      version: 2,
    })
    expect((await app.call(user, 'GET', '/api/v1/session')).json().session.user).toMatchObject({
      name: 'Sitti Aminah',
      language: 'fil',
    })
    expect((await change(user, { version: 1, name: 'Other' })).json()).toMatchObject({
      code: 'stale_version',
      details: { version: 2 },
    })
    const [row] = await app.query(
      `SELECT before, after FROM audit_events WHERE action = 'account.profile_changed' AND actor_id = $1`,
      [user.id],
    )
    expect(row).toEqual({
      before: { name: 'Test staff', phone: null, language: 'en' },
      after: { name: 'Sitti Aminah', phone: '+639171234567', language: 'fil' },
    })
  })

  test.each([
    [{ role: 'administrator' }],
    [{ email: 'x@example.org' }],
    [{ organisationId: null }],
    [{ state: 'active' }],
    [{ phone: '555' }],
    [{ name: '' }],
  ])('cannot change %j', async (body) => {
    expect((await change(await createPerson(), { version: 1, ...body })).json().code).toBe('invalid_input')
  })
})

describe('the password', () => {
  const change = (user: TestUser, body: object) => app.call(user, 'PUT', `${url}/password`, { body })

  test('is changed with the present one; the other sessions end and the person is told', async () => {
    const user = await createPerson()
    const other = await signIn(user)
    expect((await change(user, { current: password, password: newPassword })).statusCode).toBe(204)
    expect((await app.call(user, 'GET', url)).statusCode).toBe(200)
    expect((await app.call(other, 'GET', url)).statusCode).toBe(401)
    expect((await signIn(user)).token).toBe('')
    expect((await signIn(user, newPassword)).token).not.toBe('')
    expect(await trailOf(user)).toContain('account.password_changed')
    await app.runJobs()
    expect(app.letters.at(-1)).toMatchObject({ to: user.email, subject: 'Your OBCMS password was changed' })
  })

  test.each([
    ['current', { current: 'not mine at all', password: newPassword }],
    ['password', { current: password, password }],
    ['password', { current: password, password: 'Passw0rd1234' }],
    ['password', { current: password, password: 'elevenchars' }],
  ])('is not changed when %s is not right: %j', async (path, body) => {
    const user = await createPerson({ name: 'Ali Baraguir' })
    expect((await change(user, body)).json()).toMatchObject({ code: 'invalid_input', fields: [{ path }] })
    expect(await app.query('SELECT password_hash FROM users WHERE id = $1', [user.id])).toEqual([
      { password_hash: passwordHash },
    ])
  })

  test('cannot be guessed at an open screen', async () => {
    const user = await createPerson()
    for (let guess = 0; guess < 6; guess += 1) await change(user, { current: 'not mine at all', password: newPassword })
    expect((await change(user, { current: password, password: newPassword })).json().code).toBe('too_many_requests')
  })
})

describe('sessions', () => {
  test('are listed with the one that asks, and end one by one or all but this', async () => {
    const user = await createPerson()
    const second = await signIn(user)
    const third = await signIn(user)
    const list = async () => (await app.call(user, 'GET', `${url}/sessions`)).json().items
    const before = await list()
    expect(before).toHaveLength(3)
    expect(before.filter((item: { current: boolean }) => item.current)).toHaveLength(1)
    const other = before.find((item: { current: boolean }) => !item.current)
    expect((await app.call(user, 'DELETE', `${url}/sessions/${other.id}`)).statusCode).toBe(204)
    expect((await app.call(user, 'DELETE', `${url}/sessions/${other.id}`)).json().code).toBe('not_found')
    expect((await app.call(user, 'DELETE', `${url}/sessions`)).statusCode).toBe(204)
    expect(await list()).toMatchObject([{ current: true }])
    for (const ended of [second, third]) expect((await app.call(ended, 'GET', url)).statusCode).toBe(401)
  })

  test('of others are not there', async () => {
    const owner = await createPerson()
    const [session] = await app.query('SELECT id FROM sessions WHERE user_id = $1', [owner.id])
    const stranger = await createPerson({ role: 'administrator' })
    expect((await app.call(stranger, 'DELETE', `${url}/sessions/${session?.id}`)).json().code).toBe('not_found')
    expect((await app.call(owner, 'GET', url)).statusCode).toBe(200)
  })
})

describe('API tokens', () => {
  const inDays = (days: number) => new Date(app.clock.now().getTime() + days * 86_400_000).toISOString()
  const create = (user: TestUser, body: object = {}) =>
    app.call(user, 'POST', `${url}/tokens`, {
      body: { name: 'Dashboard', permissions: ['place.read'], expiresAt: inDays(30), ...body },
    })
  const withToken = (token: string, method: string, path: string) =>
    app.call(undefined, method, path, { headers: { authorization: `Bearer ${token}` } })

  test('show their secret once and act with their own permissions only', async () => {
    const user = await createPerson({ role: 'executive' })
    const made = (await create(user, { permissions: ['organisation.read'] })).json()
    expect(made.token).toMatch(/^obcms_[\w-]{43}$/)
    expect((await withToken(made.token, 'GET', '/api/v1/organisations')).statusCode).toBe(200)
    expect((await withToken(made.token, 'GET', '/api/v1/accounts')).json().code).toBe('forbidden')
    const listed = (await app.call(user, 'GET', `${url}/tokens`)).json().items
    expect(listed).toMatchObject([
      { id: made.id, permissions: ['organisation.read'], lastUsedAt: app.clock.now().toISOString() },
    ])
    const everything = JSON.stringify([
      listed,
      await app.query('SELECT * FROM api_tokens'),
      await app.query('SELECT * FROM audit_events'),
    ])
    expect(everything).not.toContain(made.token)
  })

  test('lose what their owner loses', async () => {
    const user = await createPerson({ role: 'executive' })
    const { token } = (await create(user, { permissions: ['organisation.read', 'account.read'] })).json()
    const administrator = await app.createUser({ role: 'administrator' })
    expect((await withToken(token, 'GET', '/api/v1/accounts')).statusCode).toBe(200)
    await app.call(administrator, 'PATCH', `/api/v1/accounts/${user.id}`, { body: { version: 1, role: 'staff' } })
    expect((await withToken(token, 'GET', '/api/v1/accounts')).json().code).toBe('forbidden')
    await app.call(administrator, 'POST', `/api/v1/accounts/${user.id}/deactivate`, {
      body: { version: 2, reason: 'Left' },
    })
    expect((await withToken(token, 'GET', '/api/v1/organisations')).json().code).toBe('not_signed_in')
  })

  test('may not touch the own account, sessions or tokens', async () => {
    const user = await createPerson()
    const { token } = (await create(user)).json()
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/tokens'],
      ['POST', '/tokens'],
      ['DELETE', '/sessions'],
      ['PUT', '/password'],
    ] as const)
      expect((await withToken(token, method, `${url}${path}`)).json().code).toBe('forbidden')
    for (const [method, path] of [
      ['POST', 'session'],
      ['DELETE', 'session'],
      ['POST', 'registrations'],
      ['POST', 'password-resets'],
    ] as const)
      expect((await withToken(token, method, `/api/v1/${path}`)).json().code).toBe('forbidden')
  })

  test('stop when revoked; those of others are not there', async () => {
    const user = await createPerson()
    const made = (await create(user)).json()
    await withToken(made.token, 'GET', '/api/v1/session')
    expect((await app.call(await createPerson(), 'DELETE', `${url}/tokens/${made.id}`)).json().code).toBe('not_found')
    expect((await app.call(user, 'DELETE', `${url}/tokens/${made.id}`)).statusCode).toBe(204)
    expect((await withToken(made.token, 'GET', '/api/v1/session')).json().code).toBe('not_signed_in')
    expect(await trailOf(user)).toEqual(['account.token_created', 'account.token_revoked'])
  })

  test.each([
    ['permissions', { permissions: ['account.edit'] }],
    ['permissions', { permissions: [] }],
    ['permissions.0', { permissions: ['everything'] }],
    ['name', { name: '' }],
    ['expiresAt', { expiresAt: '2026-03-02' }],
    ['expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
    ['expiresAt', { expiresAt: '2036-01-01T00:00:00Z' }],
  ])('are refused for %s: %j', async (path, body) => {
    const reply = await create(await createPerson(), body)
    expect(reply.json()).toMatchObject({ code: 'invalid_input', fields: [{ path }] })
  })

  test('last a year at most', async () => {
    expect((await create(await createPerson(), { expiresAt: inDays(365) })).statusCode).toBe(201)
  })

  test('are made anew by a repeated request: no secret waits in a store', async () => {
    const user = await createPerson()
    const body = { name: 'Twice', permissions: ['place.read'], expiresAt: inDays(1) }
    const headers = { 'idempotency-key': 'a-token-twice' }
    const made = await Promise.all([1, 2].map(() => app.call(user, 'POST', `${url}/tokens`, { body, headers })))
    expect(new Set(made.map((reply) => reply.json().token)).size).toBe(2)
    expect(await app.query('SELECT FROM idempotency_keys WHERE actor_id = $1', [user.id])).toEqual([])
  })
})
