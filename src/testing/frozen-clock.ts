import type { Clock } from '#server/platform/clock.ts'

export interface FrozenClock extends Clock {
  /** Moves time forward by so many seconds. */
  pass(seconds: number): void
}

export function frozenClock(start = '2026-03-02T01:00:00Z'): FrozenClock {
  let moment = new Date(start).getTime()
  return {
    now: () => new Date(moment),
    pass: (seconds) => {
      moment += seconds * 1000
    },
  }
}
