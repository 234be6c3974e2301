import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdir, open, opendir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { v7 as uuidv7 } from 'uuid'
import { AppError } from '../errors.ts'
import { makeFolder } from '../make-folder.ts'
import { Checked } from './expected.ts'
import { passed } from './spent-buffers.ts'
import { assertKey, ContentDiffers, ObjectMissing, type ObjectStore } from './store.ts'

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException)?.code

/** @returns what a person can act on, for a disk that does not do its work */
export function asStorageError(error: unknown): unknown {
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError('storage_full', 'The disk is full; the file was not kept. Tell an administrator.', {}, error)
  if (code === 'EIO' || code === 'EROFS' || code === 'EACCES' || code === 'EPERM' || code === 'ESTALE')
    return new AppError(
      'unavailable',
      'The volume of the files does not work at the moment. Try again later.',
      { retryAfter: 30 },
      error,
    )
  return error
}

/** Of a file, or of a folder: its entries are durable only when it is. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A volume below `dir`. Written under a temporary name, flushed, then renamed. */
export function filesystemStore(dir: string): ObjectStore {
  const pathOf = (key: string): string => {
    assertKey(key)
    return join(dir, key)
  }
  /** A name that no listing shows. */
  const temporary = () => join(dir, 'parts', `${uuidv7()}.part`)

  async function settle(from: string, to: string): Promise<void> {
    const folder = dirname(to)
    const first = await mkdir(folder, { recursive: true })
    await rename(from, to)
    await flush(folder)
    // A new folder is itself an entry of the one above.
    for (let made = folder; first && made.length >= first.length; made = dirname(made)) await flush(dirname(made))
  }

  return {
    name: 'filesystem',
    pathOf,
    async put(key, source, expected, signal) {
      const path = pathOf(key)
      const part = temporary()
      try {
        await mkdir(dirname(part), { recursive: true })
        await pipeline(source, new Checked(key, expected), createWriteStream(part, { flush: true }), { signal })
        await settle(part, path)
      } catch (error) {
        source.destroy()
        await rm(part, { force: true }).catch(() => {})
        throw asStorageError(error)
      }
    },

    async take(key, path, expected) {
      try {
        await flush(path)
        await settle(path, pathOf(key))
      } catch (error) {
        if (codeOf(error) !== 'EXDEV') throw asStorageError(error)
        await this.put(key, createReadStream(path), expected)
        await rm(path, { force: true })
      }
    },

    async get(key, { range, bytes } = {}) {
      const file = await open(pathOf(key), 'r').catch((error) => {
        throw codeOf(error) === 'ENOENT' ? new ObjectMissing('filesystem', key) : asStorageError(error)
      })
      if (bytes !== undefined) {
        const { size } = await file.stat()
        if (size !== bytes) {
          await file.close()
          throw new ContentDiffers(key, `${size} bytes, not ${bytes}`)
        }
      }
      // The handle is closed with its stream.
      const stream = file.createReadStream({ ...range, highWaterMark: 256 * 1024 })
      const { push } = stream
      stream.push = (chunk) => {
        passed(chunk?.length ?? 0)
        return push.call(stream, chunk)
      }
      return stream
    },

    async stat(key) {
      try {
        const { size, mtime } = await stat(pathOf(key))
        return { bytes: size, modifiedAt: mtime }
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined
        throw asStorageError(error)
      }
    },

    async copy(from, to) {
      const part = temporary()
      try {
        await mkdir(dirname(part), { recursive: true })
        await copyFile(pathOf(from), part)
        await flush(part)
        await settle(part, pathOf(to))
      } catch (error) {
        await rm(part, { force: true }).catch(() => {})
        throw codeOf(error) === 'ENOENT' ? new ObjectMissing('filesystem', from) : asStorageError(error)
      }
    },

    async remove(key) {
      await rm(pathOf(key), { force: true }).catch((error) => {
        throw asStorageError(error)
      })
    },

    async *list(prefix) {
      const root = join(dir, prefix.slice(0, prefix.lastIndexOf('/') + 1))
      const folder = await opendir(root, { recursive: true }).catch((error) => {
        if (codeOf(error) === 'ENOENT') return undefined
        throw asStorageError(error)
      })
      if (!folder) return
      for await (const entry of folder) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        const key = relative(dir, path)
        const facts = key.startsWith(prefix) ? await stat(path).catch(() => undefined) : undefined
        if (facts) yield { key, bytes: facts.size, modifiedAt: facts.mtime }
      }
    },

    async removeAbandoned(before) {
      const parts = join(dir, 'parts')
      const names = await readdir(parts).catch((error) => {
        if (codeOf(error) === 'ENOENT') return []
        throw asStorageError(error)
      })
      let removed = 0
      for (const name of names) {
        const path = join(parts, name)
        const { mtime } = (await stat(path).catch(() => undefined)) ?? {}
        if (!mtime || mtime >= before) continue
        await rm(path, { force: true })
        removed += 1
      }
      return removed
    },

    async probe() {
      makeFolder(dir)
      const trial = join(dir, `.probe-${uuidv7()}`)
      await writeFile(trial, 'probe')
      await rm(trial)
    },

    async room() {
      makeFolder(dir)
      const volume = await statfs(dir)
      return { freeBytes: volume.bavail * volume.bsize, totalBytes: volume.blocks * volume.bsize }
    },
  }
}
