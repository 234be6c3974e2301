/** made: written to the target; proved: restored into a scratch database and compared. */
export const backupRunKinds = ['made', 'proved'] as const
export type BackupRunKind = (typeof backupRunKinds)[number]

export const backupRunStates = ['running', 'done', 'failed'] as const

/** A night may be late, two may not. */
export const backupGoodForHours = 36

/**
 * off: no target is set; none: nothing has been made or proved yet; failed: the last one failed or has something wrong with it;
 * old: the last good one is too long ago; good.
 */
export const backupVerdicts = ['off', 'none', 'failed', 'old', 'good'] as const
export type BackupVerdict = (typeof backupVerdicts)[number]
