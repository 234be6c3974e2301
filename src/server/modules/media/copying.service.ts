import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ModuleDeps } from '#server/platform/module.ts'
import {
  ContentDiffers,
  findObject,
  lockObjects,
  ObjectMissing,
  type ObjectStore,
  objectKey,
  type StoreName,
} from '#server/platform/storage.ts'
import type { Movable } from './media.reads.ts'
import { insertCopies, listKeptAt, markDamaged, markVerified } from './media.repo.ts'
import { type Pace, paced } from './pace.rules.ts'

export type CopyingDeps = Pick<ModuleDeps, 'db' | 'clock' | 'storage'>

/** Between tries of one object while a store does not answer: a minute of patience. */
const patienceMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]
const codeOf = (error: unknown): string | undefined => (error as { code?: string })?.code

/** What a store says of one object is final; that it does not answer is not, and that it is full waits for people. */
const isFinal = (error: unknown): boolean =>
  error instanceof ObjectMissing || error instanceof ContentDiffers || codeOf(error) === 'storage_full'

async function patiently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (const pause of patienceMs) {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted || isFinal(error)) throw error
      await sleep(pause, undefined, { signal })
    }
  }
  return work()
}

/** Copies and reads of single objects, which moves and scrubs are made of. */
export function copyingService({ db, clock, storage }: CopyingDeps) {
  const damageOf = (error: unknown) =>
    error instanceof ObjectMissing
      ? ('missing' as const)
      : error instanceof ContentDiffers
        ? ('altered' as const)
        : undefined

  const noteDamage = (sha256: string, store: StoreName, problem: 'missing' | 'altered') =>
    db.transact((tx) => markDamaged(tx, sha256, store, problem, clock.now()))

  /**
   * Writes an object to a store from whichever other one has it whole. Its row follows by `keepRows`.
   * @returns lost: no other store has it; unneeded: it was forgotten, or somebody else put it there meanwhile
   */
  async function copy(
    object: Movable,
    target: ObjectStore,
    pace: Pace,
    signal: AbortSignal,
  ): Promise<'copied' | 'lost' | 'unneeded'> {
    const key = objectKey(object.sha256)
    const found = await findObject(db, object.sha256)
    const sources = (found?.copies ?? [])
      .filter(({ store }) => store !== target.name)
      .sort((a, b) => Number(a.problem !== null) - Number(b.problem !== null))
    for (const { store: name } of sources) {
      const source = storage.stores.get(name)
      if (!source) continue
      try {
        await patiently(signal, async () => {
          const stream = paced(await source.get(key, { bytes: object.bytes }), (bytes) => pace(bytes, signal))
          try {
            await target.put(key, stream, object, signal)
          } finally {
            stream.destroy()
          }
        })
        return 'copied'
      } catch (error) {
        const damage = damageOf(error)
        if (!damage) throw error
        await noteDamage(object.sha256, name, damage)
      }
    }
    const now = await findObject(db, object.sha256)
    const isThere = now?.copies.some(({ store, problem }) => store === target.name && problem === null)
    return !now || isThere ? 'unneeded' : 'lost'
  }

  /** Says where the objects lie now. What was forgotten while it was copied is removed again. */
  async function keepRows(objects: readonly Movable[], target: ObjectStore): Promise<void> {
    if (objects.length === 0) return
    const sha256s = objects.map(({ sha256 }) => sha256)
    await db.transact(async (tx) => {
      await lockObjects(tx, sha256s)
      const keptAt = await listKeptAt(tx, sha256s)
      const whole: string[] = []
      for (const { sha256, bytes, keptAt: before } of objects) {
        const now = keptAt.get(sha256)
        if (now === undefined) await target.remove(objectKey(sha256))
        // Handed in again since it was listed: it may have been forgotten in between, and its bytes with it.
        else if (now === before || (await target.stat(objectKey(sha256)))?.bytes === bytes) whole.push(sha256)
      }
      if (whole.length > 0) await insertCopies(tx, whole, target.name, clock.now())
    })
  }

  /** Reads a copy from its first to its last byte. @returns what is wrong with it */
  async function examine(
    { sha256, bytes }: Movable,
    store: ObjectStore,
    pace: Pace,
    signal: AbortSignal,
  ): Promise<'missing' | 'altered' | undefined> {
    try {
      return await patiently(signal, async () => {
        const stream = await store.get(objectKey(sha256), { bytes })
        const hash = createHash('sha256')
        try {
          for await (const chunk of stream as AsyncIterable<Buffer>) {
            await pace(chunk.length, signal)
            signal.throwIfAborted()
            hash.update(chunk)
          }
        } finally {
          stream.destroy()
        }
        return hash.digest('hex') === sha256 ? undefined : 'altered'
      })
    } catch (error) {
      const damage = damageOf(error)
      if (damage) return damage
      throw error
    }
  }

  /** A damaged copy is written again from a sound one, and read once more. */
  async function mend(
    object: Movable,
    store: ObjectStore,
    damage: 'missing' | 'altered',
    pace: Pace,
    signal: AbortSignal,
  ): Promise<'mended' | 'lost' | 'unneeded'> {
    if (!(await noteDamage(object.sha256, store.name, damage))) return 'unneeded'
    const copied = await copy(object, store, pace, signal)
    if (copied !== 'copied') return copied
    await keepRows([object], store)
    const still = await examine(object, store, pace, signal)
    if (still) {
      await noteDamage(object.sha256, store.name, still)
      return 'lost'
    }
    await db.transact((tx) => markVerified(tx, [object.sha256], store.name, clock.now()))
    return 'mended'
  }

  return { copy, keepRows, examine, mend }
}

