import { expect, test } from 'vitest'
import { throttlePolicies, waitAfter } from './throttles.rules.ts'

test('five tries are free, then the wait doubles up to a quarter of an hour', () => {
  const waits = Array.from({ length: 17 }, (_, failures) => waitAfter(throttlePolicies.account, failures))
  expect(waits).toEqual([0, 0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
  expect(waitAfter(throttlePolicies.account, 1e9)).toBe(900)
})

test('an address shared by an office has more room than an account', () => {
  expect(waitAfter(throttlePolicies.address, 100)).toBe(0)
  expect(waitAfter(throttlePolicies.address, 101)).toBe(2)
})
