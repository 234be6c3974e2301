import { expect, test } from 'vitest'
import { networkOf, throttlePolicies, waitAfter } from './throttles.rules.ts'

test('five tries are free, then the wait doubles up to a quarter of an hour', () => {
  const waits = Array.from({ length: 17 }, (_, failures) => waitAfter(throttlePolicies.account, failures))
  expect(waits).toEqual([0, 0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
  expect(waitAfter(throttlePolicies.account, 1e9)).toBe(900)
})

test('an address shared by an office has more room than an account', () => {
  expect(waitAfter(throttlePolicies.address, 100)).toBe(0)
  expect(waitAfter(throttlePolicies.address, 101)).toBe(2)
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:aaaa:bbbb:cccc:dddd', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['unknown', 'unknown'],
])('%s is counted as %s', (address, network) => expect(networkOf(address)).toBe(network))
