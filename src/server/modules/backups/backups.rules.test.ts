import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { outdated } from './retention.rules.ts'
import { several } from './several.service.ts'
import { verdictOf } from './standing.rules.ts'

const day = 86_400_000
const now = new Date('2026-06-30T18:00:00Z')
/** One at 18:00 UTC, which is 02:00 in Manila, of each of the last days. */
const nightly = (days: number) =>
  Array.from({ length: days }, (_, age) => ({ id: String(age), madeAt: new Date(now.getTime() - age * day) }))

test('every night of the last days stays, then one a week and one a month, and always the newest', () => {
  const rule = { days: 7, weeks: 4, months: 3 }
  const backups = nightly(400)
  const gone = new Set(outdated(backups, rule, now))
  const kept = backups.filter(({ id }) => !gone.has(id)).map(({ id }) => Number(id))
  // 1 July in Manila is a Wednesday: Sundays lie 3, 10, 17 and 24 days back; the ends of June, May lie 1 and 31.
  expect(kept).toEqual([0, 1, 2, 3, 4, 5, 6, 10, 17, 31])
  expect(outdated(nightly(1), { days: 1, weeks: 0, months: 0 }, new Date(now.getTime() + 900 * day))).toEqual([])
  expect(outdated([], rule, now)).toEqual([])
})

test('what stays today was kept yesterday: nothing is removed that a later day would want', () => {
  const rule = { days: 14, weeks: 8, months: 12 }
  let kept: { id: string; madeAt: Date }[] = []
  for (let at = 0; at < 800; at += 1) {
    const today = new Date(Date.parse('2024-01-01T18:00:00Z') + at * day)
    kept.push({ id: String(at), madeAt: today })
    const gone = new Set(outdated(kept, rule, today))
    kept = kept.filter(({ id }) => !gone.has(id))
  }
  const months = new Set(kept.map(({ madeAt }) => new Date(madeAt.getTime() + 8 * 3_600_000).toISOString().slice(0, 7)))
  expect(months.size).toBe(12)
  expect(kept.length).toBeGreaterThanOrEqual(14 + 6 + 9)
})

test('a backup stands as its last run says, for a day and a half', () => {
  const run = (state: string, problem: string | null, hours: number) => ({
    state,
    problem,
    started_at: new Date(now.getTime() - hours * 3_600_000),
  })
  const verdict = (last?: ReturnType<typeof run>, lastGood = last) =>
    verdictOf({ hasTarget: true, last, lastGood }, now)
  expect(verdictOf({ hasTarget: false, last: undefined, lastGood: undefined }, now)).toBe('off')
  expect(verdict()).toBe('none')
  expect(verdict(run('done', null, 35))).toBe('good')
  expect(verdict(run('done', null, 37))).toBe('old')
  expect(verdict(run('done', '1 file', 1))).toBe('failed')
  expect(verdict(run('failed', 'no room', 1), run('done', null, 25))).toBe('failed')
})

test('a write that fails while nobody waits for it still ends the backup', async () => {
  const early = several(4)
  await early.start(async () => {
    throw new Error('no room')
  })
  await nextTurn()
  await expect(early.end()).rejects.toThrow('no room')
  const late = several(2)
  let written = 0
  const write = async () => {
    await nextTurn()
    written += 1
  }
  await late.start(async () => {
    await nextTurn()
    throw new Error('no answer')
  })
  await expect(late.start(write)).rejects.toThrow('no answer')
  await late.settled()
  expect(written).toBe(1)
  await expect(late.start(write)).rejects.toThrow('no answer')
})
