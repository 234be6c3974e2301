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

const minuteMs = 60_000

/**
 * @param room events held at most; what comes above it is counted
 * @param each events of one kind in a minute at most, so that a flood of one kind neither fills the table nor hides another
 */
export function createSecurityBuffer(clock: Clock, room = 200, each = 60): SecurityBuffer {
  const held: HeldEvent[] = []
  const kinds = new Map<SecurityEvent, { minute: number; count: number }>()
  let dropped = 0

  function isTooMany(event: SecurityEvent): boolean {
    const minute = Math.floor(clock.now().getTime() / minuteMs)
    const known = kinds.get(event)
    const count = known?.minute === minute ? known.count + 1 : 1
    kinds.set(event, { minute, count })
    return count > each
  }

  return {
    add(event, facts) {
      if (!isTooMany(event) && held.length < room) held.push({ at: clock.now(), event, facts })
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
