import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '../clock.ts'
import type { Db } from '../db.ts'
import { AppError } from '../errors.ts'
import { detectMediaType, headBytes } from './detect.ts'
import { Measured } from './expected.ts'
import { asStorageError, filesystemStore } from './filesystem-store.ts'
import { findObject, findOpenTarget, findPlace, insertObject, lockObject, type ObjectRecord } from './objects.repo.ts'
import {
  type ByteRange,
  ContentDiffers,
  type Expected,
  ObjectMissing,
  type ObjectStore,
  objectKey,
  type StoreName,
} from './store.ts'

/** Content that is kept; the record that uses it has a foreign key to `objects`. Unused content is collected after days. */
export interface StoredObject {
  sha256: string
  bytes: number
  /** By content. */
  mediaType: string
}

export interface OpenedObject {
  stream: Readable
  /** Of the whole object. */
  bytes: number
  mediaType: string
}

/** Looks at content before it is kept. @returns its media type. @throws to refuse it */
export type Classify = (found: StoredObject, read: (range: ByteRange) => Promise<Buffer>) => Promise<string>

export interface Storage {
  readonly stores: ReadonlyMap<StoreName, ObjectStore>
  /** Where new content goes: to the target of a move that is under way, else as USE_S3 says. */
  target(): Promise<ObjectStore>
  /**
   * Keeps a stream; the same content is kept once. It is safe when this returns, and is used by a foreign key within a day.
   * @throws AppError `file_too_large`, `storage_full`, `unavailable`: then nothing is kept
   */
  keep(
    source: Readable,
    /** `inspect` may refuse the whole file by an error, before it is kept. */
    limits: { maxBytes: number; inspect?: (path: string) => Promise<unknown>; classify?: Classify },
  ): Promise<StoredObject>
  /**
   * Keeps what an upload has left under a key of a store, which is gone afterwards. Whoever was killed in the middle calls again,
   * with the hash that `classify` saw.
   * @param known hash and size, where they are known: it is not read again
   * @throws ObjectMissing
   */
  adopt(
    staged: { store: StoreName; key: string },
    how?: { known?: Expected | undefined; classify?: Classify },
  ): Promise<StoredObject>
  /** @throws AppError `not_found`; `unavailable` when no store has it whole */
  read(sha256: string, range?: ByteRange): Promise<OpenedObject>
  /** A path on this machine, for readers that need to seek; `release` when done. @throws as `read` */
  openLocal(sha256: string): Promise<{ path: string; release(): Promise<void> }>
  /** An address for the object's holder that bypasses OBCMS; undefined where there is none, as on a volume. */
  signedUrl(
    sha256: string,
    how: { seconds: number; contentType: string; contentDisposition: string },
  ): Promise<string | undefined>
  /** Of this machine's own part: the volume, or the folder that everything passes on its way to a bucket. */
  probe(): Promise<void>
  /** Of the bucket, when new content goes there. */
  probeBucket(): Promise<void>
  /** Gives back the connections of the stores. */
  close(): Promise<void>
}

export interface StorageDeps {
  db: Db
  clock: Clock
  stores: ReadonlyMap<StoreName, ObjectStore>
  /** As USE_S3 says. */
  preferred: StoreName
  /** Folder for what is on its way; beside the volume, so that a rename moves it there. */
  spoolDir: string
}

/** Where content is until it has its place. */
type Source = { path: string } | { store: ObjectStore; key: string }

const mostTries = 4

