import { v7 as uuidv7 } from 'uuid'
import { audit, type Doer } from '#server/platform/audit.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { repeat } from '#server/platform/repeat.ts'
import { lockObjects, type ObjectStore, objectKey, type StoreName } from '#server/platform/storage.ts'
import { batchOf, type Copying, eachOf } from './copying.service.ts'
import {
  countMove,
  hasVerifiedCopy,
  listLeft,
  listNames,
  listToCopy,
  listToVerify,
  type Movable,
} from './media.reads.ts'
import {
  findNewestMove,
  type MoveRecord,
  markBeat,
  markCleaned,
  markLeft,
  markPhase,
  markState,
  markVerified,
  markWorker,
  removeCopy,
} from './media.repo.ts'
import { type Amount, type Figures, isSwitched, leaseMs, otherThan, secondsLeft, whyNoCleanup } from './media.rules.ts'
import { type Pace, paceOf } from './pace.rules.ts'

export interface MoveProgress extends Figures {
  phase: 'copying' | 'verifying'
  bytesPerSecond: number
  secondsLeft: number | null
}

/** none: no move is under way; busy: another process works on it; left: asked to stop, to go on later. */
export type Outcome = 'none' | 'busy' | 'left' | 'paused' | 'cancelled' | 'failed' | 'done' | 'switched'

type Deps = Pick<ModuleDeps, 'db' | 'clock' | 'log' | 'storage'> & { preferred: StoreName; copying: Copying }

const pageSize = 500
/** Rows of so many objects are written together; a kill costs that many copies once more. */
const together = 100
const beatMs = 1_000
/** The speed is that of the last seconds. */
const speedSeconds = 10
const mostNamed = 3
const doer: Doer = { system: 'obcms media' }

/** Somebody paused or cancelled the move, or took it over. */
class Stopped extends Error {}

