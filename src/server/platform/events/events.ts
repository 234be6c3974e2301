import type { ServerResponse } from 'node:http'
import type { EventData, EventKind, EventView, StreamOpened } from '#contract/events.ts'
import type { Actor } from '../actor.ts'
import { afterCommit } from '../after-commit.ts'
import type { Tx } from '../db.ts'
import { AppError } from '../errors.ts'
import type { ModuleDeps } from '../module.ts'
import { insertEvent, listEventsOf } from './events.repo.ts'
import { Feed } from './feed.ts'
import { beat, end, groups, type Stream, Streams, write } from './streams.ts'

/** The table is read every second where no message wakes, every fifth where one might have been lost. */
const secondsBetweenLooks = { alone: 1, told: 5 }
/** Events sent again to who comes back. */
const mostAgain = 500
const channel = 'events'

export interface NewEvent<K extends EventKind = EventKind> {
  userId: string
  kind: K
  data: EventData[K]
}

/** Stores an event with the change that causes it, as the last thing of its transaction; pages hear of it after the commit. */
export type Emit = <K extends EventKind>(tx: Tx, event: NewEvent<K>) => Promise<void>

export interface Events {
  emit: Emit
  /** @throws AppError when this process or this person has no room for one more */
  open(actor: Actor, after: number | undefined): Promise<(response: ServerResponse) => void>
  /** Ends the streams whose session is over, and tells the others; without a person: looks after everyone's, and tells nobody. */
  accessChanged(userId?: string): void
  /** Ends all streams and opens none any more. */
  closeStreams(): void
}

export interface EventsDeps extends Pick<ModuleDeps, 'db' | 'clock' | 'log' | 'cache'> {
  /** Which of these sessions still stand. */
  standing(sessionIds: readonly string[]): Promise<Set<string>>
}

const message = (view: EventView | StreamOpened, id?: number): string =>
  `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(view)}\n\n`

export function createEvents({ db, clock, log, cache, standing }: EventsDeps): Events {
  const streams = new Streams()
  const feed = new Feed(db)
  let isClosed = false
  let seconds = 0
  let ticking: NodeJS.Timeout | undefined
  /** Looks follow one another; one that was asked for meanwhile follows once. */
  let looking: Promise<void> | undefined
  let isAskedAgain = false

  /** A database that is away would else fill the log. */
  let toldAt = Number.NEGATIVE_INFINITY
  const tellOnce = (words: string) => (err: unknown) => {
    if (performance.now() - toldAt < 60_000) return
    toldAt = performance.now()
    log.warn({ err }, words)
  }

  function look(): Promise<void> {
    isAskedAgain = looking !== undefined
    looking ??= (async () => {
      do {
        isAskedAgain = false
        const floor = feed.floor
        for (const { userId, at, ...event } of await feed.next()) {
          const view = { ...event, at: new Date(at).toISOString() } as EventView
          for (const stream of streams.of(userId)) write(stream, message(view, floor))
        }
      } while (isAskedAgain)
    })().finally(() => {
      looking = undefined
    })
    return looking
  }
  const lookSoon = () => void look().catch(tellOnce('events could not be read; tried again every few seconds'))

  async function endOver(some: readonly Stream[], tell: (stream: Stream) => void): Promise<void> {
    if (some.length === 0) return
    const standingNow = await standing(some.map(({ sessionId }) => sessionId))
    for (const stream of some) {
      if (standingNow.has(stream.sessionId)) tell(stream)
      else end(stream, accessMessage())
    }
  }
  const endOverSoon = (some: readonly Stream[], tell: (stream: Stream) => void) =>
    void endOver(some, tell).catch(tellOnce('sessions of open pages could not be checked; tried again every second'))

  const accessMessage = () => message({ id: null, kind: 'access.changed', at: clock.now().toISOString(), data: {} })

  function tick(): void {
    if (streams.size === 0) {
      clearInterval(ticking)
      ticking = undefined
      return
    }
    seconds += 1
    endOverSoon(streams.inGroup(seconds % groups), beat)
    const isTold = cache.isShared && cache.state === 'up'
    if (seconds % (isTold ? secondsBetweenLooks.told : secondsBetweenLooks.alone) === 0) lookSoon()
  }

  /** The feed stands still while nobody listens. */
  let starting: Promise<void> | undefined
  async function listen(): Promise<void> {
    if (ticking) return
    starting ??= feed.start().finally(() => {
      starting = undefined
    })
    await starting
    ticking ??= setInterval(tick, 1_000).unref()
  }

  const wake = (userId: string, id: number): void => {
    if (streams.has(userId) && !feed.knows(id)) lookSoon()
  }
  cache.subscribe(channel, (text) => {
    const [userId = '', id] = text.split(' ')
    wake(userId, Number(id))
  })
  cache.whenChanged(() => streams.size > 0 && lookSoon())

  return {
    async emit(tx, event) {
      const id = await insertEvent(tx, event, clock.now())
      afterCommit(tx, () => {
        wake(event.userId, id)
        void cache.publish(channel, `${event.userId} ${id}`)
      })
    },
    async open({ userId, sessionId }, after) {
      if (isClosed || !sessionId)
        throw new AppError('unavailable', 'This server is about to stop. Try again.', { retryAfter: 1 })
      if (streams.isFull(userId))
        throw new AppError('too_many_requests', 'Too many pages are open. Close some.', { retryAfter: 30 })
      await listen()
      return (response) => {
        const stream = streams.add(userId, sessionId, response)
        if (isClosed) return end(stream)
        // Each comes back after another while, should all be sent away at once.
        write(stream, `retry: ${1_000 + Math.floor(Math.random() * 3_000)}\n`)
        write(stream, message({ kind: 'opened', at: clock.now().toISOString() }, after ?? feed.floor))
        if (after !== undefined) void again(stream, after)
      }
    },
    accessChanged(userId) {
      if (userId === undefined) endOverSoon(streams.all(), () => {})
      else endOverSoon(streams.of(userId), (stream) => write(stream, accessMessage()))
    },
    closeStreams() {
      isClosed = true
      clearInterval(ticking)
      for (const stream of streams.all()) end(stream)
    },
  }

  /** What the reader missed. Read after the stream has begun, so that nothing falls between. */
  async function again(stream: Stream, after: number): Promise<void> {
    try {
      const floor = feed.floor
      for (const { userId: _, at, ...event } of await listEventsOf(db, stream.userId, after, mostAgain)) {
        const seen = Math.max(after, Math.min(floor, event.id))
        write(stream, message({ ...event, at: new Date(at).toISOString() } as EventView, seen))
      }
    } catch (err) {
      log.warn({ err }, 'missed events could not be read; the page asks again')
      end(stream)
    }
  }
}