export function openStorage({ db, clock, stores, preferred, spoolDir }: StorageDeps): Storage {
  function storeOf(name: StoreName): ObjectStore {
    const store = stores.get(name)
    if (!store)
      throw new AppError(
        'unavailable',
        'Files are in a bucket whose settings are missing here. Tell an administrator: AWS_STORAGE_BUCKET_NAME and the keys must be set.',
      )
    return store
  }

  const target = async (): Promise<ObjectStore> => storeOf((await findOpenTarget(db)) ?? preferred)

  const readSource = (source: Source): Promise<Readable> =>
    'path' in source ? Promise.resolve(createReadStream(source.path)) : source.store.get(source.key)

  async function writeTo(store: ObjectStore, source: Source, object: StoredObject): Promise<void> {
    const key = objectKey(object.sha256)
    if ('key' in source && source.store === store) await store.copy(source.key, key)
    else await store.put(key, await readSource(source), object)
  }

  /** Where the last content went: a guess, where nothing is lost by a wrong one. */
  let lastTarget: ObjectStore | undefined

  /** Gives content its place. Only a rename is done while the content is locked: a transfer takes as long as it takes. */
  async function settle(source: Source, object: StoredObject): Promise<void> {
    const key = objectKey(object.sha256)
    for (let tries = 1; ; tries += 1) {
      const guess = tries === 1 && 'path' in source && lastTarget?.pathOf ? lastTarget : undefined
      const store = guess ?? (await target())
      lastTarget = store
      const canRename = 'path' in source && store.pathOf !== undefined
      const isThere = async (copies: ObjectRecord['copies']) => {
        const copy = copies.find(({ store: name }) => name === store.name)
        return copy?.problem === null && (await store.stat(key))?.bytes === object.bytes
      }
      if (!canRename && !(await isThere((await findObject(db, object.sha256))?.copies ?? [])))
        await writeTo(store, source, object)
      const settled = await db.transact(async (tx) => {
        await lockObject(tx, object.sha256, { lazily: true })
        const place = await findPlace(tx, object.sha256)
        if (storeOf(place.target ?? preferred) !== store) {
          // Written just before a move began: no row would ever speak of it.
          if (!canRename && !place.copies.some(({ store: name }) => name === store.name)) await store.remove(key)
          return false
        }
        if (canRename) {
          if (!(await isThere(place.copies))) await store.take(key, source.path, object)
        } else if ((await store.stat(key))?.bytes !== object.bytes) return false
        await insertObject(tx, object, store.name, clock.now())
        return true
      })
      if (settled) return
      if (tries === mostTries)
        throw new AppError('unavailable', 'The file could not be put in its place. Send it again.', { retryAfter: 5 })
    }
  }

  const readPart =
    (source: Source) =>
    async (range: ByteRange): Promise<Buffer> =>
      buffer('path' in source ? createReadStream(source.path, range) : await source.store.get(source.key, { range }))

  const classified = async (source: Source, object: StoredObject, classify?: Classify): Promise<StoredObject> =>
    classify ? { ...object, mediaType: await classify(object, readPart(source)) } : object

  const headOf = async (source: Source, bytes: number): Promise<Buffer> =>
    bytes === 0 ? Buffer.alloc(0) : readPart(source)({ start: 0, end: Math.min(bytes, headBytes) - 1 })

  /** Whether a killed adoption had come to its end. The object counts as handed in now. */
  async function findAdopted({ sha256 }: Expected): Promise<StoredObject | undefined> {
    return db.transact(async (tx) => {
      await lockObject(tx, sha256)
      const object = await findObject(tx, sha256)
      const copy = object?.copies.find(({ problem }) => problem === null)
      if (!object || !copy) return undefined
      const { bytes, mediaType } = object
      await insertObject(tx, { sha256, bytes, mediaType }, copy.store, clock.now())
      return { sha256, bytes, mediaType }
    })
  }

  async function describe(source: Source): Promise<StoredObject> {
    const measured = new Measured()
    const head: Buffer[] = []
    let taken = 0
    await pipeline(await readSource(source), measured, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        if (taken >= headBytes) continue
        head.push(chunk.subarray(0, headBytes - taken))
        taken += chunk.length
      }
    })
    return {
      sha256: measured.sha256,
      bytes: measured.bytes,
      mediaType: await detectMediaType(Buffer.concat(head)),
    }
  }

  async function find(sha256: string): Promise<ObjectRecord> {
    const found = await findObject(db, sha256)
    if (!found) throw new AppError('not_found', 'The content of this file is no longer kept.')
    return found
  }

  /** Sound copies first, and of these the preferred store's. */
  const rank = (copy: ObjectRecord['copies'][number]): number =>
    (copy.problem === null ? 0 : 2) + (copy.store === preferred ? 0 : 1)

  /** Asks one store after the other; looks again where the object lies when it was being moved. */
  async function fromCopies<T>(
    sha256: string,
    work: (store: ObjectStore, key: string, object: ObjectRecord) => Promise<T>,
  ): Promise<{ object: ObjectRecord; result: T }> {
    let failure: unknown
    for (let looks = 0; looks < 2; looks += 1) {
      const object = await find(sha256)
      for (const { store: name } of object.copies.toSorted((a, b) => rank(a) - rank(b))) {
        try {
          return { object, result: await work(storeOf(name), objectKey(sha256), object) }
        } catch (error) {
          const isStores =
            error instanceof ObjectMissing || error instanceof ContentDiffers || error instanceof AppError
          if (!isStores) throw error
          failure = error
        }
      }
    }
    if (failure instanceof AppError) throw failure
    throw new AppError(
      'unavailable',
      'The content of this file cannot be read. Tell an administrator: it may have to come from a backup.',
      {},
      failure,
    )
  }

  async function openOne(sha256: string, range?: ByteRange): Promise<OpenedObject> {
    const { object, result } = await fromCopies(sha256, (store, key, { bytes }) => store.get(key, { range, bytes }))
    return { stream: result, bytes: object.bytes, mediaType: object.mediaType }
  }

  async function spool<T>(fill: (path: string) => Promise<T>): Promise<{ path: string; result: T }> {
    await mkdir(spoolDir, { recursive: true })
    const path = join(spoolDir, uuidv7())
    try {
      return { path, result: await fill(path) }
    } catch (error) {
      await rm(path, { force: true }).catch(() => {})
      throw asStorageError(error)
    }
  }

  return {
    stores,
    target,

    async keep(source, { maxBytes, inspect, classify }) {
      let bytes = 0
      const limit = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length
          if (bytes <= maxBytes) return done(null, chunk)
          done(new AppError('file_too_large', `The file is larger than ${Math.floor(maxBytes / 1_048_576)} MB.`))
        },
      })
      const measured = new Measured()
      // Not flushed here: the store does that when it takes it.
      const { path } = await spool((to) => pipeline(source, limit, measured, createWriteStream(to)))
      try {
        await inspect?.(path)
        const seen = {
          sha256: measured.sha256,
          bytes: measured.bytes,
          mediaType: await detectMediaType(await readHead(path)),
        }
        const object = await classified({ path }, seen, classify)
        await settle({ path }, object)
        return object
      } finally {
        await rm(path, { force: true })
      }
    },

    async adopt({ store: name, key }, { known, classify } = {}) {
      const store = storeOf(name)
      const isStaged = (await store.stat(key)) !== undefined
      if (known && !isStaged) {
        const adopted = await findAdopted(known)
        if (adopted) return adopted
      }
      // Killed between the rename and its row: the content lies in its place already.
      const at = known && !isStaged ? objectKey(known.sha256) : key
      const path = store.pathOf?.(at)
      const source = path ? { path } : { store, key: at }
      if ((await store.stat(at)) === undefined) throw new ObjectMissing(name, key)
      const seen = known
        ? { ...known, mediaType: await detectMediaType(await headOf(source, known.bytes)) }
        : await describe(source)
      const object = await classified(source, seen, classify)
      await settle(source, object)
      await store.remove(key)
      return object
    },

    read: openOne,

    async openLocal(sha256) {
      const { result } = await fromCopies(sha256, async (store, key, { bytes }) => {
        if (!store.pathOf) return undefined
        if ((await store.stat(key))?.bytes !== bytes) throw new ObjectMissing(store.name, key)
        return store.pathOf(key)
      })
      if (result) return { path: result, release: async () => {} }
      const { stream } = await openOne(sha256)
      const { path } = await spool((to) => pipeline(stream, createWriteStream(to)))
      return { path, release: () => rm(path, { force: true }) }
    },

    async signedUrl(sha256, how) {
      const { result } = await fromCopies(sha256, async (store, key) => store.signedUrl?.(key, how))
      return result
    },

    async probe() {
      const store = await target()
      await (store.pathOf ? store : filesystemStore(spoolDir)).probe()
    },

    async probeBucket() {
      const store = await target()
      if (!store.pathOf) await store.probe()
    },

    async close() {
      await Promise.all([...stores.values()].map((store) => store.close?.()))
    },
  }
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
