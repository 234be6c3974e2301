import { once } from 'node:events'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type AskOptions, ask } from '#testing/ask.ts'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { noHaproxy, startHaproxy } from '#testing/peers/haproxy.ts'
import { type Command, childrenOf, type Installation, inProduction, install } from '#testing/peers/installation.ts'
import type { ProxyPeer } from '#testing/peers/nginx.ts'
import { freePort, until } from '#testing/peers/peer.ts'
import { noRedis, type RedisPeer, startRedis } from '#testing/peers/redis.ts'

const missing = noHaproxy ?? noRedis
const account = { email: 'admin@example.org', password: 'a long enough passphrase 7' }

/** One server of the office: folder and ports of its own, database and Redis shared. */
interface Replica {
  place: Installation
  port: number
  web: Command
  worker: Command
}

describe.skipIf(missing)(missing ?? 'two servers behind HAProxy', { timeout: 120_000 }, () => {
  let database: EmptyDb
  let redis: RedisPeer
  let proxy: ProxyPeer
  const replicas: Replica[] = []
  let cookie: string

  async function startReplica(): Promise<Replica> {
    const port = await freePort()
    const place = install({
      ...inProduction,
      PORT: String(port),
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      EMAIL_HOST: '127.0.0.1',
      EMAIL_PORT: '1',
      WEB_CONCURRENCY: '1',
      DB_POOL_TOTAL: '20',
      // People behind one address, and a test that asks faster than they do.
      RATE_LIMIT_ADDRESS: '60',
      RATE_LIMIT_USER: '0',
      OVERLOAD_DELAY_MS: '0',
      OBCMS_ADMIN_PASSWORD: account.password,
    })
    if (replicas.length === 0)
      for (const args of [['build'], ['migrate'], ['users', 'create-admin', '--email', account.email]])
        expect((await place.run(args)).code).toBe(0)
    const web = place.begin(['serve'])
    const worker = place.begin(['worker'])
    await web.hears(/web ready/)
    await worker.hears(/worker ready/)
    return { place, port, web, worker }
  }

  beforeAll(async () => {
    database = await createEmptyDb()
    redis = await startRedis()
    for (let count = 0; count < 2; count += 1) replicas.push(await startReplica())
    proxy = await startHaproxy({ upstreamPorts: replicas.map(({ port }) => port) })
    await until('the proxy finds both', async () => (await through('/health/')).status === 200)
  }, 240_000)
  afterAll(async () => {
    await proxy?.stop()
    for (const { place } of replicas) await place.close()
    await redis?.stop()
    await database?.drop()
  })

  const through = (path: string, options: AskOptions = {}) => ask(`${proxy.url}${path}`, { ca: proxy.ca, ...options })
  /** Past the proxy, as it would ask. `client`: who it says is asking. */
  const at = (replica: Replica | undefined, path: string, client = '198.51.100.7', options: AskOptions = {}) =>
    ask(`http://127.0.0.1:${replica?.port}${path}`, {
      ...options,
      headers: { host: 'localhost', 'x-forwarded-proto': 'https', 'x-forwarded-for': client, ...options.headers },
    })
  const whoIs = (answer: Answer) => answer.json<{ session: { user: { email: string } } | null }>().session?.user.email

  test('who signs in on one is known on the other; who signs out on the other is unknown on both at once', async () => {
    const signIn = () =>
      at(replicas[0], '/api/v1/session', '198.51.100.1', {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: 'https://localhost' },
        body: JSON.stringify(account),
      })
    const cookieOf = (answer: Answer) => String(answer.headers['set-cookie']).split(';')[0] ?? ''
    const other = cookieOf(await signIn())
    const asked = { headers: { cookie: other } }
    for (const replica of replicas)
      expect(whoIs(await at(replica, '/api/v1/session', undefined, asked))).toBe(account.email)
    const out = { method: 'DELETE', headers: { cookie: other, origin: 'https://localhost' } }
    expect((await at(replicas[1], '/api/v1/session', undefined, out)).status).toBe(204)
    await until(
      'it is unknown on both',
      async () => {
        const seen = await Promise.all(replicas.map((replica) => at(replica, '/api/v1/session', undefined, asked)))
        return seen.every((answer) => whoIs(answer) === undefined)
      },
      2,
    )
    cookie = cookieOf(await signIn())
  })

  test('the limit of requests counts over both', async () => {
    const statuses: number[] = []
    for (let turn = 0; turn < 80; turn += 1)
      statuses.push((await at(replicas[turn % 2], '/api/v1/places?q=ala', '198.51.100.99')).status)
    expect(statuses.slice(0, 60)).toEqual(Array(60).fill(401))
    expect(statuses.slice(60)).toEqual(Array(20).fill(429))
  })

  test('an event that one causes reaches a page that is open on the other', async () => {
    let heard = ''
    const stream = request(`${proxy.url}/api/v1/events`, { ca: proxy.ca, headers: { cookie }, agent: false, family: 4 })
    stream.on('error', () => {})
    stream.end()
    const [response] = await once(stream, 'response')
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => (heard += chunk))
    // On both, so that one of them is not the one that holds the stream.
    const ids: string[] = []
    for (const replica of replicas) {
      const sent = await at(replica, '/api/v1/imports', undefined, {
        method: 'POST',
        headers: { cookie, origin: 'https://localhost', 'content-type': 'multipart/form-data; boundary=edge' },
        body: '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nName,PSGC\nx,99\r\n--edge--\r\n',
      })
      ids.push(sent.json<{ id: string }>().id)
    }
    await until('both imports are told of', () => ids.every((id) => heard.includes(id)))
    stream.destroy()
  })

  test('a schedule fires once though two workers keep it', async () => {
    const jobs = await database.query<{ name: string; count: number }>(
      `SELECT name, count(*)::int AS count FROM pgboss.schedule GROUP BY name`,
    )
    expect(jobs.length).toBeGreaterThan(0)
    for (const { count } of jobs) expect(count).toBe(1)
    await database.query(`UPDATE pgboss.schedule SET cron = '* * * * *' WHERE name = 'identity.clean-up'`)
    const fired = () =>
      database.query<{ minute: string; count: number }>(
        `SELECT date_trunc('minute', created_on)::text AS minute, count(*)::int AS count FROM pgboss.job
          WHERE name = 'identity.clean-up' GROUP BY 1`,
      )
    await until('it has fired', async () => (await fired()).length > 0, 100)
    for (const { count } of await fired()) expect(count).toBe(1)
  }, 120_000)

  test('one is killed under load: nobody is signed out, the other serves all', async () => {
    const answers: number[] = []
    const lost: unknown[] = []
    const signedOut = 0
    let isOver = false
    const clients = Array.from({ length: 8 }, async () => {
      while (!isOver)
        await through('/api/v1/session', { headers: { cookie } }).then(
          (answer) =>
            answers.push(answer.status !== 200 || whoIs(answer) === account.email ? answer.status : signedOut),
          (error) => lost.push(error),
        )
    })
    await until('load is on', () => answers.length > 50)
    const { web } = replicas[0] as Replica
    // As when the machine goes: the supervisor and its process at the same moment.
    for (const pid of [web.child.pid ?? 0, ...childrenOf(web)]) process.kill(pid, 'SIGKILL')
    await web.code
    const atKill = answers.length
    await until('the other serves', () => answers.length > atKill + 100)
    isOver = true
    await Promise.all(clients)
    // Only what was in flight on the killed one may have failed: at most one request of each client.
    const failed = answers.filter((status) => status !== 200)
    expect(failed.filter((status) => ![502, 503, 504].includes(status))).toEqual([])
    expect(failed.length + lost.length).toBeLessThanOrEqual(8)
  })
})
