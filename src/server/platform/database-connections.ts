import type { Socket } from 'node:net'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'
import type Cursor from 'pg-cursor'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { sessionSettings } from './session-settings.ts'
import { statementName, withRequestId } from './statement-texts.ts'

export type ConnectionOptions = Pick<Config, 'poolSize'> &
  Partial<Pick<Config, 'connectionSeconds' | 'poolWaitSeconds' | 'statementSeconds' | 'pgBouncer' | 'sqlComments'>> & {
    url: string
    applicationName?: string
    onError?: (error: Error) => void
  }

export interface ConnectionCounts {
  total: number
  idle: number
  /** Requests that wait for a connection. */
  waiting: number
}

/** The server ends a slow statement itself; who hears nothing for so much longer has lost the server. */
const graceMs = 5_000

const int8 = 20
const dateOnly = 1082
const numeric = 1700
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === int8 || oid === numeric) return Number
    if (oid === dateOnly) return (value: string) => value
    return pg.types.getTypeParser(oid, format)
  }) as typeof pg.types.getTypeParser,
}

const unavailable = (cause: unknown): AppError =>
  cause instanceof AppError
    ? cause
    : new AppError(
        'unavailable',
        'The database does not answer at the moment. Try again in a few seconds.',
        { retryAfter: 5 },
        cause,
      )

/** Class 08 and 57P: the connection or the server goes away, also in the words of PgBouncer. */
const isLoss = (error: unknown): boolean => /^(08|57P|ECONN|EPIPE)/.test((error as { code?: string }).code ?? '')

/** A pool whose connections answer in time or are given up, and are never lent out again when they are broken. */
export function openConnections(options: ConnectionOptions): { pool: PostgresPool; counts(): ConnectionCounts } {
  const { connectionSeconds = 600, poolWaitSeconds = 5, statementSeconds = 30, pgBouncer, sqlComments } = options
  const settings = Object.entries(sessionSettings(statementSeconds)).map(([name, value]) => `-c ${name}=${value}`)
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: poolWaitSeconds * 1_000,
    idleTimeoutMillis: 30_000,
    maxLifetimeSeconds: connectionSeconds,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: options.applicationName ?? 'obcms',
    ...(!pgBouncer && { options: settings.join(' ') }),
    types,
  })
  const broken = new WeakMap<pg.PoolClient, Promise<void>>()
  const lost = new WeakSet<pg.PoolClient>()
  // A connection lost while it is lent out would else end the process; who uses it sees its query fail.
  pool.on('connect', (client) => {
    const end = Promise.withResolvers<void>()
    broken.set(client, end.promise)
    const note = (error?: Error) => {
      lost.add(client)
      end.resolve()
      if (error) options.onError?.(error)
    }
    client.on('error', note)
    client.on('end', () => note())
  })
  pool.on('error', () => {})

  const patienceMs = statementSeconds * 1_000 + graceMs
  async function inTime<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
    const giveUp = () => {
      const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
      stream.destroy(new Error(`the database has not answered for ${patienceMs / 1_000} s`))
    }
    const late = setTimeout(giveUp, patienceMs)
    try {
      return await work()
    } catch (error) {
      throw lost.has(client) || isLoss(error) ? unavailable(error) : error
    } finally {
      clearTimeout(late)
    }
  }

  function watched(client: pg.PoolClient, cursor: Cursor): Cursor {
    if (sqlComments) (cursor as unknown as { text: string }).text = withRequestId((cursor as unknown as Text).text)
    const read = cursor.read.bind(cursor)
    const close = cursor.close.bind(cursor)
    cursor.read = ((rows: number) => inTime(client, () => read(rows))) as typeof cursor.read
    // On a lost connection it would wait for an answer without end, and keep its place in the pool.
    cursor.close = (() => Promise.race([inTime(client, close), broken.get(client)])) as typeof cursor.close
    return cursor
  }

  const lend = (client: pg.PoolClient) => ({
    query(query: string | Cursor, values?: unknown[]) {
      if (typeof query !== 'string') return client.query(watched(client, query) as unknown as pg.Submittable)
      const isBegin = query === 'begin' || query.startsWith('start transaction')
      const text = sqlComments || isBegin ? withRequestId(query) : query
      const name = values?.length && !pgBouncer && !sqlComments ? statementName(query) : undefined
      return inTime(client, () => client.query({ text, values, ...(name && { name }) }))
    },
    release: (discard?: boolean) => client.release(discard),
  })

  const lending = {
    get options() {
      return pool.options
    },
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect().catch((cause: unknown) => {
        throw unavailable(cause)
      })
      return lend(client) as unknown as PostgresPoolClient
    },
  } as PostgresPool
  return {
    pool: lending,
    counts: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  }
}

type Text = { text: string }
