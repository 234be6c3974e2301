import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asStorageError, type Expected, type ObjectStore, stagedPrefix } from '#server/platform/storage.ts'

/** Where an upload lies until it is whole; no hash has this form of key. */
export const stagedKey = (id: string): string => `${stagedPrefix}${id}`

/** Asked between parts; they throw when nothing more may be written. */
export interface Checks {
  assertHeld(): void
  assertRoom(): Promise<void>
}

/** Where parts of uploads gather. What it says it has is durable. */
export interface Staging {
  store: ObjectStore
  /** Bytes that are safe. */
  offset(id: string): Promise<number>
  /**
   * Adds what comes until the stream ends or breaks; what came before it broke stays.
   * @param bytes of the whole upload
   * @returns bytes that are safe
   */
  append(id: string, from: number, bytes: number, source: AsyncIterable<Buffer>, checks: Checks): Promise<number>
  /** Makes one object of what is whole, where that is a step of its own; harmless again. */
  seal(id: string, bytes: number): Promise<void>
  /** Hash of the whole when every byte came through this process, in order. */
  known(id: string, bytes: number): Expected | undefined
  remove(id: string): Promise<void>
}

/** Hashes that grow with their uploads; those of other processes and of before a restart are read again at the end. */
export class Hashes {
  readonly #growing = new Map<string, { hash: Hash; bytes: number }>()
  static readonly most = 2_000

  /** @returns a function that takes each part; undefined when what came before was not seen */
  from(id: string, offset: number): ((part: Buffer) => void) | undefined {
    let found = this.#growing.get(id)
    if (offset === 0) found = { hash: createHash('sha256'), bytes: 0 }
    this.#growing.delete(id)
    if (!found || found.bytes !== offset) return undefined
    if (this.#growing.size >= Hashes.most) this.#growing.delete(this.#growing.keys().next().value as string)
    this.#growing.set(id, found)
    const growing = found
    return (part) => {
      growing.hash.update(part)
      growing.bytes += part.length
    }
  }

  of(id: string, bytes: number): Expected | undefined {
    const found = this.#growing.get(id)
    return found?.bytes === bytes ? { bytes, sha256: found.hash.copy().digest('hex') } : undefined
  }

  forget(id: string): void {
    this.#growing.delete(id)
  }
}

/** Between looks whether the volume still has room. */
const bytesBetweenLooks = 32 * 1_048_576

/** Written in one go: a line brings 64 kB at a time, and each write costs a turn of the thread pool. */
const batchBytes = 1_048_576

async function writeAll(file: FileHandle, parts: Buffer[], at: number): Promise<void> {
  const { bytesWritten } = await file.writev(parts, at)
  const missing = parts.reduce((sum, part) => sum + part.length, 0) - bytesWritten
  if (missing > 0) await writeAll(file, [Buffer.concat(parts).subarray(-missing)], at + bytesWritten)
}

/** On the volume: one file for each upload, as long as what has come. */
export function volumeStaging(store: ObjectStore, pathOf: (key: string) => string): Staging {
  const hashes = new Hashes()
  const path = (id: string): string => pathOf(stagedKey(id))

  /** What was written last may be in memory only. */
  async function settle(file: FileHandle, from: number): Promise<void> {
    try {
      await file.datasync()
    } catch (error) {
      // A disk that fails to write says so once; a later look would take the length for granted.
      await file.truncate(from).catch(() => {})
      throw error
    }
  }

  async function flushFolder(id: string): Promise<void> {
    const folder = await open(dirname(path(id)), 'r')
    await folder.sync().finally(() => folder.close())
  }

  return {
    store,

    async offset(id) {
      const file = await open(path(id), 'r+').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw asStorageError(error)
      })
      if (!file) return 0
      try {
        await file.datasync()
        return (await file.stat()).size
      } catch (error) {
        throw asStorageError(error)
      } finally {
        await file.close()
      }
    },

    async append(id, from, _bytes, source, { assertHeld, assertRoom }) {
      const note = hashes.from(id, from)
      let at = from
      let lookedAt = from
      try {
        if (from === 0) await mkdir(dirname(path(id)), { recursive: true })
        const file = await open(path(id), from === 0 ? 'w' : 'r+')
        try {
          let parts: Buffer[] = []
          let gathered = 0
          let writing = Promise.resolve()
          const write = async () => {
            await writing
            if (gathered === 0) return
            assertHeld()
            if (at - lookedAt >= bytesBetweenLooks) {
              await assertRoom()
              lookedAt = at
            }
            writing = writeAll(file, parts, at)
            // Told to whoever waits for it.
            writing.catch(() => {})
            at += gathered
            parts = []
            gathered = 0
          }
          try {
            for await (const part of source) {
              note?.(part)
              parts.push(part)
              gathered += part.length
              if (gathered >= batchBytes) await write()
            }
          } finally {
            // What came before the line broke is not sent again.
            await write()
            await writing
          }
        } catch (error) {
          hashes.forget(id)
          throw error
        } finally {
          await settle(file, from).finally(() => file.close())
        }
        if (from === 0) await flushFolder(id)
        return at
      } catch (error) {
        throw asStorageError(error)
      }
    },

    async seal() {},

    known: (id, bytes) => hashes.of(id, bytes),

    async remove(id) {
      hashes.forget(id)
      await rm(path(id), { force: true })
    },
  }
}
