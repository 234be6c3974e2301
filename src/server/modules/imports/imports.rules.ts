import type { ImportState } from '#contract/imports.options.ts'
import {
  type CommunityCells,
  type CommunityColumnKey,
  columnOfHeader,
  communityColumns,
  communityWarnings,
  type ImportedCommunity,
  labelOf,
  parseCommunityInput,
} from '../communities/index.ts'
import type { FileColumn, RowProblem } from './imports.repo.ts'

/** Rows of communities in one file. */
export const maxRows = 200_000
/** Problems kept of one import; more are counted, not listed. */
export const maxListed = 10_000
/** A title and a blank line or two may stand above the header. */
const headerWithin = 10

interface Stateful {
  state: ImportState
  rows: { ready: number; wrong: number; warned: number; total: number }
}

export const canApply = ({ state, rows }: Stateful): boolean =>
  state === 'checked' && rows.wrong === 0 && rows.ready > 0
export const canCancel = ({ state }: Stateful): boolean =>
  state === 'uploaded' || state === 'checking' || state === 'checked' || state === 'applying'
export const canRetry = ({ state }: Stateful): boolean => state === 'failed'
/** Whether the whole file was checked, so that a marked copy says the truth. */
export const hasReasons = ({ state, rows }: Stateful): boolean =>
  rows.total > 0 && (state === 'checked' || state === 'applying' || state === 'applied' || state === 'cancelled')

export interface Header {
  /** Row of the file in which it stands. */
  row: number
  columns: FileColumn[]
  /** Field of each column, where an import uses it. */
  fields: (CommunityColumnKey | undefined)[]
}

/** Looks for the header among the first rows of a file. */
export class HeaderSearch {
  #first: Header | undefined
  #seen = 0

  /** @returns the header when it is this row or, after the last try, the first row of the file; else undefined */
  offer(row: number, cells: readonly string[]): Header | undefined {
    const header = headerOf(row, cells)
    this.#first ??= header
    this.#seen += 1
    if (missingColumn(header) === undefined) return header
    return this.#seen >= headerWithin ? this.#first : undefined
  }

  /** What a file shorter than the search ends with. */
  get best(): Header | undefined {
    return this.#first
  }
}

function headerOf(row: number, cells: readonly string[]): Header {
  const fields = cells.map((cell) => {
    const column = columnOfHeader(cell)
    return column?.importable ? column.key : undefined
  })
  const columns = cells.map((cell, at) => ({ header: shortened(cell, 100), field: fields[at] ?? null }))
  return { row, columns: columns.filter(({ header }) => header !== ''), fields }
}

/** A file holds words where the API holds codes. */
const inWords = (message: string): string =>
  message.replace(
    /^Choose one of: (.+)\.$/,
    (_, codes: string) => `Choose one of: ${codes.split(', ').map(labelOf).join(', ')}.`,
  )

/** The columns of the empty file: all that an import reads. */
export const templateColumns = communityColumns.filter((column) => column.importable).map(({ header }) => ({ header }))

const headerText = (key: CommunityColumnKey): string =>
  communityColumns.find((column) => column.key === key)?.header ?? key

function missingColumn({ fields }: Header): string | undefined {
  const has = (key: CommunityColumnKey) => fields.includes(key)
  if (!has('name')) return `The column “${headerText('name')}” is missing.`
  if (has('barangayCode') || (has('barangay') && has('city'))) return undefined
  return has('barangay')
    ? `The column “${headerText('city')}” is missing (or “${headerText('barangayCode')}” in place of the names).`
    : `The column “${headerText('barangayCode')}” is missing (or “${headerText('barangay')}” and “${headerText('city')}”).`
}

