import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { v7 as uuidv7 } from 'uuid'
import { AppError } from './errors.ts'
import { makeFolder } from './make-folder.ts'

export interface StoredFile {
  key: string
  bytes: number
  sha256: string
}

export interface Storage {
  /** Keeps a stream as a file; nothing stays behind when it fails. @throws AppError `file_too_large` */
  keep(source: Readable, limits: { maxBytes: number }): Promise<StoredFile>
  /** Path on this machine, for readers that need to seek. */
  pathOf(key: string): string
  remove(key: string): Promise<void>
  /** Writes and removes a few bytes. @throws when that fails */
  probe(): Promise<void>
}

/** Files on a volume below `dir`. Written under a temporary name, flushed, then renamed. */
export function fileStorage(dir: string): Storage {
  const pathOf = (key: string): string => {
    if (!/^[0-9a-f-]{36}$/.test(key)) throw new Error(`not a storage key: ${key}`)
    return join(dir, key.slice(-2), key)
  }
  return {
    pathOf,
    async keep(source, { maxBytes }) {
      const key = uuidv7()
      const path = pathOf(key)
      const temporary = `${path}.part`
      await mkdir(join(path, '..'), { recursive: true })
      const hash = createHash('sha256')
      let bytes = 0
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length
          if (bytes > maxBytes) {
            done(new AppError('file_too_large', `The file is larger than ${Math.floor(maxBytes / 1_048_576)} MB.`))
            return
          }
          hash.update(chunk)
          done(null, chunk)
        },
      })
      try {
        await pipeline(source, measure, createWriteStream(temporary, { flush: true }))
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
          throw new AppError(
            'unavailable',
            'The disk is full; the file was not kept. Tell an administrator.',
            {},
            error,
          )
        }
        throw error
      }
      return { key, bytes, sha256: hash.digest('hex') }
    },
    remove: (key) => rm(pathOf(key), { force: true }),
    async probe() {
      makeFolder(dir)
      const trial = join(dir, `.probe-${uuidv7()}`)
      await writeFile(trial, 'probe')
      await rm(trial)
    },
  }
}
