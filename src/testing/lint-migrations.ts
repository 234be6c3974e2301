import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadModule, parseSync } from 'libpg-query'
import { marksOf, separateStatements } from '#server/platform/migration-files.ts'
import { type FileSoFar, objectionsTo } from './migration-rules.ts'

/** Of the first release: no database had a schema before them. */
const lastOfBaseline = '0006'
const markFor = { breaks: 'contract', locks: 'locks', never: undefined } as const

await loadModule()

/** What is wrong with a migration, each line with what to write instead. */
export function problemsOf(file: string, text: string): string[] {
  if (file.slice(0, 4) <= lastOfBaseline) return []
  let marks: ReturnType<typeof marksOf>
  try {
    marks = marksOf(file, text)
  } catch (error) {
    return [(error as Error).message]
  }
  if (file.endsWith('.ts')) {
    const kind = /^export const kind\b.*'(expand|contract)'/m.exec(text)?.[1]
    if (!kind) return [`${file}: say what it is: export const kind = 'expand' (or 'contract')`]
    const isTold = kind === 'expand' || marks.contract !== undefined
    return isTold ? [] : [`${file}: say why in its head: // obcms: contract <reason>`]
  }
  const so: FileSoFar = {
    inTransaction: marks['no-transaction'] === undefined,
    created: new Set(),
    validated: new Set(),
    unvalidated: new Set(),
  }
  let statements: NonNullable<ReturnType<typeof parseSync>['stmts']>
  try {
    statements = parseSync(text).stmts ?? []
  } catch (error) {
    return [`${file}: ${(error as Error).message}`]
  }
  const problems: string[] = []
  if (!so.inTransaction && separateStatements(text).length !== statements.length)
    problems.push(`${file}: end each statement with a “;” at the end of its line, and no other line so`)
  for (const { stmt, stmt_location: start = 0 } of statements) {
    if (!stmt) continue
    // The parser counts bytes, from the end of the statement before.
    const before = Buffer.from(text).subarray(0, start).toString()
    const blank = /^(?:\s|--.*\n)*/.exec(text.slice(before.length))?.[0] ?? ''
    const line = (before + blank).split('\n').length
    for (const { kind, what, instead } of objectionsTo(stmt, so)) {
      const mark = markFor[kind]
      if (mark && marks[mark] !== undefined) continue
      const way = mark ? `, or mark the file “-- obcms: ${mark} <reason>”` : ''
      problems.push(`${file}:${line}: ${what}: write instead: ${instead}${way}.`)
    }
  }
  return problems
}

if (import.meta.main) {
  const folder = fileURLToPath(new URL('../../migrations/', import.meta.url))
  const files = readdirSync(folder).filter((name) => /\.(sql|ts)$/.test(name))
  const problems = files.sort().flatMap((file) => problemsOf(file, readFileSync(`${folder}${file}`, 'utf8')))
  for (const line of problems) console.error(`migrations/${line}`)
  if (problems.length > 0) process.exitCode = 1
}
