import { longestText } from '../contents.rules.ts'

/** Text as it comes, until there is enough of it. */
export class Gather {
  readonly #parts: string[] = []
  #length = 0
  /** Ends half-way through what is read, so that a document that takes too long gives what it has. */
  readonly #until: number

  constructor(forMs: number) {
    this.#until = performance.now() + forMs
  }

  add(text: string): void {
    if (this.#length >= longestText) return
    this.#parts.push(text)
    this.#length += text.length
  }

  get isEnough(): boolean {
    return this.#length >= longestText || performance.now() > this.#until
  }

  toString(): string {
    return this.#parts.join('')
  }
}
