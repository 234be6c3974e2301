import type { Clock } from './clock.ts'
import type { SecurityEvent, SecurityFacts } from './security.ts'

export interface HeldEvent {
  at: Date
  event: SecurityEvent
  facts: SecurityFacts
}

/** Holds security events until they are written, so that no request waits for it and a flood costs no more than a few rows. */
export interface SecurityBuffer {
  add(event: SecurityEvent, facts: SecurityFacts): void
  /** Gives what is held to `write`, and forgets it when that succeeds. */
  flush(write: (events: readonly HeldEvent[], dropped: number) => Promise<void>): Promise<void>
}

/** @param room events held at most; what comes above it is counted */
export function createSecurityBuffer(clock: Clock, room = 200): SecurityBuffer {
  const held: HeldEvent[] = []
  let dropped = 0
  return {
    add(event, facts) {
      if (held.length < room) held.push({ at: clock.now(), event, facts })
      else dropped += 1
    },
    async flush(write) {
      const [events, more] = [[...held], dropped]
      if (events.length === 0) return
      await write(events, more)
      held.splice(0, events.length)
      dropped -= more
    },
  }
}
