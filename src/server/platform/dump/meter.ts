import { hash } from 'node:crypto'
import { Transform } from 'node:stream'

const newline = 10
const lanes = 8

/**
 * Counts the rows of a COPY text stream and hashes them whatever their order is: the sums of the parts of each row's SHA-256. A
 * copied table need not give its rows back in the order in which it got them.
 */
export class RowMeter extends Transform {
  rows = 0
  readonly #sums = new Uint32Array(lanes)
  /** Of a row that is not at its end. */
  #begun: Buffer[] = []

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null, data?: Buffer) => void) {
    let start = 0
    // A line break inside a value is written as \n.
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end)
      this.#add(this.#begun.length > 0 ? Buffer.concat([...this.#begun, rest]) : rest)
      this.#begun = []
      start = end + 1
    }
    if (start < chunk.length) this.#begun.push(chunk.subarray(start))
    done(null, chunk)
  }

  override _flush(done: (error?: Error | null) => void) {
    done(this.#begun.length > 0 ? new Error('the last row is not whole') : null)
  }

  #add(row: Buffer): void {
    const digest = hash('sha256', row, 'buffer')
    for (let lane = 0; lane < lanes; lane += 1)
      this.#sums[lane] = ((this.#sums[lane] as number) + digest.readUInt32LE(lane * 4)) >>> 0
    this.rows += 1
  }

  /** Of all rows so far, 64 hexadecimal digits. */
  get hash(): string {
    return [...this.#sums].map((sum) => sum.toString(16).padStart(8, '0')).join('')
  }
}
