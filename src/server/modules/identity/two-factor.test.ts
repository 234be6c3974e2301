import type { LightMyRequestResponse } from 'fastify'
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '#contract/access.ts'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { argonPasswords } from './passwords.service.ts'

let app: TestApp
let passwordHash: string
const password = 'kalabaw tubig bintana lapis'
const url = '/api/v1/account/two-factor'

beforeAll(async () => {
  app = await createTestApp()
  passwordHash = await argonPasswords().hash(password)
})
beforeEach(() => app.query('DELETE FROM throttles'))
afterAll(() => app.close())

const post = (who: TestUser | undefined, path: string, body: object) => app.call(who, 'POST', path, { body })
const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: app.clock.now().getTime() })
const withCookie = (user: TestUser, reply: LightMyRequestResponse): TestUser => ({
  ...user,
  token: reply.cookies.find((cookie) => cookie.name === 'obcms_session')?.value ?? '',
})

interface Equipped {
  user: TestUser
  secret: string
  recoveryCodes: string[]
}

async function equip(role: Role = 'staff'): Promise<Equipped> {
  const user = await app.createUser({ passwordHash, role })
  const { secret } = (await post(user, url, { password })).json()
  const { recoveryCodes } = (await post(user, `${url}/confirm`, { code: codeOf(secret) })).json()
  app.clock.pass(30)
  return { user, secret, recoveryCodes }
}

const signIn = async (user: TestUser) =>
  withCookie(user, await post(undefined, '/api/v1/session', { email: user.email, password }))
const giveCode = (halfway: TestUser, code: string) => post(halfway, '/api/v1/session/two-factor', { code })

describe('setting up', () => {
  test('asks for the password, keeps the secret sealed, and is in force after a first code', async () => {
    const user = await app.createUser({ passwordHash })
    expect((await post(user, url, { password: 'not mine at all' })).json()).toMatchObject({
      code: 'invalid_input',
      fields: [{ path: 'password' }],
    })
    const started = (await post(user, url, { password })).json()
    expect(started.uri).toContain(started.secret)
    const [kept] = await app.query<{ totp_secret: string; totp_confirmed_at: null }>(
      'SELECT totp_secret, totp_confirmed_at FROM users WHERE id = $1',
      [user.id],
    )
    expect(kept?.totp_secret).toMatch(/^v1\./)
    expect(kept?.totp_secret).not.toContain(started.secret)
    expect(kept?.totp_confirmed_at).toBeNull()
    expect((await signIn(user)).token).toBeTruthy()

    expect((await post(user, `${url}/confirm`, { code: '000000' })).json().fields).toMatchObject([{ path: 'code' }])
    const confirmed = await post(user, `${url}/confirm`, { code: codeOf(started.secret) })
    expect(confirmed.json().recoveryCodes).toHaveLength(10)
    expect((await app.call(user, 'GET', '/api/v1/account')).json().twoFactor).toMatchObject({
      demanded: false,
      recoveryCodesLeft: 10,
      since: app.clock.now().toISOString(),
    })
    const trail = JSON.stringify(await app.query('SELECT * FROM audit_events WHERE actor_id = $1', [user.id]))
    expect(trail).toContain('account.two_factor_switched_on')
    for (const secret of [started.secret, ...confirmed.json().recoveryCodes]) expect(trail).not.toContain(secret)
    await app.runJobs()
    expect(app.letters.at(-1)).toMatchObject({ to: user.email, subject: 'Two-factor sign-in is on' })
  })

  test('ends the other sessions', async () => {
    const user = await app.createUser({ passwordHash })
    const other = await signIn(user)
    const { secret } = (await post(user, url, { password })).json()
    await post(user, `${url}/confirm`, { code: codeOf(secret) })
    expect((await app.call(user, 'GET', '/api/v1/account')).statusCode).toBe(200)
    expect((await app.call(other, 'GET', '/api/v1/account')).statusCode).toBe(401)
  })

  test('cannot be confirmed before it began, nor begin twice', async () => {
    const user = await app.createUser({ passwordHash })
    expect((await post(user, `${url}/confirm`, { code: '123456' })).json().code).toBe('wrong_state')
    const equipped = await equip()
    expect((await post(equipped.user, url, { password })).json().code).toBe('wrong_state')
    expect((await post(equipped.user, `${url}/confirm`, { code: '123456' })).json().code).toBe('wrong_state')
  })
})

