import { Readable } from 'node:stream'
import type { ErrorCode } from '#contract/errors.ts'
import { mostOpenOfLargest, mostOpenUploads, uploadBytesOf, uploadDays } from '#contract/uploads.options.ts'
import type { UploadIntent } from '#contract/uploads.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit, type Doer } from '#server/platform/audit.ts'
import { brokenUnique, type Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import {
  type Classify,
  type Expected,
  ObjectMissing,
  type StoredObject,
  type StoreName,
} from '#server/platform/storage.ts'
import { classifierOf } from './classify.service.ts'
import { type Lease, type Leases, leaseSeconds } from './leases.service.ts'
import type { Room } from './room.service.ts'
import { type Staging, stagedKey } from './staging.service.ts'
import { finishUpload } from './uploads.jobs.ts'
import {
  countOpen,
  findByOnceKey,
  findUpload,
  insertUpload,
  listOwn,
  markArrived,
  markExpired,
  markKept,
  markRefused,
  markTouched,
  type NewUpload,
  type UploadRecord,
} from './uploads.repo.ts'
import { assertMayBegin, mediaTypeOf } from './uploads.rules.ts'

/** What the document library says to a file that is to come, and does with one that has. */
export interface Library {
  /** @returns whose quota counts. @throws AppError when this person may not add it there */
  mayAdd(actor: Actor, intent: UploadIntent): Promise<{ organisationId: string | null }>
  /** @param settle what else belongs to the same transaction */
  add(
    actor: Actor,
    kept: StoredObject & { name: string },
    intent: UploadIntent,
    settle: (tx: Tx, added: { fileId: string }) => Promise<void>,
  ): Promise<{ fileId: string }>
}

export interface UploadsDeps extends ModuleDeps {
  files: Library
  /** A person as he stands now; undefined when he may do nothing any more. */
  actorOf(userId: string, from: { requestId: string; address: string }): Promise<Actor | undefined>
  leases: Leases
  room: Room
  stagings: ReadonlyMap<StoreName, Staging>
}

export type UploadsService = ReturnType<typeof uploadsService>

export interface Begun {
  id: string
  name: string
  bytes: number
  intent: UploadIntent
  onceKey: string | null
}

const day = 86_400_000
/** Reminders of one upload are at least so far apart. */
const remindMs = 1_000
/** So long bytes that have arrived are looked for in vain: their volume may come back. */
const missingMs = day
/** What is hashed again so quickly that the person who sent it can wait for it. */
const quickBytes = 32 * 1_048_576

/** Faults of the file or of the place it was to go to, in words for its sender; everything else is ours, and passes. */
const faults: ReadonlySet<ErrorCode> = new Set([
  'unsupported_file',
  'unreadable_file',
  'file_too_large',
  'invalid_input',
  'not_found',
  'forbidden',
  'wrong_state',
  'stale_version',
  'already_exists',
])
const isFault = (error: unknown): error is AppError => error instanceof AppError && faults.has(error.code)

export function uploadsService(deps: UploadsDeps) {
  const { db, clock, storage, files, leases, room, stagings, enqueue, log } = deps

  function stagingOf(store: StoreName): Staging {
    const staging = stagings.get(store)
    if (!staging)
      throw new AppError(
        'unavailable',
        'This upload began in a bucket whose settings are missing here. Tell an administrator.',
      )
    return staging
  }

  async function found(actor: Actor, id: string): Promise<UploadRecord> {
    const record = await findUpload(db, id, actor.userId)
    if (!record) throw new AppError('not_found', 'There is no such upload.')
    return record
  }

  async function auditRefused(tx: Tx, doer: Doer, upload: { id: string; name: string; bytes: number }, why: string) {
    const { id, name, bytes } = upload
    await audit(tx, clock, doer, {
      action: 'upload.refused',
      subject: { type: 'upload', id },
      after: { name, bytes, why },
    })
  }

  /** What must hold before a byte is taken. */
  async function admit(actor: Actor, { name, bytes, intent }: Begun): Promise<{ organisationId: string | null }> {
    assertMayBegin(name, bytes, uploadBytesOf(actor.role))
    return files.mayAdd(actor, intent)
  }

  const newUpload = (actor: Actor, begun: Begun, store: StoreName, organisationId: string | null): NewUpload => ({
    ...begun,
    userId: actor.userId,
    store,
    organisationId,
  })

  /** Runs what makes the row of an upload; of two with one key the second finds the first. */
  async function orFirst<T>(actor: Actor, onceKey: string | null, work: () => Promise<T>): Promise<T | UploadRecord> {
    try {
      return await work()
    } catch (error) {
      const first =
        onceKey && brokenUnique(error) === 'uploads_once' && (await findByOnceKey(db, actor.userId, onceKey))
      if (first) return first
      throw error
    }
  }

  async function refuse(doer: Doer, upload: UploadRecord, lease: Lease, refusal: string): Promise<void> {
    lease.forget()
    await db.transact(async (tx) => {
      if (!(await markRefused(tx, upload.id, lease.token, refusal, clock.now()))) return
      await auditRefused(tx, doer, upload, refusal)
    })
    await removeStaged(upload)
  }

  const removeStaged = (upload: Pick<UploadRecord, 'id' | 'store'>): Promise<void> =>
    stagingOf(upload.store)
      .remove(upload.id)
      .catch((err) => log.warn({ err, uploadId: upload.id }, 'staged bytes were not removed; the hourly job will'))

  /**
   * Makes a file of an upload that is whole. Each step may be the last of a killed process, and is harmless again: the hash is
   * noted before the content gets its place, and the file is made in one transaction with the end of the upload.
   * @returns the id of the file
   * @throws AppError as it was refused, or ours: then the upload is as it was
   */
  async function finish(actor: Actor, upload: UploadRecord, lease: Lease): Promise<string> {
    const staging = stagingOf(upload.store)
    const known: Expected | undefined =
      staging.known(upload.id, upload.bytes) ??
      (upload.sha256 ? { sha256: upload.sha256, bytes: upload.bytes } : undefined)
    const classify: Classify = async (seen, read) => {
      const mediaType = await classifierOf(upload.name)(seen, read)
      await files.mayAdd(actor, upload.intent)
      lease.assertHeld()
      const isOurs = await db.transact((tx) => markArrived(tx, upload.id, lease.token, seen.sha256, clock.now()))
      if (!isOurs) throw new AppError('unavailable', 'Another process finishes this upload.', { retryAfter: 2 })
      return mediaType
    }
    try {
      if (!upload.sha256) await staging.seal(upload.id, upload.bytes)
      const object = await storage.adopt({ store: upload.store, key: stagedKey(upload.id) }, { known, classify })
      const fileId = await addFile(actor, upload, object, async (tx, added) => {
        if (!(await markKept(tx, upload.id, lease.token, added.fileId, clock.now())))
          throw new AppError('unavailable', 'Another process finished this upload.', { retryAfter: 2 })
      })
      await removeStaged(upload)
      return fileId
    } catch (cause) {
      const isLost = cause instanceof ObjectMissing && clock.now().getTime() - upload.createdAt.getTime() > missingMs
      const error = isLost
        ? new AppError(
            'unreadable_file',
            'What had arrived of this file is lost on the server. Send it again.',
            {},
            cause,
          )
        : cause
      if (!isFault(error)) throw error
      await refuse(actor, upload, lease, error.message)
      throw error
    }
  }

  async function addFile(
    actor: Actor,
    upload: Pick<Begun, 'name' | 'intent'>,
    object: StoredObject,
    settle: (tx: Tx, added: { fileId: string }) => Promise<void>,
  ): Promise<string> {
    const kept = { ...object, name: upload.name, mediaType: mediaTypeOf(upload.name, object) }
    const { fileId } = await files.add(actor, kept, upload.intent, settle)
    return fileId
  }

  return {
    found,
    stagingOf,

    /** Makes a file of an upload that is whole, for a job. */
    async finishLater(id: string): Promise<void> {
      const isDue = async () => {
        const upload = await findUpload(db, id, undefined)
        return upload?.state === 'arrived' ? upload : undefined
      }
      if (!(await isDue())) return
      await leases.during(id, async (lease) => {
        // As it is now that nobody else works on it.
        const upload = await isDue()
        if (!upload) return
        const actor = await deps.actorOf(upload.userId, { requestId: `upload ${id}`, address: 'job' })
        if (!actor)
          return refuse({ system: 'uploads' }, upload, lease, 'The account that sent it may not add files any more.')
        await finish(actor, upload, lease).catch((error) => {
          if (!isFault(error)) throw error
        })
      })
    },

    /** Somebody waits for its file: if its process died, the job need not wait for the minute. */
    async remind({ id, touchedAt }: UploadRecord): Promise<void> {
      const now = clock.now()
      if (now.getTime() - touchedAt.getTime() < remindMs) return
      await db.transact(async (tx) => {
        await markTouched(tx, id, now)
        await enqueue(tx, finishUpload, { uploadId: id })
      })
    },

    /** Looks after an upload that nobody goes on with: whole ones become files, others are given up. */
    async giveUp(id: string): Promise<void> {
      await leases.during(id, async (lease) => {
        const upload = await findUpload(db, id, undefined)
        if (upload?.state !== 'arriving') return
        if ((await stagingOf(upload.store).offset(id)) === upload.bytes) {
          await db.transact(async (tx) => {
            if (await markArrived(tx, id, lease.token, undefined, clock.now()))
              await enqueue(tx, finishUpload, { uploadId: id })
          })
          return
        }
        await db.transact((tx) => markExpired(tx, id, lease.token, clock.now()))
        await removeStaged(upload)
      })
    },

    list: (actor: Actor): Promise<UploadRecord[]> =>
      listOwn(db, actor.userId, new Date(clock.now().getTime() - uploadDays * day), 500),

    look: (actor: Actor) => room.look(actor.organisationId),

    /** The upload that was begun with this key before. */
    repeated: (actor: Actor, onceKey: string | null): Promise<UploadRecord | undefined> =>
      onceKey ? findByOnceKey(db, actor.userId, onceKey) : Promise.resolve(undefined),

    /**
     * Begins an upload.
     * @param lease token under which its maker goes on to write
     */
    async begin(actor: Actor, begun: Begun, lease: string | null): Promise<{ upload: UploadRecord; isNew: boolean }> {
      const { organisationId } = await admit(actor, begun)
      const store = await storage.target()
      const made = newUpload(actor, begun, store.name, organisationId)
      const first = await orFirst(actor, begun.onceKey, () =>
        db.transact(async (tx) => {
          const open = await countOpen(tx, actor.userId)
          if (open.missing + begun.bytes > mostOpenOfLargest * uploadBytesOf(actor.role))
            throw new AppError(
              'quota_exceeded',
              'You have announced more than is kept free for one person. Let some of your uploads end first.',
            )
          if (open.count >= mostOpenUploads)
            throw new AppError(
              'quota_exceeded',
              `${mostOpenUploads} of your uploads are under way already. Let some of them end first.`,
            )
          await room.take(tx, { bytes: begun.bytes, organisationId, store })
          await insertUpload(tx, made, { state: 'arriving', lease, leaseSeconds }, clock.now())
          return undefined
        }),
      )
      return { upload: first ?? (await found(actor, begun.id)), isNew: first === undefined }
    },

    /** A small file that came with its announcement: nothing is staged, and the upload is its end. */
    async keepAtOnce(actor: Actor, begun: Begun, content: Buffer): Promise<UploadRecord> {
      const { organisationId } = await admit(actor, begun)
      const store = await storage.target()
      const made = newUpload(actor, begun, store.name, organisationId)
      await room.take(undefined, { bytes: begun.bytes, organisationId, store })
      const first = await orFirst(actor, begun.onceKey, async () => {
        try {
          const object = await storage.keep(Readable.from([content], { objectMode: false }), {
            maxBytes: begun.bytes,
            classify: classifierOf(begun.name),
          })
          await addFile(actor, begun, object, (tx, { fileId }) =>
            insertUpload(tx, made, { state: 'kept', fileId, sha256: object.sha256 }, clock.now()),
          )
        } catch (error) {
          if (!isFault(error)) throw error
          await db.transact(async (tx) => {
            await insertUpload(tx, made, { state: 'refused', refusal: error.message }, clock.now())
            await auditRefused(tx, actor, begun, error.message)
          })
          throw error
        }
        return undefined
      })
      return first ?? found(actor, begun.id)
    },

    /**
     * All bytes are safe: makes the file now where that is quick, else a job does it.
     * @returns the file, when it is there already
     */
    async arrived(actor: Actor, upload: UploadRecord, lease: Lease): Promise<string | undefined> {
      const { id, bytes } = upload
      const isQuick = bytes <= quickBytes || (upload.store === 'filesystem' && stagingOf(upload.store).known(id, bytes))
      if (isQuick) {
        try {
          return await finish(actor, upload, lease)
        } catch (error) {
          if (isFault(error)) throw error
          log.warn({ err: error, uploadId: id }, 'an upload was not finished at once; a job will')
        }
      }
      await db.transact(async (tx) => {
        if (await markArrived(tx, id, lease.token, undefined, clock.now()))
          await enqueue(tx, finishUpload, { uploadId: id })
      })
      return undefined
    },

    /** The person gives it up. @throws AppError `wrong_state` when it is a file already or about to become one */
    async abandon(actor: Actor, upload: UploadRecord, lease: Lease): Promise<void> {
      const isEnded = await db.transact(async (tx) => {
        if (!(await markExpired(tx, upload.id, lease.token, clock.now()))) return false
        const { id, name, bytes } = upload
        await audit(tx, clock, actor, {
          action: 'upload.abandoned',
          subject: { type: 'upload', id },
          before: { name, bytes },
        })
        return true
      })
      if (!isEnded)
        throw new AppError('wrong_state', 'This upload has ended; a file is archived in the library instead.')
      await removeStaged(upload)
    },
  }
}
