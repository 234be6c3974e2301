import type { Readable } from 'node:stream'

/** Where objects lie: `filesystem` (a volume below DATA_DIR) or `s3` (a bucket). */
export type StoreName = 'filesystem' | 's3'

/** First and last byte, both included, as in HTTP. */
export interface ByteRange {
  start: number
  end: number
}

export interface StoredEntry {
  key: string
  bytes: number
  modifiedAt: Date
}

/** What is to be written: a store refuses a stream that has other bytes. */
export interface Expected {
  bytes: number
  sha256: string
}

/**
 * One place that keeps bytes under keys such as `objects/ab/abcd…`. Writes are whole or not at all, and durable when they return.
 * Failures of the store itself are an AppError `unavailable` (try again) or `storage_full`.
 */
export interface ObjectStore {
  readonly name: StoreName
  /** @throws ContentDiffers when the stream is not what was expected; then nothing is kept */
  put(key: string, source: Readable, expected: Expected, signal?: AbortSignal): Promise<void>
  /** Takes over a file of this machine, which is gone afterwards. */
  take(key: string, path: string, expected: Expected): Promise<void>
  /**
   * The stream follows its reader's pace, and fails when it ends too early.
   * @param bytes of the whole object, when they are known: another size is a damaged object
   * @throws ObjectMissing, ContentDiffers
   */
  get(key: string, options?: { range?: ByteRange | undefined; bytes?: number | undefined }): Promise<Readable>
  /** Undefined: there is no such object. */
  stat(key: string): Promise<{ bytes: number; modifiedAt: Date } | undefined>
  /** The same content under another key, without a way through this process. @throws ObjectMissing */
  copy(from: string, to: string): Promise<void>
  /** Harmless when it is not there. */
  remove(key: string): Promise<void>
  /** Everything whose key begins so, in no order. */
  list(prefix: string): AsyncIterable<StoredEntry>
  /** Path on this machine, where there is one. */
  pathOf?(key: string): string
  /** An address under which anybody may read the object for some seconds without asking OBCMS. */
  signedUrl?(key: string, how: { seconds: number; contentType: string; contentDisposition: string }): Promise<string>
  /**
   * Removes what writes that were begun before then and never ended have left behind.
   * @param of only of these keys, where it is known to which key they were
   * @returns how many they were
   */
  removeAbandoned(before: Date, of?: (key: string) => boolean): Promise<number>
  /** Writes and removes a few bytes. @throws when that fails */
  probe(): Promise<void>
  /** Whether anybody may read it without a signature. Undefined method: nobody can. */
  isPublic?(): Promise<boolean>
  /** Undefined: it has no end that could be known. */
  room(): Promise<{ freeBytes: number; totalBytes: number } | undefined>
  /** Gives back its connections. */
  close?(): Promise<void>
}

export class ObjectMissing extends Error {
  constructor(store: StoreName, key: string) {
    super(`${store} has no ${key}`)
    this.name = 'ObjectMissing'
  }
}

/** The bytes that came are not those that were announced. */
export class ContentDiffers extends Error {
  constructor(key: string, what: string) {
    super(`${key} is not what it should be: ${what}`)
    this.name = 'ContentDiffers'
  }
}

/** Uploads gather below it for days until they are whole; no content lies there. */
export const stagedPrefix = 'uploads/'

/** Where the content with this hash lies, in every store. */
export const objectKey = (sha256: string): string => `objects/${sha256.slice(0, 2)}/${sha256}`

/** Keys are ours alone; still, none may lead out of its store. */
export function assertKey(key: string): void {
  if (!/^[a-z]+(\/[a-z0-9][a-z0-9.-]*)+$/.test(key) || key.includes('..'))
    throw new Error(`not a key of the store: ${key}`)
}