export type Copying = ReturnType<typeof copyingService>

/** At once, of objects whose time is the round trip. */
const lanes = 8
/** At once, of objects whose time is the line. */
const largeLanes = 2
const largeBytes = 8_000_000

/**
 * Does `work` for every object of a list that is read page by page, several at a time; the first failure ends all.
 * @param enough no other object is begun: those under way come to their end, for a large one would else begin anew each time
 */
export async function eachOf<T extends { sha256: string; bytes: number }>(
  page: (after: string) => Promise<T[]>,
  work: (object: T) => Promise<void>,
  signal: AbortSignal,
  enough?: AbortSignal,
): Promise<void> {
  let waiting: T[] = []
  let after = ''
  let isOver = false
  let turn: Promise<void> = Promise.resolve()
  let freeLarge = largeLanes
  const queued: (() => void)[] = []
  let failure: { error: unknown } | undefined

  /** Pages are asked for one after the other. */
  async function next(): Promise<T | undefined> {
    const mine = turn.then(async () => {
      if (waiting.length > 0 || isOver) return
      waiting = await page(after)
      after = waiting.at(-1)?.sha256 ?? after
      isOver = waiting.length === 0
    })
    turn = mine.catch(() => {})
    await mine
    return waiting.shift()
  }
  async function alone(object: T): Promise<void> {
    if (object.bytes < largeBytes) return work(object)
    if (freeLarge > 0) freeLarge -= 1
    else await new Promise<void>((resolve) => queued.push(resolve))
    try {
      if (!failure && !enough?.aborted) await work(object)
    } finally {
      const other = queued.shift()
      if (other) other()
      else freeLarge += 1
    }
  }
  async function lane(): Promise<void> {
    for (;;) {
      if (failure || signal.aborted || enough?.aborted) return
      try {
        const object = await next()
        if (!object) {
          if (isOver) return
          continue
        }
        await alone(object)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failure) throw failure.error
  signal.throwIfAborted()
  enough?.throwIfAborted()
}

/** Collects what is to be written together, one write after the other. `add` waits when there is enough for a write. */
export function batchOf<T>(size: number, write: (items: T[]) => Promise<void>) {
  let items: T[] = []
  let last: Promise<void> = Promise.resolve()
  /** Resolves when everything that was added before is written. */
  function flush(): Promise<void> {
    const mine = items
    items = []
    last = last.catch(() => {}).then(() => (mine.length > 0 ? write(mine) : undefined))
    return last
  }
  return {
    flush,
    async add(item: T): Promise<void> {
      items.push(item)
      if (items.length >= size) await flush()
    },
  }
}
