import { Readable } from 'node:stream'
import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl'
import type { Classify } from '#server/platform/storage.ts'
import { looksLikeGeoJson, mediaTypeOf, zipTypeOf } from './uploads.rules.ts'

type Read = Parameters<Classify>[1]

/** An archive of more entries is looked at no further: it is a zip archive. */
const mostEntries = 5_000

const blockBytes = 256 * 1024

/** The list of names is read in small pieces; a bucket is asked for large ones. */
class Ranges extends RandomAccessReader {
  readonly #read: Read
  readonly #bytes: number
  #block: { at: number; data: Promise<Buffer> } | undefined

  constructor(bytes: number, read: Read) {
    super()
    this.#read = read
    this.#bytes = bytes
  }

  async #blockAt(at: number): Promise<Buffer> {
    if (this.#block?.at !== at) {
      const end = Math.min(at + blockBytes, this.#bytes) - 1
      this.#block = { at, data: this.#read({ start: at, end }) }
    }
    return this.#block.data
  }

  async *#parts(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start - (start % blockBytes); at < end; at += blockBytes)
      yield (await this.#blockAt(at)).subarray(Math.max(0, start - at), end - at)
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#parts(start, end), { objectMode: false })
  }
}

/** Reads the list of names at the end of the archive; nothing is unpacked but the line that says what an OpenDocument is. */
async function zipType(bytes: number, read: Read): Promise<string> {
  const names = new Set<string>()
  let mimetype = ''
  try {
    const zip = await fromRandomAccessReaderPromise(new Ranges(bytes, read), bytes, { lazyEntries: true })
    for await (const entry of zip.eachEntry()) {
      names.add(entry.fileName)
      if (entry.fileName === 'mimetype' && entry.compressionMethod === 0 && entry.uncompressedSize < 200) {
        const stream = await zip.openReadStreamPromise(entry)
        for await (const chunk of stream) mimetype += chunk
      }
      if (names.size >= mostEntries) break
    }
  } catch {
    return 'application/octet-stream'
  }
  return zipTypeOf(names, mimetype.trim())
}

/** What content is, where its beginning does not say it all. @throws AppError when a file of this name may not be kept */
export const classifierOf =
  (name: string): Classify =>
  async (found, read) => {
    let { mediaType } = found
    if (mediaType === 'application/zip') mediaType = await zipType(found.bytes, read)
    if (mediaType === 'application/json') {
      const head = await read({ start: 0, end: Math.min(found.bytes, 65_536) - 1 })
      if (looksLikeGeoJson(head.toString())) mediaType = 'application/geo+json'
    }
    mediaTypeOf(name, { ...found, mediaType })
    return mediaType
  }
