import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDb, type TestDb } from '#testing/test-db.ts'
import { type Db, openDb } from './db.ts'
import { withRequest } from './request-context.ts'

let database: TestDb
const opened: Db[] = []
const open = (options: Partial<Parameters<typeof openDb>[0]> = {}): Db => {
  const db = openDb({ url: database.url, poolSize: 2, applicationName: 'lent', ...options })
  opened.push(db)
  return db
}

beforeAll(async () => {
  database = await createTestDb()
})
afterAll(async () => {
  for (const db of opened) await db.close()
  await database.close()
})

const unavailable = { name: 'AppError', code: 'unavailable', details: { retryAfter: 5 } }
const killAll = () =>
  database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lent'`)

describe('time-outs', () => {
  test('every session has its time zone and time-outs', async () => {
    const db = open({ statementSeconds: 7 })
    const { rows } =
      await sql`SELECT current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS statement,
      current_setting('idle_in_transaction_session_timeout') AS idle`.execute(db)
    expect(rows).toEqual([{ zone: 'Asia/Manila', statement: '7s', idle: '1min' }])
  })

  test('who waits too long for a connection is told to come again; the counts show him', async () => {
    const db = open({ poolSize: 1, poolWaitSeconds: 1 })
    await db.transact(async () => {
      const second = sql`SELECT 1`.execute(db)
      expect(db.connections()).toEqual({ total: 1, idle: 0, waiting: 1 })
      await expect(second).rejects.toMatchObject(unavailable)
    })
    expect(db.connections()).toEqual({ total: 1, idle: 1, waiting: 0 })
  })
})

describe('a lost connection', () => {
  test('in a transaction: says so as unavailable, and the next one works', async () => {
    const db = open()
    const losing = db.transact(async (tx) => {
      await sql`SELECT 1`.execute(tx)
      await killAll()
      await sql`SELECT 1`.execute(tx)
    })
    await expect(losing).rejects.toMatchObject(unavailable)
    expect((await sql`SELECT 1 AS one`.execute(db)).rows).toEqual([{ one: 1 }])
  })

  test('while it lay idle: is not lent out again', async () => {
    const db = open()
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([sql`SELECT 1`.execute(db), sql`SELECT 1`.execute(db)])
      await killAll()
      await expect.poll(() => db.connections().total).toBe(0)
      expect((await sql`SELECT 1 AS one`.execute(db)).rows).toEqual([{ one: 1 }])
    }
  })

  test('while rows are streamed: the reader is told, and its place in the pool is free again', async () => {
    const db = open({ poolSize: 1 })
    const reading = db.snapshot(async (reader) => {
      let rows = 0
      for await (const _ of reader.selectFrom('places').select('code').stream(100)) {
        rows += 1
        if (rows === 100) await killAll()
      }
    })
    await expect(reading).rejects.toMatchObject(unavailable)
    expect((await sql`SELECT 1 AS one`.execute(db)).rows).toEqual([{ one: 1 }])
  })
})

describe('the request of a statement', () => {
  test('stands in the beginning of its transaction, without what could end the comment', async () => {
    const db = open()
    const begin = await withRequest('a1-b2 */ DROP TABLE users; --', () =>
      db.transact(() =>
        database.query<{ query: string }>(
          `SELECT query FROM pg_stat_activity WHERE application_name = 'lent' AND state = 'idle in transaction'`,
        ),
      ),
    )
    expect(begin).toEqual([{ query: '/* request_id=a1-b2DROPTABLEusers-- */ begin' }])
  })

  test('stands in every statement when that is asked for', async () => {
    const db = open({ sqlComments: true })
    const mine = () =>
      sql<{ query: string }>`SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid() AND ${1} = 1`.execute(db)
    for (const id of ['first', 'second', 'third']) {
      const { rows } = await withRequest(id, mine)
      expect(rows[0]?.query).toMatch(new RegExp(`^/\\* request_id=${id} \\*/ SELECT query`))
    }
    expect((await mine()).rows[0]?.query).toMatch(/^SELECT query/)
  })
})
