/** The only source of the present moment; tests pass a clock that stands still. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** Calendar day in Asia/Manila (UTC+8, no daylight saving), `yyyy-mm-dd`. */
export const manilaDay = (moment: Date): string => new Date(moment.getTime() + 8 * 3_600_000).toISOString().slice(0, 10)
