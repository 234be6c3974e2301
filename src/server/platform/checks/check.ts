import type { FindingLevel as Level } from '#contract/system.options.ts'
import type { Config } from '../config.ts'

export interface Finding {
  level: Level
  /** What is so, without values of secrets. */
  what: string
  /** What to type or change. */
  mend: string
}

/** One question to the installation. Its id never changes: operators refer to it. */
export interface DeployCheck {
  /** `area.thing` */
  id: string
  /** Nothing: all is well. What it throws is an error of its own. */
  run(config: Config): Promise<Finding | Finding[] | undefined> | Finding | Finding[] | undefined
}

export type Row = Finding & { id: string }

/** Longest time that one check may take. */
const patienceMs = 15_000

/** Asks all at once; a check that throws or never ends is an error with its reason. */
export async function runChecks(checks: readonly DeployCheck[], config: Config): Promise<Row[]> {
  const rows = checks.map(async ({ id, run }): Promise<Row[]> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs / 1000} s`)), patienceMs)
    })
    try {
      const found = await Promise.race([run(config), late])
      return [found ?? []].flat().map((finding) => ({ id, ...finding }))
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      return [{ id, level: 'error', what: `could not be checked: ${what}`, mend: 'Mend what it says and check again.' }]
    } finally {
      clearTimeout(timer)
    }
  })
  return (await Promise.all(rows)).flat()
}

const levels: readonly Level[] = ['error', 'warning', 'info']

/** Errors first, then by id. */
export const sorted = (rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level) || a.id.localeCompare(b.id))

/** Whether anything is as bad as `level` or worse. */
export const hasAtLeast = (rows: readonly Row[], level: Level): boolean =>
  rows.some((row) => levels.indexOf(row.level) <= levels.indexOf(level))

/** The table that `obcms check --deploy` prints. */
export function table(rows: readonly Row[], asked: number): string {
  if (rows.length === 0) return `${asked} checks, nothing to mend.`
  const width = Math.max(...rows.map(({ id }) => id.length))
  const lines = sorted(rows).flatMap(({ id, level, what, mend }) => [
    `${level.padEnd(7)}  ${id.padEnd(width)}  ${what}`,
    `${' '.repeat(9)}${' '.repeat(width)}  → ${mend}`,
  ])
  const count = (level: Level) => rows.filter((row) => row.level === level).length
  return [...lines, '', `${count('error')} errors, ${count('warning')} warnings, ${count('info')} notes.`].join('\n')
}