export function movingService({ db, clock, log, storage, preferred, copying }: Deps) {
  function storeOf(name: StoreName): ObjectStore {
    const store = storage.stores.get(name)
    if (!store)
      throw new AppError(
        'unavailable',
        'The settings of the bucket are missing here: AWS_STORAGE_BUCKET_NAME and the keys.',
      )
    return store
  }

  /** The setting leads where the files are: the move is over. */
  async function noticeSwitch(): Promise<boolean> {
    if (!isSwitched(await findNewestMove(db), preferred)) return false
    return db.transact(async (tx) => {
      const move = await findNewestMove(tx, true)
      if (!move || !isSwitched(move, preferred)) return false
      await markState(tx, move.id, 'switched', clock.now())
      await audit(tx, clock, doer, {
        action: 'media_move.switched',
        subject: { type: 'media_move', id: move.id },
        after: { target: move.target },
      })
      return true
    })
  }

  async function inWords(lost: ReadonlySet<string>): Promise<string> {
    const shown = [...lost].slice(0, mostNamed)
    const names = await listNames(db, shown)
    const list = shown.map((sha256) => {
      const called = names.get(sha256)?.join(', ')
      return called ? `${called} (${sha256})` : sha256
    })
    const more = lost.size > shown.length ? ` and ${lost.size - shown.length} more` : ''
    return `No store has a sound copy of ${list.join('; ')}${more}. Bring them back from a backup, or remove what uses them; then resume.`
  }

  async function run(
    move: MoveRecord,
    worker: string,
    { signal, enough }: { signal: AbortSignal; enough: AbortSignal | undefined },
    onProgress: (progress: MoveProgress) => void,
  ): Promise<Outcome> {
    const target = storeOf(move.target)
    const pace = paceOf(move.limit)
    const stop = new AbortController()
    const until = AbortSignal.any([signal, stop.signal])
    const figures = await countMove(db, move.target, move.verifyingSince)
    let phase: 'copying' | 'verifying' = move.state === 'verifying' ? 'verifying' : 'copying'
    let ended: Outcome | undefined

    const marks: { at: number; bytes: number }[] = []
    let passed = 0
    const counted: Pace = async (bytes, sign) => {
      await pace(bytes, sign)
      passed += bytes
    }
    function speed(): number {
      const now = performance.now()
      marks.push({ at: now, bytes: passed })
      while (marks.length > speedSeconds + 1) marks.shift()
      const [first] = marks
      return first && now > first.at ? ((passed - first.bytes) / (now - first.at)) * 1_000 : 0
    }

    const copied = batchOf<Movable>(together, async (objects) => {
      await copying.keepRows(objects, target)
      for (const { bytes } of objects) add(figures.copied, bytes)
    })
    const verified = batchOf<Movable>(together, async (objects) => {
      const sha256s = objects.map(({ sha256 }) => sha256)
      await db.transact((tx) => markVerified(tx, sha256s, target.name, clock.now()))
      for (const { bytes } of objects) add(figures.verified, bytes)
    })
    const flush = () => Promise.all([copied.flush(), verified.flush()])

    let beatenAt = performance.now()
    const beat = async (): Promise<void> => {
      try {
        await flush()
        const bytesPerSecond = speed()
        const state = await db.transact((tx) => markBeat(tx, move.id, worker, clock.now(), figures, bytesPerSecond))
        beatenAt = performance.now()
        if (state === undefined) ended = 'busy'
        else if (state === 'paused' || state === 'cancelled') ended = state
        onProgress({ ...figures, phase, bytesPerSecond, secondsLeft: secondsLeft(figures, bytesPerSecond) })
      } catch (error) {
        // Another takes it over by then.
        if (performance.now() - beatenAt > leaseMs) stop.abort(error)
      }
      if (ended) stop.abort(new Stopped())
    }
    const stopBeating = repeat(() => beatMs, beat)

    const lost = new Set<string>()
    /** Until a pass finds nothing: what was kept by a process that did not know of the move yet comes late. */
    async function copyAll(): Promise<void> {
      for (let found = true; found; ) {
        found = false
        await eachOf(
          async (after) => listToCopy(db, target.name, after, pageSize),
          async (object) => {
            if (lost.has(object.sha256)) return
            found = true
            const result = await copying.copy(object, target, counted, until)
            if (result === 'copied') await copied.add(object)
            else if (result === 'lost') lost.add(object.sha256)
          },
          until,
          enough,
        )
        await flush()
      }
    }
    async function verifyAll(since: Date): Promise<void> {
      const span = { since, writtenBefore: clock.now() }
      await eachOf(
        async (after) => listToVerify(db, target.name, span, after, pageSize),
        async (object) => {
          const damage = await copying.examine(object, target, counted, until)
          if (!damage) return verified.add(object)
          const result = await copying.mend(object, target, damage, counted, until)
          if (result === 'mended') add(figures.verified, object.bytes)
          if (result === 'lost') lost.add(object.sha256)
        },
        until,
        enough,
      )
      await flush()
    }
    async function turnTo(
      state: 'verifying' | 'done' | 'failed',
      more: { problem?: string; verifyingSince?: Date } = {},
    ) {
      const isOurs = await db.transact((tx) => markPhase(tx, move.id, worker, phase, { state, ...more }))
      if (isOurs) return
      await beat()
      throw new Stopped()
    }

    try {
      await beat()
      for (let isComplete = false; !isComplete; ) {
        await copyAll()
        const since = move.verifyingSince ?? clock.now()
        move.verifyingSince = since
        if (phase === 'copying') await turnTo('verifying', { verifyingSince: since })
        phase = 'verifying'
        await verifyAll(since)
        isComplete = (await listToCopy(db, target.name, '', lost.size + 1)).every(({ sha256 }) => lost.has(sha256))
      }
      Object.assign(figures, await countMove(db, target.name, move.verifyingSince))
      await beat()
      if (lost.size > 0) {
        await turnTo('failed', { problem: await inWords(lost) })
        return 'failed'
      }
      await turnTo('done')
      return 'done'
    } catch (error) {
      await flush().catch(() => {})
      if (ended) return ended
      if (signal.aborted || enough?.aborted) return 'left'
      const { code, message } = error as { code?: string; message: string }
      if (code === 'storage_full') {
        await turnTo('failed', { problem: message })
        return 'failed'
      }
      await db.transact((tx) => markLeft(tx, move.id, worker, message)).catch(() => {})
      throw error
    } finally {
      await stopBeating()
    }
  }

  return {
    noticeSwitch,

    /**
     * Works on the move that is under way, until it is done, stopped by somebody, or `signal` is aborted. Killed at any moment, it
     * goes on from there when it is called again, by whichever process. `enough` ends it between objects.
     * @throws AppError `unavailable` when a store does not answer for a minute; the move stands as it is
     */
    async work({
      signal,
      enough,
      onProgress = () => {},
    }: {
      signal: AbortSignal
      enough?: AbortSignal
      onProgress?: (progress: MoveProgress) => void
    }): Promise<Outcome> {
      const worker = uuidv7()
      const move = await db.transact(async (tx) => {
        const newest = await findNewestMove(tx, true)
        if (!newest || (newest.state !== 'copying' && newest.state !== 'verifying')) return 'none'
        return (await markWorker(tx, newest.id, worker, clock.now())) ? newest : 'busy'
      })
      if (typeof move === 'string') return move
      log.info({ move: move.id, target: move.target, state: move.state }, 'working on the move of files')
      const outcome = await run(move, worker, { signal, enough }, onProgress).finally(() =>
        db.transact((tx) => markLeft(tx, move.id, worker, undefined)).catch(() => {}),
      )
      log.info({ move: move.id, outcome }, 'work on the move of files ended')
      return outcome === 'done' && (await noticeSwitch()) ? 'switched' : outcome
    },

    /**
     * Removes the copies in the store that was left; what has no verified copy in the other one is copied there first, or stays.
     * @throws AppError `wrong_state` when they are still needed
     */
    async cleanUp({
      signal,
      onProgress = () => {},
      isTrial = false,
    }: {
      signal: AbortSignal
      onProgress?: (removed: Amount) => void
      isTrial?: boolean
    }): Promise<{ removed: Amount; stays: Amount }> {
      await noticeSwitch()
      const move = await findNewestMove(db)
      const why = whyNoCleanup(move, preferred)
      if (!move || why) throw new AppError('wrong_state', why ?? '')
      const source = storeOf(otherThan(move.target))
      const target = storeOf(move.target)
      const removed: Amount = { objects: 0, bytes: 0 }
      const stays: Amount = { objects: 0, bytes: 0 }
      const pace = paceOf(move.limit)

      /** The row goes when the bytes have gone; killed between, what is left is a copy that is missing, and the next run ends it. */
      const remove = (sha256: string): Promise<boolean> =>
        db.transact(async (tx) => {
          await lockObjects(tx, [sha256])
          if (whyNoCleanup(await findNewestMove(tx), preferred)) throw new Stopped('Another move has begun.')
          if (!(await hasVerifiedCopy(tx, sha256, target.name))) return false
          await source.remove(objectKey(sha256))
          await removeCopy(tx, sha256, source.name)
          return true
        })

      /** Kept in the old place by a process that ran with the old setting. */
      async function bringOver(object: Movable): Promise<void> {
        const result = await copying.copy(object, target, pace, signal)
        if (result === 'copied') await copying.keepRows([object], target)
        const damage = await copying.examine(object, target, pace, signal)
        if (!damage) await db.transact((tx) => markVerified(tx, [object.sha256], target.name, clock.now()))
      }

      await eachOf(
        async (after) => listLeft(db, source.name, after, pageSize),
        async (object) => {
          if (!isTrial) {
            if (!object.verified) await bringOver(object)
            if (!(await remove(object.sha256))) return add(stays, object.bytes)
          }
          add(removed, object.bytes)
          onProgress(removed)
        },
        signal,
      )
      if (!isTrial && stays.objects === 0)
        await db.transact(async (tx) => {
          await markCleaned(tx, move.id, clock.now())
          await audit(tx, clock, doer, {
            action: 'media_move.cleaned_up',
            subject: { type: 'media_move', id: move.id },
            after: { store: source.name, objects: removed.objects, bytes: removed.bytes },
          })
        })
      return { removed, stays }
    },
  }
}

export type Moving = ReturnType<typeof movingService>

function add(amount: Amount, bytes: number): void {
  amount.objects += 1
  amount.bytes += bytes
}
