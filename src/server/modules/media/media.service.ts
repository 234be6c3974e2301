import { guessSeconds, storeNames } from '#contract/media.options.ts'
import { audit, type Doer } from '#server/platform/audit.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { findOpenTarget, type StoreName } from '#server/platform/storage.ts'
import { cleanUpMedia, moveMedia } from './media.jobs.ts'
import { countStores, findLastScrub, findName, listDamaged, listNames } from './media.reads.ts'
import { findNewestMove, insertMove, type MoveRecord, markCleanupAsked, markState } from './media.repo.ts'
import {
  type Amount,
  type Deed,
  graceDays,
  isWorkedOn,
  otherThan,
  secondsLeft,
  startOver,
  stateAfter,
  whyNoCleanup,
  whyNoRoom,
  wordsOf,
} from './media.rules.ts'

type Deps = Pick<ModuleDeps, 'config' | 'db' | 'clock' | 'storage' | 'enqueue'> & { preferred: StoreName }

export interface StartInput {
  target: StoreName
  /** Bytes a second; absent: as before, or without a limit. */
  limit?: number | undefined
  /** By the command line, which works on it itself; else a job does. */
  worksItself?: boolean
}

const nothing: Amount = { objects: 0, bytes: 0 }
const megabyte = 1_048_576
const mostDamaged = 50
/** A trial write costs money in a bucket, and pages ask every few seconds. */
const probedForMs = 30_000
const probeMs = 10_000

interface Probe {
  reachable: boolean
  why: string | null
  room: { freeBytes: number; totalBytes: number } | null
}

