import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { until } from '#testing/peers/peer.ts'
import { noRedis, type RedisPeer, startRedis } from '#testing/peers/redis.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

/** Two processes of one installation, on one database and one Redis. */
describe.skipIf(noRedis)(`withdrawn access across processes${noRedis ? ` (skipped: ${noRedis})` : ''}`, () => {
  let redis: RedisPeer
  let here: TestApp
  let there: TestApp
  beforeEach(async () => {
    redis = await startRedis()
    const settings = { REDIS_URL: redis.url }
    here = await createTestApp({ settings })
    there = await createTestApp({ settings, beside: here })
  })
  afterEach(async () => {
    await there.close()
    await here.close()
    await redis.stop()
  })

  const isIn = async (app: TestApp, user: TestUser) =>
    (await app.call(user, 'GET', '/api/v1/communities?limit=1')).statusCode !== 401
  const withdraw = (user: TestUser) => here.query('DELETE FROM sessions WHERE user_id = $1', [user.id])
  const bothUp = () => until('both are up', () => [here, there].every(({ cache }) => cache.state === 'up'))

  /** @returns milliseconds until `there` sees it */
  async function seenAfter(user: TestUser): Promise<number> {
    const from = performance.now()
    while (await isIn(there, user)) if (performance.now() - from > 5_000) break
    return performance.now() - from
  }

  it('a sign-out is seen by the other process at once', async () => {
    const user = await here.createUser({ role: 'staff' })
    expect(await isIn(there, user)).toBe(true)
    const reply = await here.call(user, 'DELETE', '/api/v1/session')
    expect(reply.statusCode).toBe(204)
    expect(await seenAfter(user)).toBeLessThan(200)
  })

  it('so is a deactivated account, for its session and whatever else it holds', async () => {
    const admin = await here.createUser({ role: 'administrator' })
    const user = await here.createUser({ role: 'staff' })
    expect(await isIn(there, user)).toBe(true)
    const [row] = await here.query<{ version: number }>('SELECT version FROM users WHERE id = $1', [user.id])
    const body = { version: row?.version, reason: 'left the office' }
    const reply = await here.call(admin, 'POST', `/api/v1/accounts/${user.id}/deactivate`, { body })
    expect(reply.statusCode).toBe(200)
    expect(await seenAfter(user)).toBeLessThan(200)
  })

  it('is kept for half a minute while the cache is up, and a grant still ends on time', async () => {
    const expiresAt = new Date(here.clock.now().getTime() + 10_000)
    const user = await here.createUser({
      role: 'partner',
      grants: [{ permission: 'community.read', effect: 'allow', scope: 'all', expiresAt }],
    })
    const plain = await here.createUser({ role: 'staff' })
    const read = async () => (await there.call(user, 'GET', '/api/v1/communities')).statusCode
    expect([await read(), await isIn(there, plain)]).toEqual([200, true])
    await withdraw(plain)
    here.clock.pass(9)
    expect([await read(), await isIn(there, plain)]).toEqual([200, true])
    here.clock.pass(2)
    expect([await read(), await isIn(there, plain)]).toEqual([403, true])
    here.clock.pass(20)
    expect(await isIn(there, plain)).toBe(false)
  })

  it.each(['freeze', 'kill'] as const)('with Redis gone (%s) it is seen within three seconds', async (how) => {
    const early = await here.createUser({ role: 'staff' })
    const late = await here.createUser({ role: 'staff' })
    expect(await isIn(there, early)).toBe(true)
    await redis[how]()
    await here.call(early, 'DELETE', '/api/v1/session')
    expect(await seenAfter(early)).toBeLessThan(3_000)
    await until('it is known to be gone', () => there.cache.state === 'down')
    expect(await isIn(there, late)).toBe(true)
    await here.call(late, 'DELETE', '/api/v1/session')
    here.clock.pass(3)
    expect(await isIn(there, late)).toBe(false)
  })

  it('what was missed while Redis was away does not outlive its return', async () => {
    const user = await here.createUser({ role: 'staff' })
    await redis.kill()
    await until('both know', () => [here, there].every(({ cache }) => cache.state === 'down'))
    expect(await isIn(there, user)).toBe(true)
    await here.call(user, 'DELETE', '/api/v1/session')
    redis = await startRedis(redis.port)
    await bothUp()
    expect(await isIn(there, user)).toBe(false)
  })
})
