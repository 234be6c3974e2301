import { expect, test } from 'vitest'
import { guessSeconds, type MoveState, moveStates } from '#contract/media.options.ts'
import {
  isSwitched,
  isWorkedOn,
  leaseMs,
  secondsLeft,
  startOver,
  stateAfter,
  whyNoCleanup,
  whyNoRoom,
} from './media.rules.ts'
import { paceOf } from './pace.rules.ts'

const no = null
/** Rows: what is done; columns: the state it is done in. */
test.each<[Parameters<typeof stateAfter>[0], (MoveState | null)[]]>([
  // copying, verifying, paused, failed, done, switched, cancelled
  ['pause', ['paused', 'paused', 'paused', no, no, no, no]],
  ['resume', ['copying', 'verifying', 'copying', 'copying', no, no, no]],
  ['cancel', ['cancelled', 'cancelled', 'cancelled', 'cancelled', 'cancelled', no, no]],
  ['verify', ['copying', 'verifying', 'copying', 'copying', 'verifying', no, no]],
])('%s', (deed, expected) => {
  const found = moveStates.map((state) => stateAfter(deed, { target: 's3', state, cleanedAt: null }))
  expect(found.map((one) => (typeof one === 'string' ? one : null))).toEqual(expected)
  for (const one of found) if (typeof one === 'object') expect(one.why).toMatch(/\w+ .*\.$/)
})

test.each<[MoveState | undefined, string, string]>([
  // the newest move to the bucket is; what a new one to the bucket does; to the volume
  [undefined, 'begin', 'begin'],
  ['copying', 'resume', 'refuse'],
  ['verifying', 'resume', 'refuse'],
  ['paused', 'resume', 'refuse'],
  ['failed', 'resume', 'refuse'],
  ['done', 'refuse', 'begin'],
  ['switched', 'begin', 'begin'],
  ['cancelled', 'begin', 'begin'],
])('a start while the newest is %s', (state, same, other) => {
  const newest = state && { target: 's3' as const, state, cleanedAt: null }
  expect([startOver(newest, 's3').deed, startOver(newest, 'filesystem').deed]).toEqual([same, other])
  expect(startOver(newest, 'filesystem')).toMatchObject(state === 'done' ? { cancels: true } : {})
})

test('copies are removed only after a move that is over, where the setting leads to its target', () => {
  for (const state of moveStates)
    for (const preferred of ['s3', 'filesystem'] as const) {
      const why = whyNoCleanup({ target: 's3', state, cleanedAt: null }, preferred)
      expect(why === undefined).toBe(state === 'switched' && preferred === 's3')
      expect(isSwitched({ target: 's3', state, cleanedAt: null }, preferred)).toBe(
        state === 'done' && preferred === 's3',
      )
    }
  expect(whyNoCleanup({ target: 's3', state: 'done', cleanedAt: null }, 'filesystem')).toContain('USE_S3=1')
  expect(whyNoCleanup({ target: 'filesystem', state: 'switched', cleanedAt: null }, 's3')).toContain('USE_S3=0')
})

test('who is silent for long no longer works on it', () => {
  const beatAt = new Date('2026-01-02T00:00:00Z')
  const at = (ms: number) => new Date(beatAt.getTime() + ms)
  expect(isWorkedOn({ worker: 'a', beatAt }, at(leaseMs - 1))).toBe(true)
  expect(isWorkedOn({ worker: 'a', beatAt }, at(leaseMs))).toBe(false)
  expect(isWorkedOn({ worker: null, beatAt }, at(1))).toBe(false)
})

test('how long it takes, and whether it fits', () => {
  const amount = (objects: number, bytes: number) => ({ objects, bytes })
  const figures = { total: amount(2, 1_000), copied: amount(1, 400), verified: amount(0, 0) }
  expect(secondsLeft(figures, 100)).toBe(16)
  expect(secondsLeft(figures, 0)).toBeNull()
  expect(guessSeconds(amount(0, 10e9), amount(0, 10e9), 5e6)).toBe(4_000)
  expect(guessSeconds(amount(100_000, 0), amount(100_000, 0), null)).toBeGreaterThan(300)
  expect(whyNoRoom(amount(1, 900), { freeBytes: 1_000 }, 100)).toBeUndefined()
  expect(whyNoRoom(amount(1, 901), { freeBytes: 1_000 }, 100)).toContain('FILE_RESERVE_MB')
  expect(whyNoRoom(amount(1, 1e15), undefined, 100)).toBeUndefined()
})

test('a pace holds for all who take from it together', async () => {
  const pace = paceOf(1_000_000)
  const began = performance.now()
  await Promise.all(Array.from({ length: 6 }, () => pace(100_000)))
  await pace(0)
  const ms = performance.now() - began
  expect(ms).toBeGreaterThan(350)
  expect(ms).toBeLessThan(1_500)
  await expect(pace(10_000_000).then(() => pace(1, AbortSignal.timeout(20)))).rejects.toThrow()
})