/** Why a file with this header cannot be checked, in a sentence that names the column. */
export function headerRefusal(header: Header | undefined): string | undefined {
  if (!header) return 'The file is empty.'
  const missing = missingColumn(header)
  if (missing) return `${missing} Name the columns in the first row as the template does.`
  const twice = header.fields.find((field, at) => field && header.fields.indexOf(field) !== at)
  if (!twice) return undefined
  const headers = header.columns.filter((column) => column.field === twice).map((column) => `“${column.header}”`)
  return `Two columns mean the same: ${headers.join(' and ')}. Delete or rename one of them.`
}

/** What a file need not say of each community. */
export interface Defaults {
  /** Day in Manila, `yyyy-mm-dd`. */
  day: string
  source: string
}

/** The place of a row: its barangay, or what is wrong and in which column. */
export type FoundPlace =
  | { barangayCode: string; region: { code: string; name: string } }
  | { field: CommunityColumnKey; message: string }

/** A PSGC code as spreadsheets leave it: without its leading zero, or with separators. */
export const codeIn = (cell: string): string => {
  const digits = cell.replace(/[\s.,'-]/g, '')
  return /^[1-9]\d{8}$/.test(digits) ? `0${digits}` : digits
}

interface Named {
  code: string
  name: string
  path: readonly { name: string }[]
}

/** Why the names of a row lead to no barangay, and which places may be meant. */
export function placeWords(
  found: { state: 'unknown' | 'ambiguous'; column: CommunityColumnKey & PlaceColumn; suggestions: readonly Named[] },
  typed: string,
): string {
  const nearest = found.suggestions.slice(0, 3).map(({ code, name, path }) => {
    const above =
      path.length > 1
        ? `, ${path
            .slice(1)
            .reverse()
            .map((place) => place.name)
            .join(', ')}`
        : ''
    return `${name}${above} (${code})`
  })
  if (found.state === 'ambiguous')
    return `Several places fit: ${nearest.join('; ')}. Write the province too, or the PSGC code.`
  const what = { region: 'region', province: 'province', city: 'city or municipality', barangay: 'barangay' }[
    found.column
  ]
  const unknown =
    found.column === 'city' || found.column === 'barangay'
      ? `There is no ${what} “${shortened(typed, 60)}” here.`
      : `The city or municipality does not lie in the ${what} “${shortened(typed, 60)}”.`
  return nearest.length > 0 ? `${unknown} Is it ${nearest.join(' or ')}?` : unknown
}
type PlaceColumn = 'region' | 'province' | 'city' | 'barangay'

export interface CheckedRow {
  row: number
  /** Present when every field is right by itself. */
  community?: ImportedCommunity
  /** Present when both are known, whatever else is wrong: enough to tell a duplicate. */
  identity?: { barangayCode: string; name: string }
  officeId?: string
  problems: RowProblem[]
}

export interface RowCells {
  row: number
  cells: Partial<Record<CommunityColumnKey, string>>
}

/** The cells of a row by field, without blank ones. */
export function cellsOf(header: Header, row: number, cells: readonly string[]): RowCells {
  const byField: RowCells['cells'] = {}
  for (const [at, field] of header.fields.entries()) {
    const text = cells[at]?.trim()
    if (field && text) byField[field] = text
  }
  return { row, cells: byField }
}

export function problemIn(
  header: Header,
  { row, cells }: RowCells,
  field: CommunityColumnKey,
  message: string,
  severity: RowProblem['severity'] = 'error',
): RowProblem {
  const column = header.columns.find((one) => one.field === field)?.header ?? null
  const value = cells[field]
  return { row, severity, column, value: value === undefined ? null : shortened(value, 200), message }
}

const placeFields = new Set<string>(['region', 'province', 'city', 'barangay', 'barangayCode'])

/** One row by itself: the rules of the form, and the words for the person whose file it is. */
export function checkRow(header: Header, given: RowCells, place: FoundPlace, defaults: Defaults): CheckedRow {
  const { row, cells } = given
  const barangayCode = 'barangayCode' in place ? place.barangayCode : undefined
  const typed: CommunityCells = { barangayCode }
  for (const [field, text] of Object.entries(cells)) {
    if (!placeFields.has(field)) typed[field as keyof CommunityCells] = text
  }
  if (cells.primaryGroup) typed.primaryGroup = knownGroup(cells.primaryGroup)
  if (cells.otherGroups) typed.otherGroups = cells.otherGroups.split(/[;,]/).map(knownGroup).join(';')
  if (cells.statusDate) typed.statusDate = dayFirst(cells.statusDate)
  typed.status ??= 'presumed'
  typed.statusSource ??= defaults.source
  typed.statusDate ??= defaults.day

  const problems: RowProblem[] = []
  const note = (field: CommunityColumnKey, message: string, severity?: RowProblem['severity']) =>
    problems.push(problemIn(header, given, field, message, severity))
  if ('message' in place) note(place.field, place.message)

  const parsed = parseCommunityInput(typed, defaults.day)
  const checked: CheckedRow = { row, problems }
  if ('problems' in parsed) {
    for (const { path, message } of parsed.problems) {
      if (path !== 'barangayCode') note(path as CommunityColumnKey, inWords(message))
    }
  } else if (parsed.value.status === 'confirmed' && !cells.statusSource)
    note('statusSource', 'Say who or what confirms it, or take the status Presumed.')
  if (cells.name && barangayCode) checked.identity = { barangayCode, name: cells.name }
  if (cells.officeId) checked.officeId = cells.officeId
  if ('value' in parsed && 'region' in place) {
    for (const { code, message } of communityWarnings(parsed.value, place.region))
      note(fieldOfWarning[code], message, 'warning')
    if (!hasError(problems)) checked.community = parsed.value
  }
  return checked
}

const fieldOfWarning = {
  outside_region: 'latitude',
  households_above_population: 'households',
  families_above_population: 'families',
} as const satisfies Record<string, CommunityColumnKey>

export const hasError = (problems: readonly RowProblem[]): boolean =>
  problems.some((problem) => problem.severity === 'error')

/** Spellings of the groups that stand in the office's and other agencies' files. */
const spellings: Record<string, string> = {
  bajau: 'badjao',
  bajao: 'badjao',
  badjau: 'badjao',
  samadilaut: 'badjao',
  ilanun: 'iranun',
  iranon: 'iranun',
  jamamapun: 'jama_mapun',
  kagan: 'kagan_kalagan',
  kaagan: 'kagan_kalagan',
  kalagan: 'kagan_kalagan',
  kalibugan: 'kolibugan',
  kolibogan: 'kolibugan',
  maguindanao: 'maguindanaon',
  magindanao: 'maguindanaon',
  magindanaon: 'maguindanaon',
  maguindanaoan: 'maguindanaon',
  maranao: 'meranaw',
  maranaw: 'meranaw',
  meranao: 'meranaw',
  mranao: 'meranaw',
  mranaw: 'meranaw',
  melebugnon: 'molbog',
  palawan: 'palawani',
  palawano: 'palawani',
  palawanon: 'palawani',
  samal: 'sama',
  sangir: 'sangil',
  sanguil: 'sangil',
  tausog: 'tausug',
  others: 'other',
}
const knownGroup = (text: string): string => spellings[text.toLowerCase().replace(/[^a-z]/g, '')] ?? text

/** `01/03/2026` is 1 March: the office writes the day first. A second number past 12 leaves only the other reading. */
function dayFirst(text: string): string {
  const [, day = '', month = '', year = ''] = text.match(/^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/) ?? []
  if (!year || Number(month) > 12) return text
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

const shortened = (text: string, length: number): string => {
  const line = text.toWellFormed().replace(/\s+/g, ' ').trim()
  return line.length > length ? `${line.slice(0, length - 1).toWellFormed()}…` : line
}

/** A problem as one sentence for the marked copy. */
export function reasonOf({ severity, column, message }: RowProblem): string {
  const where = column ? `${column}: ` : ''
  return `${severity === 'warning' ? 'Please look again: ' : ''}${where}${message}`
}
