import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { audit, type Doer } from '#server/platform/audit.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { lockObjects, type ObjectStore, objectKey, stagedPrefix } from '#server/platform/storage.ts'
import { listKnown, listReferences, listUnused } from './media.reads.ts'
import { markUnused, markUsedAgain, removeObject } from './media.repo.ts'
import { areTooManyStrays, graceEndedBefore, strayMs } from './media.rules.ts'

type Deps = Pick<ModuleDeps, 'config' | 'db' | 'clock' | 'log' | 'storage'>

export interface Collected {
  marked: number
  usedAgain: number
  removed: number
  removedBytes: number
  /** Bytes that belong to nothing. */
  strays: number
  strayBytes: number
  /** Unknown objects of a store that are too many to be leftovers. */
  leftAlone: number
  /** Writes that were begun and never ended. */
  abandoned: number
}

const atOnce = 5_000
/** The next night removes the rest. */
const mostStrays = 10_000
const pageSize = 500
const doer: Doer = { system: 'collection of files' }
const foreignKeyViolation = '23503'

/** Forgets content that nothing has used for days, and bytes that belong to nothing. */
export function collectingService({ config, db, clock, log, storage }: Deps) {
  async function mark(counts: Collected): Promise<void> {
    const references = await listReferences(db)
    if (references.length === 0) throw new Error('nothing refers to objects: this cannot be')
    counts.usedAgain = await db.transact((tx) => markUsedAgain(tx, references))
    const now = clock.now()
    // A younger one may be about to be used.
    const keptBefore = new Date(now.getTime() - strayMs)
    for (let marked = atOnce; marked === atOnce; counts.marked += marked)
      marked = await db.transact((tx) => markUnused(tx, references, keptBefore, now, atOnce))
  }

  /** The row goes when the bytes have gone; killed between, an unused object without bytes is left for the next run. */
  async function forget(sha256: string, before: Date): Promise<boolean> {
    try {
      return await db.transact(async (tx) => {
        await lockObjects(tx, [sha256])
        // The database refuses when something uses it after all.
        if (!(await removeObject(tx, sha256, before))) return false
        for (const store of storage.stores.values()) await store.remove(objectKey(sha256))
        return true
      })
    } catch (error) {
      if ((error as { code?: string }).code === foreignKeyViolation) return false
      throw error
    }
  }

  async function forgetAll(counts: Collected, signal: AbortSignal): Promise<void> {
    const before = graceEndedBefore(clock.now())
    for (let after = ''; ; ) {
      const page = await listUnused(db, before, after, pageSize)
      if (page.length === 0) return
      for (const { sha256, bytes } of page) {
        signal.throwIfAborted()
        if (!(await forget(sha256, before))) continue
        counts.removed += 1
        counts.removedBytes += bytes
      }
      after = page.at(-1)?.sha256 ?? ''
    }
  }

  /**
   * Objects of a store that no row speaks of: left by a process that was killed. Many of them are no such leftovers: then the database
   * is new, or another one's, and not the files are wrong.
   */
  async function removeStrayObjects(store: ObjectStore, before: Date, counts: Collected, signal: AbortSignal) {
    let page: { sha256: string; bytes: number }[] = []
    const strays: typeof page = []
    const found = { known: 0, strays: 0 }
    const judge = async () => {
      const known = await listKnown(
        db,
        store.name,
        page.map(({ sha256 }) => sha256),
      )
      const unknown = page.filter(({ sha256 }) => !known.has(sha256))
      found.known += known.size
      found.strays += unknown.length
      if (strays.length < mostStrays) strays.push(...unknown)
      page = []
    }
    for await (const { key, bytes, modifiedAt } of store.list('objects/')) {
      signal.throwIfAborted()
      const sha256 = key.slice(-64)
      if (modifiedAt >= before || key !== objectKey(sha256)) continue
      page.push({ sha256, bytes })
      if (page.length === pageSize) await judge()
    }
    await judge()
    if (areTooManyStrays(found)) {
      counts.leftAlone += found.strays
      log.error(
        { store: store.name, ...found },
        'a store has many files that this database does not know: none are removed',
      )
      return
    }
    for (const { sha256, bytes } of strays) {
      signal.throwIfAborted()
      await db.transact(async (tx) => {
        await lockObjects(tx, [sha256])
        if ((await listKnown(tx, store.name, [sha256])).has(sha256)) return
        await store.remove(objectKey(sha256))
        counts.strays += 1
        counts.strayBytes += bytes
      })
    }
  }

  async function emptySpool(before: Date, counts: Collected): Promise<void> {
    const spool = join(config.dataDir, 'spool')
    for (const name of await readdir(spool).catch(() => [])) {
      const path = join(spool, name)
      const facts = await stat(path).catch(() => undefined)
      if (!facts?.isFile() || facts.mtime >= before) continue
      await rm(path, { force: true })
      counts.strays += 1
      counts.strayBytes += facts.size
    }
  }

  return {
    async collect(signal: AbortSignal): Promise<Collected> {
      const counts: Collected = {
        marked: 0,
        usedAgain: 0,
        removed: 0,
        removedBytes: 0,
        strays: 0,
        strayBytes: 0,
        leftAlone: 0,
        abandoned: 0,
      }
      try {
        await mark(counts)
        await forgetAll(counts, signal)
        // Files are older or younger by the clock of their store.
        const before = new Date(Date.now() - strayMs)
        await emptySpool(before, counts)
        for (const store of storage.stores.values()) {
          await removeStrayObjects(store, before, counts, signal)
          // An upload that goes on day by day is one write to the bucket: it is not over before its module says so.
          counts.abandoned += await store.removeAbandoned(before, (key) => !key.startsWith(stagedPrefix))
        }
      } finally {
        log.info(counts, 'unused files collected')
        if (Object.values(counts).some((count) => count > 0))
          await db.transact((tx) =>
            audit(tx, clock, doer, {
              action: 'media.collected',
              subject: { type: 'media', id: 'objects' },
              after: { ...counts },
            }),
          )
      }
      return counts
    },
  }
}

export type Collecting = ReturnType<typeof collectingService>
