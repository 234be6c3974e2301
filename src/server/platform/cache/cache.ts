export type CacheState = 'up' | 'down'

export interface Counted {
  /** How often it was counted in the present window, this time included. */
  count: number
  /** Seconds until the window ends, at least 1. */
  endsIn: number
}

/**
 * What processes share for a short while: counts, small values, messages. Nothing that may not be lost. While it is down every
 * call but `publish` and `ping` throws `CacheDown` at once.
 */
export interface Cache {
  /** Whether other processes see the same. */
  readonly isShared: boolean
  /** `up` again means: every subscription stands, and messages of the time between are lost. */
  readonly state: CacheState
  /** Told after each change of state. */
  whenChanged(handler: (state: CacheState) => void): void
  /** Counts in a window that begins with its first count; atomic across processes. */
  count(key: string, windowSeconds: number): Promise<Counted>
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, seconds: number): Promise<void>
  delete(key: string): Promise<void>
  /** To every subscriber, in this process as well. @returns false when it did not leave */
  publish(channel: string, message: string): Promise<boolean>
  subscribe(channel: string, handler: (message: string) => void): void
  /** Whether it answers; within two seconds. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

export class CacheDown extends Error {
  constructor(cause?: unknown) {
    super('the shared cache does not answer', { cause })
    this.name = 'CacheDown'
  }
}

type Handler = (message: string) => void

/** Who listens on which channel. */
export class Subscribers {
  readonly #handlers = new Map<string, Set<Handler>>()

  add(channel: string, handler: Handler): void {
    const there = this.#handlers.get(channel)
    if (there) there.add(handler)
    else this.#handlers.set(channel, new Set([handler]))
  }

  channels(): string[] {
    return [...this.#handlers.keys()]
  }

  tell(channel: string, message: string): void {
    for (const handler of this.#handlers.get(channel) ?? []) handler(message)
  }
}
