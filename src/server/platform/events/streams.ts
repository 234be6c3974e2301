import type { ServerResponse } from 'node:http'

/** Streams of one person in one process. */
const mostPerPerson = 20
/** Bytes that may wait for a reader: at any time, and when it is looked after. Who reads no more is let go. */
const mostWaiting = { ever: 1024 * 1024, still: 64 * 1024 }
/** Each second one group is looked after, so that thousands of streams never come at once. */
export const groups = 20

export interface Stream {
  userId: string
  sessionId: string
  group: number
  response: ServerResponse
}

/** The open streams of this process. */
export class Streams {
  readonly #byPerson = new Map<string, Set<Stream>>()
  readonly #groups: Set<Stream>[] = Array.from({ length: groups }, () => new Set())
  #opened = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  isFull(userId: string): boolean {
    return (this.#byPerson.get(userId)?.size ?? 0) >= mostPerPerson
  }

  has(userId: string): boolean {
    return this.#byPerson.has(userId)
  }

  of(userId: string): Stream[] {
    return [...(this.#byPerson.get(userId) ?? [])]
  }

  inGroup(group: number): Stream[] {
    return [...(this.#groups[group] ?? [])]
  }

  all(): Stream[] {
    return this.#groups.flatMap((group) => [...group])
  }

  add(userId: string, sessionId: string, response: ServerResponse): Stream {
    this.#opened += 1
    const stream = { userId, sessionId, group: this.#opened % groups, response }
    const own = this.#byPerson.get(userId)
    if (own) own.add(stream)
    else this.#byPerson.set(userId, new Set([stream]))
    this.#groups[stream.group]?.add(stream)
    this.#size += 1
    response.once('close', () => this.#remove(stream))
    return stream
  }

  #remove(stream: Stream): void {
    if (!this.#groups[stream.group]?.delete(stream)) return
    this.#size -= 1
    const own = this.#byPerson.get(stream.userId)
    own?.delete(stream)
    if (own?.size === 0) this.#byPerson.delete(stream.userId)
  }
}

export function write({ response }: Stream, text: string): void {
  if (response.writableEnded || response.destroyed) return
  if (response.writableLength > mostWaiting.ever) response.destroy()
  else response.write(text)
}

/** A word that no page hears, by which a lost reader is found. */
export function beat(stream: Stream): void {
  if (stream.response.writableLength > mostWaiting.still) stream.response.destroy()
  else write(stream, ': still here\n\n')
}

export function end({ response }: Stream, lastWord = ''): void {
  if (!response.writableEnded) response.end(lastWord)
}
