import type { Reader } from '../db.ts'
import { type EventRecord, findTop, lookAbove } from './events.repo.ts'

/** Ids re-read at the start, which transactions then under way may still bring. */
const overlap = 1_000
/** A mark is no floor sooner: a transaction may hold an id a moment before it counts as begun. */
const youngestMs = 1_000
/** Nor later: nobody sends an event and then stays open for so long. */
const oldestMs = 300_000

/**
 * New events, each once, in spite of ids that are committed out of order: an id lower than one already seen may still come from a
 * transaction that was under way. So it reads again from a floor, which rises to a top seen earlier when every transaction of
 * that time is over.
 */
export class Feed {
  readonly #db: Reader
  readonly #seen = new Set<number>()
  #floor = 0
  #mark: { top: number; xmax: bigint; at: number } | undefined

  constructor(db: Reader) {
    this.#db = db
  }

  /** All up to here were given out, or never will be: who saw them may go on from here. */
  get floor(): number {
    return this.#floor
  }

  knows(id: number): boolean {
    return id <= this.#floor || this.#seen.has(id)
  }

  /** Forgets what was; what there is now counts as seen. */
  async start(): Promise<void> {
    this.#floor = Math.max(0, (await findTop(this.#db)) - overlap)
    this.#mark = undefined
    this.#seen.clear()
    await this.next()
  }

  async next(): Promise<EventRecord[]> {
    const { xmin, xmax, top, events } = await lookAbove(this.#db, this.#floor)
    const fresh = events.filter(({ id }) => !this.#seen.has(id))
    for (const { id } of fresh) this.#seen.add(id)
    const now = performance.now()
    const mark = this.#mark
    const age = mark ? now - mark.at : 0
    if (mark && ((xmin >= mark.xmax && age >= youngestMs) || age >= oldestMs)) {
      this.#floor = Math.max(this.#floor, mark.top)
      for (const id of this.#seen) if (id <= this.#floor) this.#seen.delete(id)
      this.#mark = undefined
    }
    this.#mark ??= { top, xmax, at: now }
    return fresh
  }
}
