import type { securityEvents } from '#contract/system.options.ts'
import type { Log } from './log.ts'

/** What the security log speaks of; each line carries `log: "security"` and one of these as `event`. */
export type SecurityEvent = (typeof securityEvents)[number]

/** Who and from where; never what was typed. */
export interface SecurityFacts {
  userId?: string | undefined
  address?: string | undefined
  requestId?: string | undefined
  [fact: string]: string | number | boolean | null | undefined
}

export interface Security {
  record(event: SecurityEvent, facts: SecurityFacts): void
}

/** @param keep is told each event as well, so that administrators see the recent ones */
export function createSecurity(log: Log, keep?: (event: SecurityEvent, facts: SecurityFacts) => void): Security {
  const lines = log.child({ log: 'security' })
  return {
    record(event, facts) {
      lines[event === 'signed_in' ? 'info' : 'warn']({ event, ...facts }, event.replaceAll('_', ' '))
      keep?.(event, facts)
    },
  }
}
