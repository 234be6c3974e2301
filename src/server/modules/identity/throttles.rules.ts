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
