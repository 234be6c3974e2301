/** What all processes did in one minute; `minute` counts from 1970. */
export interface Minute {
  minute: number
  requests: number
  errors: number
  p95Ms: number | null
  loopMs: number
  memoryMb: number
  jobsDone: number
  jobsFailed: number
}

/** What several minutes come to; null where no process was measured, which is not the same as nothing to do. */
export interface Point {
  at: Date
  requestsPerSecond: number | null
  errors: number | null
  p95Ms: number | null
  memoryMb: number | null
  loopMs: number | null
  jobsDone: number | null
  jobsFailed: number | null
}

const mostPoints = 144
const minuteMs = 60_000

export const minutesPerPoint = (hours: number): number => Math.ceil((hours * 60) / mostPoints)

/** The first minute that is part of the answer. */
const firstMinute = (now: Date, hours: number): number => {
  const per = minutesPerPoint(hours)
  return Math.floor(now.getTime() / minuteMs) + 1 - Math.ceil((hours * 60) / per) * per
}

export const startOf = (now: Date, hours: number): Date => new Date(firstMinute(now, hours) * minuteMs)

/** Processes that ended, or had not begun, take nothing from an average: only the minutes measured count. */
export function pointsOf(minutes: readonly Minute[], now: Date, hours: number): Point[] {
  const per = minutesPerPoint(hours)
  const first = firstMinute(now, hours)
  const groups = Map.groupBy(minutes, ({ minute }) => Math.floor((minute - first) / per))
  return Array.from({ length: Math.ceil((hours * 60) / per) }, (_, index) => {
    const end = (first + (index + 1) * per) * minuteMs
    return { at: new Date(Math.min(end, now.getTime())), ...together(groups.get(index) ?? []) }
  })
}

function together(minutes: readonly Minute[]): Omit<Point, 'at'> {
  if (minutes.length === 0)
    return {
      requestsPerSecond: null,
      errors: null,
      p95Ms: null,
      memoryMb: null,
      loopMs: null,
      jobsDone: null,
      jobsFailed: null,
    }
  const sum = (key: 'requests' | 'errors' | 'memoryMb' | 'jobsDone' | 'jobsFailed') =>
    minutes.reduce((total, minute) => total + minute[key], 0)
  const slowest = minutes.map(({ p95Ms }) => p95Ms).filter((ms) => ms !== null)
  return {
    requestsPerSecond: sum('requests') / (minutes.length * 60),
    errors: sum('errors'),
    p95Ms: slowest.length > 0 ? Math.max(...slowest) : null,
    memoryMb: Math.round(sum('memoryMb') / minutes.length),
    loopMs: Math.max(...minutes.map(({ loopMs }) => loopMs)),
    jobsDone: sum('jobsDone'),
    jobsFailed: sum('jobsFailed'),
  }
}
