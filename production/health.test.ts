import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '#testing/ask.ts'
import { type Command, type Installation, install } from '#testing/peers/installation.ts'
import { freePort, until } from '#testing/peers/peer.ts'
import { noPostgres, type PostgresPeer, startPostgres } from '#testing/peers/postgres.ts'
import { noRedis, type RedisPeer, startRedis } from '#testing/peers/redis.ts'

const missing = noPostgres ?? noRedis
let postgres: PostgresPeer
let redis: RedisPeer
let place: Installation
let web: Command
let url: string

interface Ready {
  status: string
  checks: Record<string, boolean>
}

/** Status and checks, and how long the answer took in milliseconds. */
async function ready(): Promise<{ status: number; checks: Record<string, boolean>; ms: number }> {
  const started = performance.now()
  const answer = await ask(`${url}/ready/`)
  return { status: answer.status, checks: answer.json<Ready>().checks, ms: performance.now() - started }
}

const health = async (): Promise<number> => (await ask(`${url}/health/`)).status
const allWell = { database: true, cache: true, storage: true, migrations: true }

const steadyMs = 4_000

/** 503 comes within the two seconds that a check may take (and the second for which an answer is shared), and names the part. */
async function seesLost(part: 'database' | 'cache'): Promise<void> {
  // Each of the processes shares what it saw for a second of its own, and which of them answers is chance.
  let since: number | undefined
  await until(
    `/ready/ answers 503 for the ${part}, and goes on to`,
    async () => {
      if ((await ready()).status !== 503) since = undefined
      else since ??= performance.now()
      return since !== undefined && performance.now() - since > steadyMs
    },
    20,
  )
  for (let times = 0; times < 3; times += 1) {
    const { status, checks, ms } = await ready()
    expect([status, checks[part]]).toEqual([503, false])
    expect(ms).toBeLessThan(4_000)
    expect(await health()).toBe(200)
  }
}
const recovers = () => until('all is well again', async () => (await ready()).status === 200, 20)

describe.skipIf(missing)(missing ?? 'probes of the real server', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    postgres = await startPostgres()
    redis = await startRedis()
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    place = install({
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      PORT: String(port),
      WEB_CONCURRENCY: '2',
      DB_STATEMENT_TIMEOUT: '5',
    })
    for (const command of ['build', 'migrate']) expect((await place.run([command])).code).toBe(0)
    web = place.begin(['serve'])
    await web.hears(/web ready/)
  }, 180_000)
  afterAll(async () => {
    await place?.close()
    await redis?.stop()
    await postgres?.close()
  })

  test('all is well', async () => {
    const answer = await ask(`${url}/health/`)
    expect(answer.json()).toEqual({ status: 'healthy', service: 'obcms', version: expect.any(String) })
    await recovers()
    expect((await ready()).checks).toEqual(allWell)
  })

  test('PostgreSQL stopped, and started again', async () => {
    await postgres.stop()
    await seesLost('database')
    await postgres.start()
    await recovers()
  })

  test('PostgreSQL frozen, and thawed', async () => {
    postgres.freeze()
    try {
      await seesLost('database')
    } finally {
      postgres.thaw()
    }
    await recovers()
  })

  test('Redis killed, and started again', async () => {
    await redis.kill()
    await seesLost('cache')
    expect((await ready()).checks.database).toBe(true)
    redis = await startRedis(redis.port)
    await recovers()
  })

  test('Redis frozen, and thawed', async () => {
    redis.freeze()
    try {
      await seesLost('cache')
      // What needs no cache goes on: sign-in is refused for its words, not for the outage.
      const signIn = await ask(`${url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'nobody@example.org', password: 'not the password' }),
      })
      expect(signIn.json()).toMatchObject({ code: 'wrong_credentials' })
    } finally {
      redis.thaw()
    }
    await recovers()
  })

  test('a stop that has begun is seen before the last answer', async () => {
    const again = await freePort()
    const other = place.begin(['serve'], { PORT: String(again), STOP_DELAY: '3', WEB_CONCURRENCY: '1' })
    await other.hears(/web ready/)
    const status = async () => (await ask(`http://127.0.0.1:${again}/ready/`)).status
    await until('it is ready', async () => (await status()) === 200)
    other.child.kill('SIGTERM')
    await until('it says that it stops', async () => (await status()) === 503, 3)
    expect((await ask(`http://127.0.0.1:${again}/health/`)).status).toBe(200)
    expect(await other.code).toBe(0)
  })
})
