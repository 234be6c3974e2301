import { v5 as uuidv5 } from 'uuid'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { StoreName } from '#server/platform/storage.ts'
import { listAdministrators } from '../identity/index.ts'
import type { Copying } from './copying.service.ts'
import { sendDamageLetter } from './media.jobs.ts'
import { listToScrub } from './media.reads.ts'
import { insertScrub, markScrub, markVerified, removeScrubs, type ScrubFigures } from './media.repo.ts'
import { dueBefore, scrubBytesPerSecond } from './media.rules.ts'
import { paceOf } from './pace.rules.ts'

type Deps = Pick<ModuleDeps, 'db' | 'clock' | 'log' | 'storage' | 'security' | 'enqueue'> & { copying: Copying }

export interface ScrubResult extends ScrubFigures {
  /** Stores that did not answer. */
  unreachable: StoreName[]
}

const pageSize = 200
const keptMs = 90 * 86_400_000
const noteEveryMs = 5_000

/** Reads copies again, those first whose turn was longest ago, and mends what is damaged. */
export function scrubbingService({ db, clock, log, storage, security, enqueue, copying }: Deps) {
  return {
    /**
     * Ends early when `signal` is aborted; the next run goes on.
     * @param everything also what was read again within the last days
     */
    async scrub({
      signal,
      bytesPerSecond = scrubBytesPerSecond,
      everything = false,
      onProgress = () => {},
    }: {
      signal: AbortSignal
      bytesPerSecond?: number | null
      everything?: boolean
      onProgress?: (figures: ScrubFigures) => void
    }): Promise<ScrubResult> {
      const began = clock.now()
      const pace = paceOf(bytesPerSecond)
      const figures: ScrubFigures = { copies: 0, bytes: 0, damaged: 0, mended: 0 }
      const unreachable: StoreName[] = []
      const id = await db.transact((tx) => insertScrub(tx, began))
      let notedAt = performance.now()
      const seen = new Set<string>()

      for (let isOver = false; !isOver && !signal.aborted; ) {
        const due = [...storage.stores.keys()]
          .filter((store) => !unreachable.includes(store))
          .map((store) => ({ store, before: everything ? began : dueBefore(store, began) }))
        const page = (await listToScrub(db, due, pageSize)).filter(
          ({ store, sha256 }) => !seen.has(`${store} ${sha256}`),
        )
        isOver = page.length === 0
        const sound = new Map<StoreName, string[]>()
        for (const copy of page) {
          const store = storage.stores.get(copy.store)
          if (signal.aborted || !store || unreachable.includes(copy.store)) break
          try {
            const damage = await copying.examine(copy, store, pace, signal)
            seen.add(`${copy.store} ${copy.sha256}`)
            if (!damage) sound.set(copy.store, [...(sound.get(copy.store) ?? []), copy.sha256])
            else {
              const mended = await copying.mend(copy, store, damage, pace, signal)
              if (mended === 'unneeded') continue
              figures.damaged += 1
              if (mended === 'mended') figures.mended += 1
              log.error({ sha256: copy.sha256, store: copy.store, damage, mended }, 'a copy of a file is damaged')
            }
            figures.copies += 1
            figures.bytes += copy.bytes
            onProgress(figures)
          } catch (err) {
            if (signal.aborted) break
            log.error({ err, store: copy.store }, 'a store of files does not answer')
            unreachable.push(copy.store)
          }
          if (performance.now() - notedAt < noteEveryMs) continue
          notedAt = performance.now()
          await db.transact((tx) => markScrub(tx, id, figures, null))
        }
        for (const [store, sha256s] of sound) await db.transact((tx) => markVerified(tx, sha256s, store, clock.now()))
      }
      if (figures.damaged > 0)
        security.record('file_damaged', { damaged: figures.damaged, mended: figures.mended, copies: figures.copies })
      await db.transact(async (tx) => {
        await markScrub(tx, id, figures, clock.now())
        await removeScrubs(tx, new Date(began.getTime() - keptMs))
        if (figures.damaged === 0) return
        for (const { id: userId } of await listAdministrators(tx))
          await enqueue(
            tx,
            sendDamageLetter,
            { userId, damaged: figures.damaged, mended: figures.mended },
            uuidv5(`damaged files ${id}`, userId),
          )
      })
      return { ...figures, unreachable }
    },
  }
}

export type Scrubbing = ReturnType<typeof scrubbingService>
