/** What a process does: answers requests, runs jobs, or both. */
export const processKinds = ['web', 'worker', 'all'] as const
export type ProcessKind = (typeof processKinds)[number]

/** What the security log speaks of. */
export const securityEvents = [
  'signed_in',
  'sign_in_failed',
  'throttled',
  'rate_limited',
  'denied',
  'host_refused',
  'cross_site_refused',
  'infected_file',
  'file_damaged',
] as const
/** `dropped`: more came at once than are kept. */
export const keptEvents = [...securityEvents, 'dropped'] as const
export type KeptEvent = (typeof keptEvents)[number]

/** error: it will not work or is not safe; warning: it should be mended; info: worth knowing. */
export const findingLevels = ['error', 'warning', 'info'] as const
export type FindingLevel = (typeof findingLevels)[number]
