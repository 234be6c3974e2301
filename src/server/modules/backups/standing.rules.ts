import { type BackupVerdict, backupGoodForHours } from '#contract/backups.options.ts'

interface Ended {
  state: string
  problem: string | null
  started_at: Date
}

export const isGood = ({ state, problem }: Pick<Ended, 'state' | 'problem'>): boolean =>
  state === 'done' && problem === null

/** How backups, or proofs, stand. @param last the last that has ended */
export function verdictOf(
  facts: { hasTarget: boolean; last: Ended | undefined; lastGood: Ended | undefined },
  now: Date,
): BackupVerdict {
  if (!facts.hasTarget) return 'off'
  if (!facts.last) return 'none'
  if (!isGood(facts.last)) return 'failed'
  const age = now.getTime() - (facts.lastGood ?? facts.last).started_at.getTime()
  return age > backupGoodForHours * 3_600_000 ? 'old' : 'good'
}
