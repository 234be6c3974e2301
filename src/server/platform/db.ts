import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import Cursor from 'pg-cursor'
import { withAfterwards } from './after-commit.ts'
import { type ConnectionCounts, type ConnectionOptions, openConnections } from './database-connections.ts'
import type { DB as Tables } from './tables.ts'

export type { Tables }
/** Reads; both `Db` and `Tx` are one. */
export type Reader = Pick<Kysely<Tables>, 'selectFrom' | 'selectNoFrom' | 'with' | 'getExecutor'>
/** The only handle that writes. */
export type Tx = Transaction<Tables>
export interface Db extends Reader {
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** A read-only snapshot: several queries, or a stream, that see the same moment. */
  snapshot<T>(work: (reader: Tx) => Promise<T>): Promise<T>
  /** @throws when the database does not answer */
  ping(): Promise<void>
  /** Connections of this process, for its metrics. */
  connections(): ConnectionCounts
  close(): Promise<void>
}

export function openDb(options: ConnectionOptions): Db {
  const { pool, counts } = openConnections(options)
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool, cursor: Cursor }) })
  return {
    selectFrom: kysely.selectFrom.bind(kysely),
    selectNoFrom: kysely.selectNoFrom.bind(kysely),
    with: kysely.with.bind(kysely),
    getExecutor: () => kysely.getExecutor(),
    transact: (work) => withAfterwards((run) => kysely.transaction().execute(run), work),
    snapshot: (work) =>
      kysely.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
    async ping() {
      await sql`SELECT 1`.execute(kysely)
    },
    connections: counts,
    close: () => kysely.destroy(),
  } as Db
}

const uniqueViolation = '23505'
/** The name of the unique constraint or index an error broke, when it is one. */
export function brokenUnique(error: unknown): string | undefined {
  const failure = error as { code?: string; constraint?: string }
  return failure?.code === uniqueViolation ? (failure.constraint ?? '') : undefined
}
