import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { passed } from './spent-buffers.ts'
import { ContentDiffers, type Expected } from './store.ts'

/** Counts and hashes what flows through. */
export class Measured extends Transform {
  bytes = 0
  readonly #hash = createHash('sha256')
  #sha256: string | undefined

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null, data?: Buffer) => void) {
    this.bytes += chunk.length
    this.#hash.update(chunk)
    passed(chunk.length)
    done(null, chunk)
  }

  /** Of everything so far; nothing may follow. */
  get sha256(): string {
    this.#sha256 ??= this.#hash.digest('hex')
    return this.#sha256
  }
}

/** Lets through what was announced, and fails at the end, or as soon as there is too much. */
export class Checked extends Measured {
  readonly #key: string
  readonly #expected: Expected

  constructor(key: string, expected: Expected) {
    super()
    this.#key = key
    this.#expected = expected
  }

  override _transform(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null, data?: Buffer) => void) {
    if (this.bytes + chunk.length > this.#expected.bytes) {
      done(new ContentDiffers(this.#key, `longer than ${this.#expected.bytes} bytes`))
      return
    }
    super._transform(chunk, encoding, done)
  }

  override _flush(done: (error?: Error | null) => void) {
    if (this.bytes < this.#expected.bytes)
      done(new ContentDiffers(this.#key, `${this.bytes} bytes, not ${this.#expected.bytes}`))
    else if (this.sha256 !== this.#expected.sha256) done(new ContentDiffers(this.#key, `its hash is ${this.sha256}`))
    else done()
  }
}
