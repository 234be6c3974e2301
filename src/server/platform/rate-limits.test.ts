import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { until } from '#testing/peers/peer.ts'
import { noRedis, type RedisPeer, startRedis } from '#testing/peers/redis.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { memoryCache } from './cache/memory-cache.ts'
import { rateLimits } from './rate-limits.ts'
import { createSecurity } from './security.ts'

const url = '/api/v1/communities?limit=1'
const limited = { RATE_LIMIT_USER: '10', RATE_LIMIT_ADDRESS: '10' }
/** @returns how many of so many requests were let in */
async function letIn(app: TestApp, user: TestUser | undefined, tries: number): Promise<number> {
  let open = 0
  for (let at = 0; at < tries; at += 1) if ((await app.call(user, 'GET', url)).statusCode !== 429) open += 1
  return open
}

describe('one process', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await createTestApp({ settings: limited })
  })
  afterAll(() => app.close())

  it('counts each person alone, and refuses with a reason and a time', async () => {
    const [user, other] = [await app.createUser({ role: 'staff' }), await app.createUser({ role: 'staff' })]
    expect(await letIn(app, user, 12)).toBe(10)
    expect(await letIn(app, other, 3)).toBe(3)
    const reply = await app.call(user, 'GET', url)
    expect(reply.json()).toMatchObject({ code: 'too_many_requests', status: 429 })
    const wait = Number(reply.headers['retry-after'])
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(60)
  })

  it('counts strangers and bad tokens of one network together, and leaves people with a session alone', async () => {
    const headers = { authorization: `Bearer obcms_${'a'.repeat(43)}` }
    const statuses: number[] = []
    for (let at = 0; at < 12; at += 1)
      statuses.push((await app.call(undefined, 'GET', url, at % 2 ? { headers } : {})).statusCode)
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
    expect(await letIn(app, await app.createUser({ role: 'staff' }), 2)).toBe(2)
  })

  it('never holds back the probes', async () => {
    for (let at = 0; at < 25; at += 1) expect((await app.server.app.inject({ url: '/health/' })).statusCode).toBe(200)
  })
})

it('says each refused key once in the security log; 0 is no limit', async () => {
  const sink = new PassThrough()
  const lines: Record<string, unknown>[] = []
  sink.on('data', (line) => lines.push(JSON.parse(line)))
  const config = { ratePerUser: 0, ratePerAddress: 2 }
  const limitRate = rateLimits({ cache: memoryCache(), config, security: createSecurity(pino(sink)) })
  const tries = await Promise.allSettled(
    Array.from({ length: 9 }, (_, at) => limitRate(undefined, `2001:db8:1:2::${at}`)),
  )
  await limitRate(undefined, '2001:db8:1:3::1')
  expect(tries.filter(({ status }) => status === 'rejected')).toHaveLength(7)
  await expect(limitRate(undefined, '2001:db8:1:2::ff')).rejects.toMatchObject({ code: 'too_many_requests' })
  const said = lines.filter(({ event }) => event === 'rate_limited')
  expect(said).toEqual([expect.objectContaining({ log: 'security', rate: '2001:db8:1:2::/64', limit: 2 })])
  const actor = { userId: 'u', tokenId: null } as never
  for (let at = 0; at < 100; at += 1) await limitRate(actor, '192.0.2.1')
})

describe.skipIf(noRedis)(`two processes${noRedis ? ` (skipped: ${noRedis})` : ''}`, () => {
  let redis: RedisPeer
  let here: TestApp
  let there: TestApp
  beforeAll(async () => {
    redis = await startRedis()
    const settings = { ...limited, REDIS_URL: redis.url }
    here = await createTestApp({ settings })
    there = await createTestApp({ settings, beside: here })
  })
  afterEach(() => redis.thaw())
  afterAll(async () => {
    await there.close()
    await here.close()
    await redis.stop()
  })

  it('share one count', async () => {
    const user = await here.createUser({ role: 'staff' })
    expect((await letIn(here, user, 7)) + (await letIn(there, user, 7))).toBe(10)
    expect(await letIn(here, user, 2)).toBe(0)
  })

  it('count alone while Redis is frozen, and hold nobody up for it', async () => {
    const user = await here.createUser({ role: 'staff' })
    redis.freeze()
    await until('both know', () => [here, there].every(({ cache }) => cache.state === 'down'))
    const begun = performance.now()
    expect([await letIn(here, user, 12), await letIn(there, user, 12)]).toEqual([10, 10])
    expect(performance.now() - begun).toBeLessThan(5_000)
  })
})
