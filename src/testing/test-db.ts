import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { inject } from 'vitest'
import { type Db, openDb } from '#server/platform/db.ts'
import { onServer } from './global-setup.ts'

export interface TestDb {
  db: Db
  url: string
  /** SQL straight to the database, for factories and for looking at rows. */
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>
  close(): Promise<void>
}

/** A database of its own, cloned from the template; made per test file. */
export async function createTestDb(): Promise<TestDb> {
  const server = inject('databaseServer')
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: server })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${inject('templateDatabase')}`)
  const url = onServer(server, name)
  const db = openDb({ url, poolSize: 5 })
  const direct = new pg.Pool({ connectionString: url, max: 2 })
  return {
    db,
    url,
    query: async (text, values) => (await direct.query(text, values)).rows,
    async close() {
      await db.close()
      await direct.end()
      // A connection that still says goodbye when its database is dropped raises an error that nobody can catch.
      for (let tries = 0; tries < 200; tries += 1) {
        const open = await admin.query('SELECT FROM pg_stat_activity WHERE datname = $1', [name])
        if (open.rowCount === 0) break
        await sleep(10)
      }
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await admin.end()
    },
  }
}
