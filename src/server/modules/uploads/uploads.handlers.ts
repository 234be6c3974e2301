import { uploadDays } from '#contract/uploads.options.ts'
import type { JobContext } from '#server/platform/jobs.ts'
import { stagedPrefix } from '#server/platform/storage.ts'
import { finishUpload } from './uploads.jobs.ts'
import { findOpenOf, listUntouched, markTouched, removeEnded } from './uploads.repo.ts'
import type { UploadsDeps, UploadsService } from './uploads.service.ts'

const minute = 60_000
const day = 86_400_000
const atOnce = 200
/** No upload that goes on takes so long; what its end has left in a bucket goes. */
const longestDays = 30
/** What ended without a file is remembered so long. */
const endedDays = 30

const ago = ({ clock }: UploadsDeps, ms: number): Date => new Date(clock.now().getTime() - ms)

/** Whole uploads whose process died before it had stored their job, or made their file. */
export async function runResume(deps: UploadsDeps): Promise<void> {
  for (const { id } of await listUntouched(deps.db, 'arrived', ago(deps, minute), atOnce))
    await deps.db.transact(async (tx) => {
      await markTouched(tx, id, deps.clock.now())
      await deps.enqueue(tx, finishUpload, { uploadId: id })
    })
}

export async function runTidy(deps: UploadsDeps, uploads: UploadsService, { log, signal }: JobContext): Promise<void> {
  const { db } = deps
  const failures: unknown[] = []
  const orLater = async (work: Promise<unknown>) => {
    signal.throwIfAborted()
    await work.catch((err) => {
      failures.push(err)
      log.warn({ err }, 'an upload was not tidied; the next run tries again')
    })
  }
  for (const { id } of await listUntouched(db, 'arriving', ago(deps, uploadDays * day), atOnce))
    await orLater(uploads.giveUp(id))
  // Whole, but its sender never heard so and did not ask again.
  for (const { id, store, bytes } of await listUntouched(db, 'arriving', ago(deps, 15 * minute), atOnce))
    await orLater(
      uploads
        .stagingOf(store)
        .offset(id)
        .then((offset) => (offset === bytes ? uploads.giveUp(id) : undefined)),
    )
  for (const staging of deps.stagings.values()) {
    await orLater(removeLeftovers(deps, staging.store.list(stagedPrefix), (id) => staging.remove(id)))
    await orLater(staging.store.removeAbandoned(ago(deps, longestDays * day), (key) => key.startsWith(stagedPrefix)))
  }
  await db.transact((tx) => removeEnded(tx, ago(deps, endedDays * day)))
  if (failures.length > 0) throw failures[0]
}

async function removeLeftovers(
  deps: UploadsDeps,
  entries: AsyncIterable<{ key: string; modifiedAt: Date }>,
  remove: (id: string) => Promise<void>,
): Promise<void> {
  let ids = new Set<string>()
  const flush = async () => {
    const open = await findOpenOf(deps.db, [...ids])
    for (const id of ids) if (!open.has(id)) await remove(id)
    ids = new Set()
  }
  // Older than the work of any process on it. The disk's clock, not ours.
  const before = Date.now() - 60 * minute
  for await (const { key, modifiedAt } of entries) {
    const [id] = /[0-9a-f-]{36}/.exec(key) ?? []
    if (!id || modifiedAt.getTime() > before) continue
    ids.add(id)
    if (ids.size >= atOnce) await flush()
  }
  await flush()
}
