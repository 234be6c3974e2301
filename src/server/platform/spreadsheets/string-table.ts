import { tooLarge } from './limits.ts'

const blockBytes = 1_048_576
const maxBlocks = 128
const maxTexts = 8_000_000

const tooMuchText = (): Error =>
  tooLarge('sharedText', 'The workbook holds more different texts than can be read at once. Split it.')

/**
 * The shared texts of a workbook, which have to be at hand until its last row. As bytes outside of the JavaScript heap
 * a million of them take what they are long plus four bytes each.
 */
export class StringTable {
  #blocks: Buffer[] = []
  #used = blockBytes
  #starts = new Uint32Array(1024)
  #count = 0

  add(text: string): void {
    const bytes = Buffer.byteLength(text)
    if (this.#used + 4 + bytes > blockBytes) {
      if (this.#blocks.length === maxBlocks) throw tooMuchText()
      this.#blocks.push(Buffer.allocUnsafeSlow(blockBytes))
      this.#used = 0
    }
    if (this.#count === maxTexts) throw tooMuchText()
    if (this.#count === this.#starts.length) {
      const grown = new Uint32Array(this.#count * 2)
      grown.set(this.#starts)
      this.#starts = grown
    }
    const block = this.#blocks.at(-1) as Buffer
    this.#starts[this.#count] = (this.#blocks.length - 1) * blockBytes + this.#used
    this.#count += 1
    block.writeUInt32LE(bytes, this.#used)
    block.write(text, this.#used + 4)
    this.#used += 4 + bytes
  }

  at(index: number): string | undefined {
    const start = index < this.#count ? this.#starts[index] : undefined
    if (start === undefined) return undefined
    const block = this.#blocks[Math.floor(start / blockBytes)] as Buffer
    const from = (start % blockBytes) + 4
    return block.toString('utf8', from, from + block.readUInt32LE(from - 4))
  }
}