describe('signing in', () => {
  test('takes two steps; between them nothing is open', async () => {
    const { user, secret } = await equip()
    const halfway = await signIn(user)
    expect((await app.call(halfway, 'GET', '/api/v1/session')).json()).toEqual({ session: null, step: 'two_factor' })
    expect((await app.call(halfway, 'GET', '/api/v1/account')).json().code).toBe('not_signed_in')
    const reply = await giveCode(halfway, codeOf(secret))
    expect(reply.json().session.user).toMatchObject({ id: user.id, twoFactor: true })
    const inside = withCookie(user, reply)
    expect(inside.token).not.toBe(halfway.token)
    expect((await app.call(inside, 'GET', '/api/v1/account')).statusCode).toBe(200)
    expect((await app.call(halfway, 'GET', '/api/v1/session')).json()).toEqual({ session: null, step: null })
  })

  test('takes a code once, also of two requests at the same moment', async () => {
    const { user, secret } = await equip()
    const code = codeOf(secret)
    const halves = [await signIn(user), await signIn(user)]
    const replies = await Promise.all(halves.map((half) => giveCode(half, code)))
    expect(replies.map((reply) => reply.statusCode).sort()).toEqual([200, 401])
    app.clock.pass(30)
    expect((await giveCode(await signIn(user), code)).json().code).toBe('wrong_credentials')
    expect((await giveCode(await signIn(user), codeOf(secret))).statusCode).toBe(200)
  })

  test('takes each recovery code once, in any writing', async () => {
    const { user, recoveryCodes } = await equip()
    const [first = '', second = ''] = recoveryCodes
    const reply = await giveCode(await signIn(user), ` ${first.toUpperCase()} `)
    expect(reply.statusCode).toBe(200)
    expect((await app.call(withCookie(user, reply), 'GET', '/api/v1/account')).json().twoFactor.recoveryCodesLeft).toBe(
      9,
    )
    expect((await giveCode(await signIn(user), first)).json().code).toBe('wrong_credentials')
    expect((await giveCode(await signIn(user), second)).statusCode).toBe(200)
    const other = await equip()
    expect((await giveCode(await signIn(other.user), recoveryCodes[2] ?? '')).json().code).toBe('wrong_credentials')
  })

  test('gives ten minutes for the code', async () => {
    const { user, secret } = await equip()
    const halfway = await signIn(user)
    app.clock.pass(601)
    expect((await giveCode(halfway, codeOf(secret))).json().code).toBe('not_signed_in')
    expect((await giveCode({ ...user, token: 'x' }, codeOf(secret))).json().code).toBe('not_signed_in')
  })

  test('holds guesses back, also those of many half-open sessions', async () => {
    const { user, secret } = await equip()
    const halves = await Promise.all(Array.from({ length: 3 }, () => signIn(user)))
    for (let guess = 0; guess < 6; guess += 1)
      expect((await giveCode(halves[guess % 3] as TestUser, '000000')).json().code).toBe('wrong_credentials')
    expect((await giveCode(halves[0] as TestUser, codeOf(secret))).json().code).toBe('too_many_requests')
    app.clock.pass(2)
    expect((await giveCode(halves[0] as TestUser, codeOf(secret))).statusCode).toBe(200)
  })

  test('is closed to who was switched off between the steps', async () => {
    const { user, secret } = await equip()
    const halfway = await signIn(user)
    await app.query(`UPDATE users SET state = 'inactive' WHERE id = $1`, [user.id])
    expect((await giveCode(halfway, codeOf(secret))).json().code).toBe('wrong_credentials')
  })
})

describe('recovery codes', () => {
  test('are renewed with password and code; the old ones stop working', async () => {
    const { user, secret, recoveryCodes } = await equip()
    const renew = (body: object) => post(user, `${url}/recovery-codes`, body)
    expect((await renew({ password: 'not mine at all', code: codeOf(secret) })).json().fields).toMatchObject([
      { path: 'password' },
    ])
    expect((await renew({ password, code: '000000' })).json().fields).toMatchObject([{ path: 'code' }])
    const renewed = (await renew({ password, code: codeOf(secret) })).json().recoveryCodes
    expect(renewed).toHaveLength(10)
    expect((await giveCode(await signIn(user), recoveryCodes[0] ?? '')).statusCode).toBe(401)
    expect((await giveCode(await signIn(user), renewed[0])).statusCode).toBe(200)
  })
})

describe('switching off', () => {
  test('asks for password and code, and tells the person', async () => {
    const { user, secret } = await equip()
    const off = (body: object) => post(user, `${url}/switch-off`, body)
    expect((await off({ password, code: '000000' })).json().fields).toMatchObject([{ path: 'code' }])
    expect((await off({ password, code: codeOf(secret) })).statusCode).toBe(204)
    expect((await post(undefined, '/api/v1/session', { email: user.email, password })).json().step).toBe('signed_in')
    await app.runJobs()
    expect(app.letters.at(-1)).toMatchObject({ to: user.email, subject: 'Two-factor sign-in is off' })
    expect((await off({ password, code: codeOf(secret) })).json().code).toBe('wrong_state')
  })

  test('is refused when the role demands it; without it nothing but the own account is open', async () => {
    const administrator = await app.createUser({ role: 'administrator' })
    const bare = await app.createUser({ role: 'executive', passwordHash })
    const { user, secret } = await equip('executive')
    const demand = (demandsTwoFactor: boolean) =>
      app.call(administrator, 'PUT', '/api/v1/access/roles/executive', { body: { demandsTwoFactor } })
    await demand(true)
    expect((await post(user, `${url}/switch-off`, { password, code: codeOf(secret) })).json().code).toBe('wrong_state')
    expect((await app.call(bare, 'GET', '/api/v1/organisations')).json().code).toBe('two_factor_setup_required')
    expect((await app.call(bare, 'GET', '/api/v1/session')).json().session.mustSetUpTwoFactor).toBe(true)
    const started = (await post(bare, url, { password })).json()
    await post(bare, `${url}/confirm`, { code: codeOf(started.secret) })
    expect((await app.call(bare, 'GET', '/api/v1/organisations')).statusCode).toBe(200)
    await demand(false)
  })
})
