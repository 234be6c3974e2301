import { type Cache, Subscribers } from './cache.ts'

/** Entries of each kind; the oldest give way. */
const most = 50_000

/** A map in which nothing outlives its time and nothing grows without end. Times from a clock that nobody sets. */
class Passing<T> {
  readonly #entries = new Map<string, { value: T; until: number }>()

  get(key: string): { value: T; until: number } | undefined {
    const found = this.#entries.get(key)
    if (!found || found.until > performance.now()) return found
    this.#entries.delete(key)
    return undefined
  }

  set(key: string, value: T, seconds: number): { value: T; until: number } {
    this.#entries.delete(key)
    if (this.#entries.size >= most) this.#entries.delete(this.#entries.keys().next().value as string)
    const entry = { value, until: performance.now() + seconds * 1_000 }
    this.#entries.set(key, entry)
    return entry
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }
}

/** Without Redis: what one process knows. */
export function memoryCache(): Cache {
  const counts = new Passing<{ count: number }>()
  const values = new Passing<string>()
  const subscribers = new Subscribers()
  return {
    isShared: false,
    state: 'up',
    whenChanged() {},
    async count(key, windowSeconds) {
      const { value, until } = counts.get(key) ?? counts.set(key, { count: 0 }, windowSeconds)
      value.count += 1
      return { count: value.count, endsIn: Math.max(1, Math.ceil((until - performance.now()) / 1_000)) }
    },
    get: async (key) => values.get(key)?.value,
    async set(key, value, seconds) {
      values.set(key, value, seconds)
    },
    delete: async (key) => values.delete(key),
    async publish(channel, message) {
      setImmediate(() => subscribers.tell(channel, message))
      return true
    },
    subscribe: (channel, handler) => subscribers.add(channel, handler),
    ping: async () => true,
    async close() {},
  }
}
