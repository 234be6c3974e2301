import { expect, test } from 'vitest'
import { type Minute, minutesPerPoint, pointsOf, startOf } from './samples.rules.ts'

const now = new Date('2026-01-02T10:30:45Z')
const minuteOf = (text: string) => Math.floor(Date.parse(`2026-01-02T${text}:00Z`) / 60_000)
const minute = (at: string, facts: Partial<Minute> = {}): Minute => ({
  minute: minuteOf(at),
  requests: 0,
  errors: 0,
  p95Ms: null,
  loopMs: 1,
  memoryMb: 100,
  jobsDone: 0,
  jobsFailed: 0,
  ...facts,
})

test.each([1, 2, 6, 23, 24])('%i hours are at most 150 points, the last one ends now', (hours) => {
  const points = pointsOf([], now, hours)
  expect(points.length).toBeLessThanOrEqual(150)
  expect(points.at(-1)?.at).toEqual(now)
  expect(points.length * minutesPerPoint(hours)).toBeGreaterThanOrEqual(hours * 60)
  const span = now.getTime() - startOf(now, hours).getTime()
  expect(span).toBeGreaterThanOrEqual((hours * 60 - 1) * 60_000)
})

test('a time without any process has no figures; a process without work has zeros', () => {
  const [before, last] = pointsOf([minute('10:30')], now, 1).slice(-2)
  expect(before).toMatchObject({ requestsPerSecond: null, errors: null, p95Ms: null, memoryMb: null, jobsFailed: null })
  expect(last).toMatchObject({ requestsPerSecond: 0, errors: 0, p95Ms: null, memoryMb: 100, jobsFailed: 0 })
})

test('minutes of one point: counts add up, rates and memory are averages of the measured minutes, delays the worst', () => {
  const minutes = [
    minute('10:21', { requests: 60, errors: 1, p95Ms: 5, loopMs: 3, memoryMb: 200, jobsDone: 2, jobsFailed: 1 }),
    minute('10:30', { requests: 180, errors: 2, p95Ms: 40, loopMs: 2, memoryMb: 301, jobsDone: 3 }),
    minute('10:20', { requests: 6_000 }),
  ]
  const [before, last] = pointsOf(minutes, now, 24).slice(-2)
  expect(last).toEqual({
    at: now,
    requestsPerSecond: 2,
    errors: 3,
    p95Ms: 40,
    memoryMb: 251,
    loopMs: 3,
    jobsDone: 5,
    jobsFailed: 1,
  })
  expect(before?.requestsPerSecond).toBe(100)
  expect(before?.at).toEqual(new Date('2026-01-02T10:21:00Z'))
})
