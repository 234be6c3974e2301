import { isIPv6 } from 'node:net'

/** How tries are held back: the first ones are free, then each failure doubles the wait. Times in seconds. */
export interface ThrottlePolicy {
  free: number
  longest: number
  /** After so long without a try the count starts anew. */
  forgottenAfter: number
}

const quarterHour = 900

export const throttlePolicies = {
  /** Tries with one account's name or second factor. */
  account: { free: 5, longest: quarterHour, forgottenAfter: 86_400 },
  /** Failures from one address; an office or a mobile network shares one. */
  address: { free: 100, longest: quarterHour, forgottenAfter: 3_600 },
  /** Mails that one e-mail address can be sent. */
  letter: { free: 3, longest: quarterHour, forgottenAfter: 3_600 },
  /** Requests for mails or accounts from one address. */
  request: { free: 30, longest: quarterHour, forgottenAfter: 3_600 },
} as const satisfies Record<string, ThrottlePolicy>

/** Seconds to wait after so many failures. */
export const waitAfter = (policy: ThrottlePolicy, failures: number): number =>
  failures <= policy.free ? 0 : Math.min(policy.longest, 2 ** Math.min(30, failures - policy.free))

/**
 * What one customer of a network holds: an IPv4 address, or the 64 leading bits of an IPv6 one, behind which he has more
 * addresses than could ever be counted.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)
  if (mapped?.[1]) return mapped[1]
  if (!isIPv6(address)) return address
  const [front = [], back = []] = address.split('::').map((part) => part.split(':').filter(Boolean))
  const groups = [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back]
  return `${groups.slice(0, 4).join(':')}::/64`
}
