import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Command, type Installation, install } from '#testing/peers/installation.ts'
import { until } from '#testing/peers/peer.ts'
import { noPgBouncer, type PgBouncerPeer, startPgBouncer } from '#testing/peers/pgbouncer.ts'
import { noPostgres, type PostgresPeer, startPostgres } from '#testing/peers/postgres.ts'
import { staff, work } from './daily-work.ts'
import { type Answer, ask, beginLoad } from './steady-load.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

/** What is tried here is the database; other limits of the web stay out of the way. */
const settings = { PORT: '0', RATE_LIMIT_USER: '0', RATE_LIMIT_ADDRESS: '0', OVERLOAD_DELAY_MS: '0' }
const missing = noPostgres ?? noPgBouncer

async function serve(obcms: Installation, more: Record<string, string> = {}) {
  const web = obcms.begin(['serve'], more)
  return { web, address: await web.hears(/"address":"(http[^"]+)"/) }
}

const good = (answers: Answer[]) => answers.filter(({ status }) => status >= 200 && status < 300)
const statuses = (answers: Answer[]) => [...new Set(answers.map(({ status }) => status))].sort()

describe.skipIf(missing)(`connections${missing ? `: ${missing}` : ''}`, () => {
  let postgres: PostgresPeer
  let obcms: Installation
  const started: Command[] = []
  const begun = <T extends { web: Command }>(one: T): T => {
    started.push(one.web)
    return one
  }

  beforeAll(async () => {
    postgres = await startPostgres()
    obcms = install({ ...settings, DATABASE_URL: postgres.url })
    expect(await obcms.run(['build'])).toMatchObject({ code: 0 })
    expect(await obcms.run(['migrate'])).toMatchObject({ code: 0 })
  })
  afterEach(async () => {
    for (const { child, code } of started.splice(0)) {
      child.kill('SIGTERM')
      expect(await code).toBe(0)
    }
  })
  afterAll(async () => {
    await obcms?.close()
    await postgres?.close()
  })

  /** No write that was answered as done is missing. */
  async function expectKept(answers: Answer[]): Promise<void> {
    const ids = good(answers).flatMap(({ id }) => id ?? [])
    expect(ids.length).toBeGreaterThan(0)
    const kept = await postgres.query('SELECT FROM communities WHERE id = ANY($1)', [ids])
    expect(kept).toHaveLength(ids.length)
  }

  describe('through PgBouncer in transaction mode', () => {
    let pooler: PgBouncerPeer
    let pooled: Record<string, string>
    beforeAll(async () => {
      pooler = await startPgBouncer(postgres.url, 5)
      pooled = { DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: postgres.url, DB_PGBOUNCER: '1' }
    })
    afterAll(() => pooler?.stop())

    test('obcms migrate gives sessions behind the pooler their time zone and time-outs', async () => {
      expect(await obcms.run(['migrate'], { ...pooled, DB_STATEMENT_TIMEOUT: '17' })).toMatchObject({ code: 0 })
      const client = new pg.Client({ connectionString: pooler.url })
      await client.connect()
      const { rows } = await client.query(
        `SELECT current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS statement,
           current_setting('idle_in_transaction_session_timeout') AS idle`,
      )
      await client.end()
      expect(rows).toEqual([{ zone: 'Asia/Manila', statement: '17s', idle: '1min' }])
    })

    test('people work, jobs run, and fifty at once share five connections', async () => {
      const { address } = begun(await serve(obcms, pooled))
      const worker = obcms.begin(['worker'], pooled)
      started.push(worker)
      await worker.hears(/worker ready/)
      await work(address, postgres)
      await work(address, postgres)

      const person = await staff(postgres)
      const forgot = await fetch(`${address}/api/v1/password-resets`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: person.email }),
      })
      expect(forgot.status).toBeLessThan(300)
      const letters = join(obcms.dataDir, 'mail')
      await until('the letter is sent', () => existsSync(letters) && readdirSync(letters).length > 0)
      const sessions = await postgres.query(`SELECT FROM pg_stat_activity WHERE application_name = 'obcms jobs'`)
      expect(sessions.length).toBeGreaterThan(0)
      expect(await pooler.clients()).toContain('obcms')
      expect(await pooler.clients()).not.toContain('obcms jobs')

      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => ask(address, person, index % 2 ? `Fifty ${index}` : undefined)),
      )
      expect(good(answers)).toHaveLength(50)
      await expectKept(answers)
      const [behind] = await postgres.query<{ count: string }>(
        `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'obcms'`,
      )
      expect(Number(behind?.count)).toBeLessThanOrEqual(5)
    })

    test('PostgreSQL behind it restarts: only 503 meanwhile, and it heals', async () => {
      const { address } = begun(await serve(obcms, { ...pooled, DB_STATEMENT_TIMEOUT: '3' }))
      const load = beginLoad(address, await staff(postgres))
      await until('writes are answered', () => good(load.answers).length > 20)
      await postgres.stop()
      await sleep(3_000)
      await postgres.start()
      const back = performance.now()
      await until('it works again', () => good(load.answers).some(({ beganAt }) => beganAt > back), 5)
      await sleep(2_000)
      const answers = await load.stop()
      expect(statuses(answers.filter(({ beganAt }) => beganAt > back + 5_000))).not.toContain(503)
      expect(statuses(answers)).toEqual([200, 201, 503])
      await expectKept(answers)
    })
  })

  test('PostgreSQL stopped for ten seconds under load: only 503 meanwhile, healed within five, no acknowledged write lost', async () => {
    const { web, address } = begun(await serve(obcms))
    const load = beginLoad(address, await staff(postgres))
    await until('writes are answered', () => good(load.answers).length > 20)
    const stopped = performance.now()
    await postgres.stop()
    await sleep(10_000)
    expect((await fetch(`${address}/health/`)).status).toBe(200)
    expect((await fetch(`${address}/ready/`)).status).toBe(503)
    await postgres.start()
    const back = performance.now()
    await until('it works again', () => good(load.answers).some(({ beganAt }) => beganAt > back), 5)
    await until('some seconds more have passed', () => load.answers.some(({ beganAt }) => beganAt > back + 6_000))
    const answers = await load.stop()
    expect(statuses(answers)).toEqual([200, 201, 503])
    const refused = answers.filter(({ status }) => status === 503)
    expect(refused.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true)
    expect(refused.every(({ endedAt, beganAt }) => endedAt > stopped && beganAt < back + 5_000)).toBe(true)
    await expectKept(answers)
    expect(web.child.exitCode).toBeNull()
  })

  test('PostgreSQL that stands still: requests end as 503 in bounded time, and all goes on when it goes on', async () => {
    const { address } = begun(await serve(obcms, { DB_STATEMENT_TIMEOUT: '4', DB_POOL_WAIT: '4' }))
    const person = await staff(postgres)
    const asks = (count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, index) => ask(address, person, index % 2 ? `Still ${index}` : undefined)),
      )
    await until('twenty at once are served', async () => good(await asks(20)).length === 20)
    postgres.freeze()
    try {
      const answers = await asks(60)
      expect(statuses(answers)).toEqual([503])
      // 4 s for a connection, 4 s for the statement, 5 s of grace; the rest is for a slow machine.
      expect(Math.max(...answers.map(({ beganAt, endedAt }) => endedAt - beganAt))).toBeLessThan(20_000)
      expect((await fetch(`${address}/health/`)).status).toBe(200)
    } finally {
      postgres.thaw()
    }
    await until('it works again', async () => good([await ask(address, person)]).length === 1, 5)
    await until('twenty at once are served', async () => good(await asks(20)).length === 20)
  })

  test('all processes together stay under DB_POOL_TOTAL', async () => {
    const limit = { DB_POOL_TOTAL: '16' }
    const { address } = begun(await serve(obcms, limit))
    const worker = obcms.begin(['worker'], limit)
    started.push(worker)
    await worker.hears(/worker ready/)
    const person = await staff(postgres)
    const seen: number[] = []
    let isOver = false
    const watch = (async () => {
      while (!isOver) {
        const [row] = await postgres.query<{ count: string }>(
          `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'obcms%'`,
        )
        seen.push(Number(row?.count))
      }
    })()
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(address, person, `Many ${index}`)))
    isOver = true
    await watch
    expect(good(answers)).toHaveLength(100)
    expect(Math.max(...seen)).toBeGreaterThan(5)
    expect(Math.max(...seen)).toBeLessThanOrEqual(16)
  })
})
