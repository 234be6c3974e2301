import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Permission } from '#contract/access.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { type Actors, createActors } from './actors.service.ts'

let app: TestApp
let actors: Actors
const from = { requestId: 'r1', address: '192.0.2.1' }

beforeAll(async () => {
  app = await createTestApp()
  actors = createActors({ db: app.db, cache: app.cache, clock: app.clock, log: app.server.app.log as never })
})
afterAll(() => app.close())

const session = (secret: string) => actors.resolve({ kind: 'session', secret }, from)

async function createToken(userId: string, permissions: Permission[], seconds = 3600): Promise<string> {
  const secret = `obcms_${randomBytes(32).toString('base64url')}`
  await app.query(
    `INSERT INTO api_tokens (id, user_id, name, token_hash, permissions, expires_at, created_at)
     VALUES ($1, $2, 'test', $3, $4, $5::timestamptz + $6 * interval '1 second', $5)`,
    [uuidv7(), userId, createHash('sha256').update(secret).digest(), permissions, app.clock.now(), seconds],
  )
  return secret
}

test('a session becomes an actor with role, rows and where the request came from', async () => {
  const [place] = await app.query<{ code: string }>('SELECT code FROM places LIMIT 1')
  const user = await app.createUser({ role: 'lgu_focal', placeCodes: place ? [place.code] : [] })
  const actor = await session(user.token)
  expect(actor).toMatchObject({ userId: user.id, role: 'lgu_focal', tokenId: null, mustSetUpTwoFactor: false, ...from })
  expect(actor?.placeCodes).toEqual(place ? [place.code] : [])
  expect(actor?.permissions.get('community.read')).toBe('places')
})

test('grants and denials of the person count until they expire', async () => {
  const expiresAt = new Date(app.clock.now().getTime() + 60_000)
  const user = await app.createUser({
    role: 'participant',
    grants: [
      { permission: 'community.read', effect: 'allow', scope: 'all', expiresAt },
      { permission: 'organisation.read', effect: 'allow', scope: 'all' },
      { permission: 'place.read', effect: 'deny' },
    ],
  })
  expect((await session(user.token))?.permissions).toEqual(
    new Map([
      ['organisation.read', 'all'],
      ['community.read', 'all'],
    ]),
  )
  app.clock.pass(61)
  expect((await session(user.token))?.permissions.has('community.read')).toBe(false)
})

test('an expired, unfinished or unknown session, and an account that is not active, are nobody', async () => {
  const unfinished = await app.createUser()
  await app.query('UPDATE sessions SET complete = false WHERE user_id = $1', [unfinished.id])
  expect(await session(unfinished.token)).toBeUndefined()
  for (const state of ['invited', 'requested', 'endorsed', 'refused', 'inactive'])
    expect(await session((await app.createUser({ state })).token)).toBeUndefined()
  expect(await session(randomBytes(32).toString('base64url'))).toBeUndefined()
  const user = await app.createUser()
  app.clock.pass(10 * 3600)
  expect(await session(user.token)).toBeUndefined()
})

test('use keeps a session alive, written every five minutes at most, up to fourteen days', async () => {
  const user = await app.createUser()
  const seen = async () =>
    (
      await app.query<{ at: Date; ends: Date }>(
        'SELECT last_seen_at AS at, expires_at AS ends FROM sessions WHERE user_id = $1',
        [user.id],
      )
    )[0]
  const start = app.clock.now()
  app.clock.pass(200)
  await session(user.token)
  expect((await seen())?.at).toEqual(start)
  app.clock.pass(200)
  await session(user.token)
  expect((await seen())?.at).toEqual(app.clock.now())
  expect((await seen())?.ends.getTime()).toBe(app.clock.now().getTime() + 10 * 3_600_000)
  for (let hour = 0; hour < 14 * 24 - 9; hour += 9) {
    app.clock.pass(9 * 3600)
    await session(user.token)
  }
  expect((await seen())?.ends.getTime()).toBe(start.getTime() + 14 * 24 * 3_600_000)
  app.clock.pass(10 * 3600)
  expect(await session(user.token)).toBeUndefined()
})

test('a change is seen at once after forget, and within seconds without it', async () => {
  const user = await app.createUser({ role: 'staff' })
  expect((await session(user.token))?.role).toBe('staff')
  await app.query(`UPDATE users SET role = 'ocm' WHERE id = $1`, [user.id])
  expect((await session(user.token))?.role).toBe('staff')
  actors.forget(user.id)
  expect((await session(user.token))?.role).toBe('ocm')
  await app.query(`UPDATE users SET state = 'inactive' WHERE id = $1`, [user.id])
  app.clock.pass(4)
  expect(await session(user.token)).toBeUndefined()
})

test('what was read before a change is not kept after it', async () => {
  const user = await app.createUser({ role: 'staff' })
  const reading = session(user.token)
  actors.forget()
  await reading
  await app.query(`UPDATE users SET role = 'ocm' WHERE id = $1`, [user.id])
  expect((await session(user.token))?.role).toBe('ocm')
})

test('a role that demands two-factor sign-in stops who has not set it up', async () => {
  await app.query(`INSERT INTO role_settings (role, demands_two_factor, updated_at) VALUES ('executive', true, now())`)
  const user = await app.createUser({ role: 'executive' })
  expect((await session(user.token))?.mustSetUpTwoFactor).toBe(true)
  await app.query('UPDATE users SET totp_confirmed_at = now() WHERE id = $1', [user.id])
  actors.forget(user.id)
  expect((await session(user.token))?.mustSetUpTwoFactor).toBe(false)
})

test('a token acts for its owner within its own permissions, until it expires', async () => {
  const user = await app.createUser({ role: 'ocm' })
  const secret = await createToken(user.id, ['community.read', 'account.edit'])
  const token = () => actors.resolve({ kind: 'token', secret }, from)
  const actor = await token()
  expect(actor).toMatchObject({ userId: user.id, sessionId: null, tokenId: expect.any(String) })
  expect([...(actor?.permissions.keys() ?? [])]).toEqual(['community.read'])
  const [row] = await app.query<{ at: Date }>('SELECT last_used_at AS at FROM api_tokens WHERE user_id = $1', [user.id])
  expect(row?.at).toEqual(app.clock.now())
  app.clock.pass(3601)
  expect(await token()).toBeUndefined()
})

test('over HTTP: a bad Authorization header is refused even beside a good cookie', async () => {
  const user = await app.createUser({ role: 'staff' })
  const good = await createToken(user.id, ['place.read'])
  const url = '/api/v1/session'
  for (const authorization of ['Basic YTpi', 'Bearer x', `Bearer obcms_${'a'.repeat(43)}`, `Bearer ${user.token}`]) {
    const reply = await app.call(user, 'GET', url, { headers: { authorization } })
    expect(reply.json()).toMatchObject({ code: 'not_signed_in' })
  }
  const reply = await app.call(undefined, 'GET', url, { headers: { authorization: `Bearer ${good}` } })
  expect(reply.statusCode).not.toBe(401)
})

test('a cached look-up asks the database nothing', async () => {
  const user = await app.createUser({ role: 'staff' })
  await session(user.token)
  await app.query('ALTER TABLE sessions RENAME TO sessions_away')
  const again = await session(user.token)
  await app.query('ALTER TABLE sessions_away RENAME TO sessions')
  expect(again?.userId).toBe(user.id)
})
