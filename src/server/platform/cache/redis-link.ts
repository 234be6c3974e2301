import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, ErrorReply } from '@redis/client'
import type { Log } from '../log.ts'
import { CacheDown, type CacheState } from './cache.ts'

const connectMs = 1_000
const answerMs = 500
const beatMs = 1_000
const firstDelayMs = 100
const longestDelayMs = 2_000

const open = (url: string) =>
  createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    socket: { connectTimeout: connectMs, reconnectStrategy: false },
  })
type Client = ReturnType<typeof open>

/** Fails when `work` takes too long; a process that was busy itself looks once more before it blames the other side. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => setImmediate(() => late.reject(new Error(`no answer within ${ms} ms`))), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
    work.catch(() => {})
  }
}

export interface RedisLink {
  readonly state: CacheState
  /** @throws CacheDown at once while it is down, and after half a second when no answer comes */
  ask<T>(command: (client: Client) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface LinkOptions {
  url: string
  log: Log
  /** Before a new connection counts as up. */
  prepare(client: Client): Promise<unknown>
  changed(state: CacheState): void
}

/**
 * One connection that is known to answer, or none. A call without an answer, a missed beat or a lost socket ends it, with all
 * that waits on it; a new one is tried with growing delays.
 * @returns after the first try, whether it led anywhere or not
 */
export async function openLink({ url, log, prepare, changed }: LinkOptions): Promise<RedisLink> {
  let client: Client | undefined
  let wasUp: boolean | undefined
  const stop = new AbortController()

  function tell(isUp: boolean, err?: unknown): void {
    if (isUp === wasUp || stop.signal.aborted) return
    if (!isUp) log.warn({ err }, 'shared cache lost; each process goes on alone')
    else if (wasUp === false) log.info('shared cache is back')
    wasUp = isUp
    changed(isUp ? 'up' : 'down')
  }

  function lose(lost: Client, err: unknown): void {
    if (lost.isOpen) lost.destroy()
    if (client !== lost) return
    client = undefined
    tell(false, err)
    void reconnect()
  }

  async function connect(): Promise<void> {
    const made = open(url)
    made.on('error', (err) => lose(made, err))
    made.on('end', () => lose(made, new Error('connection closed')))
    try {
      await within(connectMs, made.connect())
      // One that still loads its data answers this with an error.
      await within(connectMs, made.ping())
      await within(connectMs, prepare(made))
      stop.signal.throwIfAborted()
      client = made
      tell(true)
    } catch (err) {
      if (made.isOpen) made.destroy()
      tell(false, err)
      throw err
    }
  }

  async function reconnect(): Promise<void> {
    for (let delay = firstDelayMs; !stop.signal.aborted; delay = Math.min(longestDelayMs, delay * 2)) {
      try {
        await sleep(delay * (0.5 + Math.random() / 2), undefined, { signal: stop.signal, ref: false })
        return await connect()
      } catch {
        // Said once by `tell`; the next try follows.
      }
    }
  }

  async function ask<T>(command: (client: Client) => Promise<T>): Promise<T> {
    const asked = client
    if (!asked) throw new CacheDown()
    try {
      return await within(answerMs, command(asked))
    } catch (err) {
      // An answer that says no comes from a server that lives.
      if (err instanceof ErrorReply) throw err
      lose(asked, err)
      throw new CacheDown(err)
    }
  }

  const beat = setInterval(() => client && ask((one) => one.ping()).catch(() => {}), beatMs)
  beat.unref()
  await connect().catch(() => void reconnect())

  return {
    get state() {
      return client ? 'up' : 'down'
    },
    ask,
    async close() {
      stop.abort()
      clearInterval(beat)
      const last = client
      client = undefined
      if (last?.isOpen) last.destroy()
    },
  }
}