export function mediaService({ config, db, clock, storage, enqueue, preferred }: Deps) {
  const probes = new Map<StoreName, { until: number; answer: Promise<Probe> }>()

  async function knock(name: StoreName): Promise<Probe> {
    const store = storage.stores.get(name)
    if (!store) return { reachable: false, why: null, room: null }
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${probeMs / 1_000} s`)), probeMs)
    try {
      const [room] = await Promise.race([Promise.all([store.room(), store.probe()]), late.promise])
      return { reachable: true, why: null, room: room ?? null }
    } catch (error) {
      return { reachable: false, why: (error as Error).message, room: null }
    } finally {
      clearTimeout(timer)
    }
  }
  function probe(name: StoreName): Promise<Probe> {
    const now = clock.now().getTime()
    const known = probes.get(name)
    if (known && known.until > now) return known.answer
    const answer = knock(name)
    probes.set(name, { until: now + probedForMs, answer })
    return answer
  }

  const lackOf = (kept: Amount, there: Amount): Amount => ({
    objects: Math.max(0, kept.objects - there.objects),
    bytes: Math.max(0, kept.bytes - there.bytes),
  })

  async function look() {
    const [amounts, move, target] = await Promise.all([countStores(db), findNewestMove(db), findOpenTarget(db)])
    const stores = await Promise.all(
      storeNames.map(async (name) => {
        const there = amounts.sound.get(name) ?? nothing
        const isConfigured = storage.stores.has(name)
        return {
          name,
          isConfigured,
          ...there,
          missing: lackOf(amounts.kept, there),
          ...(await probe(name)),
        }
      }),
    )
    return { amounts, move, stores, target: target ?? preferred }
  }

  function assertConfigured(target: StoreName): void {
    if (!storage.stores.has(target))
      throw new AppError(
        'wrong_state',
        'The bucket is not set up: AWS_STORAGE_BUCKET_NAME, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing in the settings. USE_S3 stays 0 until the move is done.',
      )
  }

  /** @throws AppError `wrong_state` when the target cannot take everything */
  async function assertFits(target: StoreName): Promise<void> {
    probes.delete(target)
    const { stores } = await look()
    const store = stores.find(({ name }) => name === target)
    if (!store) return
    if (!store.reachable)
      throw new AppError('wrong_state', `OBCMS cannot write to ${wordsOf(target)}: ${store.why ?? 'no answer'}.`)
    const why = whyNoRoom(store.missing, store.room ?? undefined, config.fileReserveMb * megabyte)
    if (why) throw new AppError('wrong_state', why)
  }

  async function hold(tx: Parameters<typeof findNewestMove>[0], id?: string): Promise<MoveRecord> {
    const move = await findNewestMove(tx, true)
    if (!move || (id !== undefined && move.id !== id))
      throw new AppError(
        'not_found',
        id === undefined ? 'No files are being moved.' : 'There is no such move, or a newer one.',
      )
    return move
  }

  async function change(doer: Doer, deed: Exclude<Deed, 'cleanup'>, id: string | undefined, byJob: boolean) {
    await db.transact(async (tx) => {
      const move = await hold(tx, id)
      const state = stateAfter(deed, move)
      if (typeof state === 'object') throw new AppError('wrong_state', state.why)
      const now = clock.now()
      await markState(tx, move.id, state, now, deed === 'verify' ? { verifyingSince: now } : {})
      if (byJob && !isWorkedOn(move, now)) await enqueue(tx, moveMedia, { moveId: move.id })
      await audit(tx, clock, doer, {
        action: `media_move.${{ pause: 'paused', resume: 'resumed', cancel: 'cancelled', verify: 'verified_again' }[deed]}`,
        subject: { type: 'media_move', id: move.id },
        before: { state: move.state },
        after: { state },
      })
    })
  }

  return {
    async show() {
      const [{ amounts, move, stores, target }, scrub, damaged] = await Promise.all([
        look(),
        findLastScrub(db),
        listDamaged(db, mostDamaged),
      ])
      const now = clock.now()
      const [names, startedBy] = await Promise.all([
        listNames(
          db,
          damaged.items.map(({ sha256 }) => sha256),
        ),
        move?.startedBy ? findName(db, move.startedBy) : undefined,
      ])
      return {
        now,
        kept: amounts.kept,
        unused: amounts.unused,
        stores,
        preferred,
        target,
        move: move && {
          ...move,
          startedByName: startedBy,
          isWorkedOn: isWorkedOn(move, now),
          secondsLeft: secondsLeft(move, move.speed),
          left: amounts.all.get(otherThan(move.target)) ?? nothing,
        },
        scrub,
        problems: {
          count: damaged.count,
          items: damaged.items.map((item) => ({ ...item, names: names.get(item.sha256) ?? [] })),
        },
        graceDays,
        quota: {
          usedBytes: amounts.kept.bytes,
          limitBytes: config.fileQuotaMb > 0 ? config.fileQuotaMb * megabyte : null,
        },
      }
    },

    /** What a move would do. */
    async plan({ target, limit = null }: { target: StoreName; limit?: number | null | undefined }) {
      assertConfigured(target)
      const { amounts, stores, move } = await look()
      const store = stores.find(({ name }) => name === target)
      const missing = store?.missing ?? nothing
      const start = startOver(move, target)
      return {
        kept: amounts.kept,
        missing,
        seconds: guessSeconds(missing, amounts.kept, limit),
        reachable: store?.reachable ?? false,
        why: store?.why ?? null,
        room: store?.room ?? null,
        noRoom: whyNoRoom(missing, store?.room ?? undefined, config.fileReserveMb * megabyte),
        refused: start.deed === 'refuse' ? start.why : undefined,
      }
    },

    /** Begins a move, or goes on with the one that stands. @throws AppError `wrong_state` */
    async start(doer: Doer, { target, limit, worksItself = false }: StartInput): Promise<string> {
      assertConfigured(target)
      await assertFits(target)
      return db.transact(async (tx) => {
        const newest = await findNewestMove(tx, true)
        const start = startOver(newest, target)
        if (start.deed === 'refuse') throw new AppError('wrong_state', start.why)
        const now = clock.now()
        let id: string
        if (newest && start.deed === 'resume') {
          id = newest.id
          const state = stateAfter('resume', newest)
          if (typeof state === 'object') throw new AppError('wrong_state', state.why)
          await markState(tx, id, state, now, { limit })
        } else {
          if (newest && start.deed === 'begin' && start.cancels) await markState(tx, newest.id, 'cancelled', now)
          id = await insertMove(
            tx,
            { target, limit: limit ?? null, startedBy: 'userId' in doer ? doer.userId : null },
            now,
          )
        }
        if (!worksItself && !(start.deed === 'resume' && newest && isWorkedOn(newest, now)))
          await enqueue(tx, moveMedia, { moveId: id })
        await audit(tx, clock, doer, {
          action: start.deed === 'resume' ? 'media_move.resumed' : 'media_move.started',
          subject: { type: 'media_move', id },
          after: { target, bytesPerSecond: limit ?? null },
        })
        return id
      })
    },

    /** Id absent: the newest. @throws AppError `not_found`, `wrong_state` */
    pause: (doer: Doer, id?: string) => change(doer, 'pause', id, false),
    cancel: (doer: Doer, id?: string) => change(doer, 'cancel', id, false),
    resume: (doer: Doer, id?: string) => change(doer, 'resume', id, true),
    /** Every copy in the target is to be read once more; whoever calls works on it. */
    verifyAgain: (doer: Doer) => change(doer, 'verify', undefined, false),

    /** A job removes the copies in the store that was left. @throws AppError `not_found`, `wrong_state` */
    async askCleanup(doer: Doer, id: string): Promise<void> {
      await db.transact(async (tx) => {
        const move = await hold(tx, id)
        const why = whyNoCleanup(move, preferred)
        if (why) throw new AppError('wrong_state', why)
        await markCleanupAsked(tx, move.id, clock.now())
        await enqueue(tx, cleanUpMedia, { moveId: move.id })
        await audit(tx, clock, doer, {
          action: 'media_move.cleanup_asked',
          subject: { type: 'media_move', id: move.id },
          after: { store: otherThan(move.target) },
        })
      })
    },
  }
}

export type MediaService = ReturnType<typeof mediaService>
export type MediaState = Awaited<ReturnType<MediaService['show']>>
