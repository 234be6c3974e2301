import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type pg from 'pg'
import { StartError } from './start-error.ts'

/** `expand`: the previous release works on the schema after it. `contract`: it does not. */
export type Kind = 'expand' | 'contract'

export interface Migration {
  name: string
  checksum: string
  kind: Kind
  inTransaction: boolean
  lockTimeout: string
  statementTimeout: string
  /** In one transaction with its record, or one after the other when it runs outside of one. */
  steps: ((client: pg.Client) => Promise<unknown>)[]
  /** Indexes that its steps build without a lock; a killed build leaves one that is invalid. */
  indexes: string[]
}

/** A migration in TypeScript; it runs inside the migration's transaction. */
interface MigrationModule {
  kind: Kind
  up(client: pg.Client): Promise<void>
}

/** What the head of a file says: `-- obcms: contract no release in use reads it`. */
export interface Marks {
  contract?: string
  locks?: string
  'no-transaction'?: string
  'lock-timeout'?: string
  'statement-timeout'?: string
}

const folder = new URL('../../../migrations/', import.meta.url)
const fileName = /^\d{4}_[a-z0-9_]+\.(sql|ts)$/
const needReason = ['contract', 'locks', 'lock-timeout', 'statement-timeout']

/** @throws StartError for a mark that does not exist or has no reason: a slip must not run in another way than was meant */
export function marksOf(file: string, text: string): Marks {
  const head = /^(?:\s*(?:--|\/\/)[^\n]*(?:\n|$)|\s*\n)*/.exec(text)?.[0] ?? ''
  const marks: Record<string, string> = {}
  for (const [, word = '', rest = ''] of head.matchAll(/^\s*(?:--|\/\/)\s*obcms:[ \t]*(\S+)[ \t]*(.*)$/gm)) {
    if (word !== 'no-transaction' && !needReason.includes(word))
      throw new StartError(
        `${file}: there is no mark “obcms: ${word}”; there are no-transaction, ${needReason.join(', ')}.`,
      )
    if (word.endsWith('-timeout') && !/^\d+(ms|s|min|h) \S/.test(rest))
      throw new StartError(`${file}: write “obcms: ${word} 30min and the reason”.`)
    if (needReason.includes(word) && !rest.trim()) throw new StartError(`${file}: “obcms: ${word}” needs a reason.`)
    marks[word] = rest.trim()
  }
  return marks as Marks
}

/** Statements that run one by one end with a `;` at the end of a line. */
export const separateStatements = (text: string): string[] =>
  text
    .split(/;[ \t]*$/m)
    .map((part) => part.trim())
    .filter((part) => part.replace(/^\s*--.*$/gm, '').trim())

const concurrentIndex = /\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([a-z0-9_]+)"?/gi

function read(file: string): Migration {
  const path = fileURLToPath(new URL(file, folder))
  const text = readFileSync(path, 'utf8')
  const marks = marksOf(file, text)
  const isSql = file.endsWith('.sql')
  const inTransaction = marks['no-transaction'] === undefined
  if (!isSql && !inTransaction) throw new StartError(`${file}: only an SQL file runs outside a transaction.`)
  const up = async (client: pg.Client) => ((await import(pathToFileURL(path).href)) as MigrationModule).up(client)
  const texts = inTransaction ? [text] : separateStatements(text)
  const isContract = isSql ? marks.contract !== undefined : /^export const kind\b.*'contract'/m.test(text)
  return {
    name: file.replace(/\.(sql|ts)$/, ''),
    checksum: createHash('sha256').update(text).digest('hex'),
    kind: isContract ? 'contract' : 'expand',
    inTransaction,
    // A lock asked for in a transaction keeps everybody behind it waiting; what builds without locks waits for others at leisure.
    lockTimeout: marks['lock-timeout']?.split(' ')[0] ?? (inTransaction ? '5s' : '30min'),
    statementTimeout: marks['statement-timeout']?.split(' ')[0] ?? '1h',
    steps: isSql ? texts.map((step) => (client: pg.Client) => client.query(step)) : [up],
    indexes: inTransaction ? [] : [...text.matchAll(concurrentIndex)].map(([, name = '']) => name),
  }
}

/** In the order in which they run. */
export function listMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((file) => fileName.test(file))
    .sort()
    .map(read)
}
