import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { onServer } from './global-setup.ts'

export interface EmptyDb {
  url: string
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>
  drop(): Promise<void>
}

/** A database of the run's server in which nothing was migrated yet. */
export async function createEmptyDb(): Promise<EmptyDb> {
  const server = inject('databaseServer')
  const name = `empty_${randomBytes(6).toString('hex')}`
  const admin = new pg.Pool({ connectionString: server, max: 1 })
  await admin.query(`CREATE DATABASE ${name}`)
  const url = onServer(server, name)
  const direct = new pg.Pool({ connectionString: url, max: 2, application_name: 'test' })
  direct.on('error', () => {})
  return {
    url,
    query: async (text, values) => (await direct.query(text, values)).rows,
    async drop() {
      await direct.end()
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await admin.end()
    },
  }
}
