import { expect, test } from 'vitest'
import { timeOfFiring } from './firings.ts'

const at = (text: string) => new Date(`2026-03-${text}+08:00`)
const day = 86_400_000
/** Every day at eight in Manila. */
const after = (from: Date, count = 1): Date[] => {
  const eight = at('01T08:00:00').getTime()
  const first = eight + Math.floor((from.getTime() - eight) / day + 1) * day
  return Array.from({ length: count }, (_, index) => new Date(first + index * day))
}
const read = (lastAt: Date | null, now: Date) =>
  timeOfFiring({ after, createdAt: at('01T12:00:00'), lastAt, now, patienceMs: 180_000 })

test.each([
  ['new, its first time is still to come', null, at('02T07:00:00'), 'waiting', null],
  ['new, and its first time has just passed', null, at('02T08:02:00'), 'waiting', null],
  ['new, and its first time has passed', null, at('02T08:04:00'), 'missed', at('02T08:00:00')],
  ['met', at('05T08:00:20'), at('05T20:00:00'), 'on_time', null],
  ['met yesterday, and just now due again', at('05T08:00:20'), at('06T08:02:00'), 'on_time', null],
  ['met yesterday, not today', at('05T08:00:20'), at('06T08:04:00'), 'missed', at('06T08:00:00')],
  ['made up for', at('05T11:30:00'), at('05T20:00:00'), 'late', at('05T08:00:00')],
] as const)('a schedule that is %s', (_words, lastAt, now, state, dueAt) => {
  expect(read(lastAt, now)).toMatchObject({ state, dueAt })
  expect(read(lastAt, now).nextAt.getTime()).toBeGreaterThan(now.getTime())
})
