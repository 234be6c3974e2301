/** What is kept: every backup of the last days, and of earlier weeks and months the newest each. */
export interface Retention {
  days: number
  weeks: number
  months: number
}

const dayMs = 86_400_000
/** Manila is eight hours ahead all year. */
const manila = (at: Date): Date => new Date(at.getTime() + 8 * 3_600_000)
const monthOf = (at: Date): string => manila(at).toISOString().slice(0, 7)
/** Weeks begin on Monday; the first day of 1970 was a Thursday. */
const weekOf = (at: Date): number => Math.floor((Math.floor(manila(at).getTime() / dayMs) + 3) / 7)

/** @returns ids of the backups to remove; the newest one stays whatever the rule says */
export function outdated(
  backups: readonly { id: string; madeAt: Date }[],
  { days, weeks, months }: Retention,
  now: Date,
): string[] {
  const newestFirst = backups.toSorted((a, b) => b.madeAt.getTime() - a.madeAt.getTime())
  const kept = new Set(newestFirst.slice(0, 1).map(({ id }) => id))
  for (const { id, madeAt } of newestFirst) if (now.getTime() - madeAt.getTime() < days * dayMs) kept.add(id)
  const newestOf = (groupOf: (at: Date) => string | number, most: number): void => {
    const groups = new Set<string | number>()
    for (const { id, madeAt } of newestFirst) {
      const group = groupOf(madeAt)
      if (groups.has(group)) continue
      groups.add(group)
      if (groups.size > most) return
      kept.add(id)
    }
  }
  newestOf(weekOf, weeks)
  newestOf(monthOf, months)
  return newestFirst.filter(({ id }) => !kept.has(id)).map(({ id }) => id)
}
