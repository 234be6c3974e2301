import { z } from 'zod'
import {
  type CommunitySort,
  type CommunityStatus,
  communityStatuses,
  type EthnolinguisticGroup,
  type Proximity,
  type SettlementType,
} from '#contract/communities.options.ts'
import {
  type CommunityView,
  type CreateCommunityBody,
  createCommunityBody,
  type HistoryEntry,
} from '#contract/communities.ts'
import type { FieldProblem } from '#contract/errors.ts'
import { requiredLine } from '#contract/paging.ts'
import type { PlaceLevel } from '#contract/places.options.ts'
import { invalidField } from '#server/platform/errors.ts'
import type { Change } from '#server/platform/trail.reads.ts'
import { fieldsOf } from '#server/platform/trail.rules.ts'
import { isPlausiblyInRegion, type PlaceRef } from '../places/index.ts'

export type CommunityWarning = CommunityView['warnings'][number]

/** A community as the database keeps it, with the names of its places. */
export interface CommunityRecord {
  id: string
  officeId: string
  name: string
  aliases: string[]
  barangay: PlaceRef
  city: PlaceRef
  province: PlaceRef | null
  region: PlaceRef
  sitio: string | null
  settlementType: SettlementType | null
  proximity: Proximity | null
  status: CommunityStatus
  statusSource: string
  /** `yyyy-mm-dd` */
  statusDate: string
  latitude: number | null
  longitude: number | null
  accuracyMetres: number | null
  population: number | null
  households: number | null
  families: number | null
  primaryGroup: EthnolinguisticGroup | null
  otherGroups: EthnolinguisticGroup[]
  notes: string | null
  demo: boolean
  version: number
  createdAt: string
  updatedAt: string
  archivedAt: string | null
  archiveReason: string | null
}

export const listSeparator = '; '

/** `jama_mapun` → `Jama Mapun`; `codeOf` takes it back. */
export function labelOf(code: string): string {
  if (code === 'kagan_kalagan') return 'Kagan/Kalagan'
  if (code === 'none_found') return 'None found'
  return code.replace(
    /(^|_)([a-z])/g,
    (_, before: string, letter: string) => (before ? ' ' : '') + letter.toUpperCase(),
  )
}

/** `Kagan / Kalagan`, `kagan_kalagan` and `KAGAN-KALAGAN` are one. */
export const codeOf = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')

/** A community as somebody typed it or a file holds it, every field right by itself. */
export type CommunityInput = CreateCommunityBody

/** What the rules need to know of the barangay. Dates are the first day and the day after the last. */
export interface BarangayFacts {
  name: string
  level: PlaceLevel
  validFrom: string | null
  validUntil: string | null
  inBarmm: boolean
}

const earliest = '1900-01-01'

export const dayProblem = (day: string, today: string): string | undefined => {
  if (day > today) return 'This date is in the future.'
  return day < earliest ? 'Type a date from 1900 on.' : undefined
}

/** Rules that look at more than one field, or at the calendar. @param today day in Manila, `yyyy-mm-dd` */
export function communityProblems(input: CommunityInput, today: string): FieldProblem[] {
  const problems: FieldProblem[] = []
  const add = (path: string, message: string) => problems.push({ path, message })
  const wrongDay = dayProblem(input.statusDate, today)
  if (wrongDay) add('statusDate', wrongDay)
  const { latitude = null, longitude = null } = input
  if (latitude === null && longitude !== null) add('latitude', 'Type the latitude too, or empty the longitude.')
  if (latitude !== null && longitude === null) add('longitude', 'Type the longitude too, or empty the latitude.')
  if ((input.accuracyMetres ?? null) !== null && latitude === null && longitude === null)
    add('accuracyMetres', 'Accuracy says how good the coordinates are: type them, or empty the accuracy.')
  const others = input.otherGroups ?? []
  if (input.primaryGroup && others.includes(input.primaryGroup))
    add('otherGroups', 'The primary group is already named; leave it out here.')
  if (new Set(others).size < others.length) add('otherGroups', 'Name each group once.')
  if (input.status === 'none_found') {
    for (const field of ['population', 'households', 'families'] as const) {
      if ((input[field] ?? 0) > 0)
        add(field, 'Where no community was found nobody is counted: empty this figure, or choose another status.')
    }
  }
  return problems
}

/** Why a community cannot be registered there: an OBC lives outside BARMM by definition (RA 11054, Art. VI Sec. 12). */
export function barangayProblem(barangay: BarangayFacts | undefined, today: string): string | undefined {
  if (!barangay) return 'There is no place with this PSGC code.'
  if (barangay.level !== 'barangay') return `${barangay.name} is not a barangay. Choose the barangay in it.`
  if (
    (barangay.validFrom !== null && barangay.validFrom > today) ||
    (barangay.validUntil !== null && barangay.validUntil <= today)
  )
    return `${barangay.name} is not a barangay today. Choose the one that took its place.`
  if (barangay.inBarmm)
    return `${barangay.name} is in BARMM. Communities of this registry live outside BARMM: choose another barangay.`
  return undefined
}

/** What is worth a second look, but may be right. */
export function communityWarnings(
  input: Pick<CommunityInput, 'latitude' | 'longitude' | 'population' | 'households' | 'families'>,
  region: { code: string; name: string },
): CommunityWarning[] {
  const warnings: CommunityWarning[] = []
  const { latitude = null, longitude = null, population = null, households = null, families = null } = input
  if (latitude !== null && longitude !== null && !isPlausiblyInRegion(region.code, latitude, longitude))
    warnings.push({ code: 'outside_region', message: `The coordinates do not seem to lie in ${region.name}.` })
  if (population !== null && households !== null && households > population)
    warnings.push({ code: 'households_above_population', message: 'There are more households than people.' })
  if (population !== null && families !== null && families > population)
    warnings.push({ code: 'families_above_population', message: 'There are more families than people.' })
  return warnings
}

/** Cells of one row of a file by field, as a spreadsheet reader gives them; an empty cell is left out. */
export type CommunityCells = { [K in keyof CommunityInput | 'officeId']?: unknown }

/** One row of a file that is ready to be registered. */
export type ImportedCommunity = CommunityInput & { officeId?: string | undefined }

const importedCommunity = z.strictObject({
  ...createCommunityBody.shape,
  officeId: requiredLine(50)
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ./_-]*$/, 'Use letters, digits, hyphens, dots, slashes and spaces only.')
    .optional(),
})

/**
 * Turns the cells of one row into a community, with the same rules as the form. Pure: whether the barangay may be taken
 * says `barangayProblem`, whether the office id is free the database (`findTakenOfficeIds`). Cells that a file may leave
 * out and a community may not (`status`, `statusSource`, `statusDate`) are the caller's to fill.
 */
export function parseCommunityInput(
  cells: CommunityCells,
  today: string,
): { value: ImportedCommunity } | { problems: FieldProblem[] } {
  const typed: Record<string, unknown> = {}
  for (const [field, cell] of Object.entries(cells)) {
    const value = typedCell(field, typeof cell === 'string' ? cell.toWellFormed().normalize('NFC').trim() : cell)
    if (value !== undefined && value !== null && value !== '') typed[field] = value
  }
  if (Array.isArray(typed.otherGroups))
    typed.otherGroups = typed.otherGroups.filter((group) => group !== typed.primaryGroup)
  const parsed = importedCommunity.safeParse(typed)
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(({ path, message }) => {
        const field = String(path[0])
        return { path: field, message: typed[field] === undefined ? 'Fill in this field.' : message }
      }),
    }
  }
  const problems = communityProblems(parsed.data, today)
  return problems.length > 0 ? { problems } : { value: parsed.data }
}

function typedCell(field: string, cell: unknown): unknown {
  switch (field) {
    case 'population':
    case 'households':
    case 'families':
    case 'accuracyMetres':
      return numberOf(cell, true)
    case 'latitude':
    case 'longitude':
      return numberOf(cell, false)
    case 'statusDate':
      return cell instanceof Date && !Number.isNaN(cell.getTime()) ? cell.toISOString().slice(0, 10) : dayOf(cell)
    case 'settlementType':
    case 'proximity':
    case 'status':
    case 'primaryGroup':
      return typeof cell === 'string' ? codeOf(cell) : cell
    case 'otherGroups':
      return listOf(cell, /[;,]/, codeOf)
    case 'aliases':
      return listOf(cell, /;/, (text) => text.trim())
    default:
      return typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : cell
  }
}

/** `1,234` and `1 234` are whole numbers to a person; anything unclear stays text and is refused. */
function numberOf(cell: unknown, whole: boolean): unknown {
  if (typeof cell !== 'string') return cell
  const text = whole ? cell.replace(/^(\d{1,3})([, \u00a0]\d{3})+(?=\.0*$|$)/, (all) => all.replace(/\D/g, '')) : cell
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : cell
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** `2026-03-01`, `1 March 2026`, `Mar 1, 2026`, and slashed dates in which only one reading is possible. */
function dayOf(cell: unknown): unknown {
  if (typeof cell !== 'string') return cell
  const iso = cell.match(/^(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00)?)?$/)
  if (iso) return iso[1]
  const written = (year?: string, month = 0, day?: string) =>
    month > 0 ? `${year}-${String(month).padStart(2, '0')}-${day?.padStart(2, '0')}` : cell
  const monthOf = (name = '') => months.indexOf(name.slice(0, 3).toLowerCase()) + 1
  const dayFirst = cell.match(/^(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ ,-]+(\d{4})$/)
  if (dayFirst) return written(dayFirst[3], monthOf(dayFirst[2]), dayFirst[1])
  const monthFirst = cell.match(/^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})$/)
  if (monthFirst) return written(monthFirst[3], monthOf(monthFirst[1]), monthFirst[2])
  const slashed = cell.match(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/)
  if (slashed) {
    const [first, second] = [Number(slashed[1]), Number(slashed[2])]
    if (first > 12 || first === second) return written(slashed[3], second, slashed[1])
    if (second > 12) return written(slashed[3], first, slashed[2])
  }
  return cell
}

function listOf(cell: unknown, separator: RegExp, each: (text: string) => string): unknown {
  if (typeof cell !== 'string') return cell
  return [...new Set(cell.split(separator).map(each).filter(Boolean))]
}

const accents: Record<string, string> = {}
for (const [plain, letters] of Object.entries({
  a: 'áàâäãå',
  e: 'éèêë',
  i: 'íìîï',
  o: 'óòôöõ',
  u: 'úùûü',
  n: 'ñ',
  c: 'ç',
  "'": '’‘`',
}))
  for (const letter of letters) accents[letter] = plain

/** The words to look for, spelled as the SQL function `fold` spells them. */
export const searchWords = (text: string): string[] => [
  ...new Set(
    text
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^a-z0-9]/g, (letter) => accents[letter] ?? letter)
      .replace(/[^a-z0-9']+/g, ' ')
      .split(' ')
      .filter(Boolean),
  ),
]

/** What a person typed, back from the record. */
export const inputOf = (record: CommunityRecord) => ({
  name: record.name,
  aliases: record.aliases,
  barangayCode: record.barangay.code,
  sitio: record.sitio,
  settlementType: record.settlementType,
  proximity: record.proximity,
  status: record.status,
  statusSource: record.statusSource,
  statusDate: record.statusDate,
  latitude: record.latitude,
  longitude: record.longitude,
  accuracyMetres: record.accuracyMetres,
  population: record.population,
  households: record.households,
  families: record.families,
  primaryGroup: record.primaryGroup,
  otherGroups: record.otherGroups,
  notes: record.notes,
})

/** A record without its empty fields, as the trail keeps new ones. */
export const filled = (record: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
  )

/** A contact person's fields begin with `contact.`; their values are personal data. A barangay is shown as a place. */
export function historyOf(change: Change, places: ReadonlyMap<string, PlaceRef>, readsContacts: boolean): HistoryEntry {
  const personal = change.action.startsWith('community.contact_')
  const shown = (field: string, value: unknown) =>
    (field === 'barangayCode' && typeof value === 'string' ? places.get(value) : undefined) ?? value ?? null
  return {
    id: change.id,
    at: change.at.toISOString(),
    by: change.by,
    action: change.action,
    changes: fieldsOf(change).map((field) =>
      personal && !readsContacts
        ? { field: `contact.${field}`, before: null, after: null, hidden: true }
        : {
            field: personal ? `contact.${field}` : field,
            before: shown(field, change.before[field]),
            after: shown(field, change.after[field]),
          },
    ),
  }
}

/** Counts and sums of the communities of one status, group and region. */
export interface FiguresCell {
  status: CommunityStatus
  group: EthnolinguisticGroup | null
  region: { code: string; name: string }
  total: number
  population: number
  populationKnown: number
  households: number
  householdsKnown: number
  located: number
}

export function figuresOf(cells: readonly FiguresCell[]) {
  const sum = (of: (cell: FiguresCell) => number, some = cells) => some.reduce((total, cell) => total + of(cell), 0)
  const groups = Map.groupBy(cells, (cell) => cell.group)
  const regions = Map.groupBy(cells, (cell) => cell.region.code)
  const total = (some: FiguresCell[]) => sum((cell) => cell.total, some)
  return {
    total: total([...cells]),
    byStatus: Object.fromEntries(
      communityStatuses.map((status) => [status, total(cells.filter((cell) => cell.status === status))]),
    ) as Record<CommunityStatus, number>,
    byGroup: [...groups].map(([group, some]) => ({ group, total: total(some) })).sort((a, b) => b.total - a.total),
    byRegion: [...regions]
      .map(([code, some]) => ({
        region: { code, name: some[0]?.region.name ?? '', level: 'region' as const },
        total: total(some),
      }))
      .sort((a, b) => (a.region.code < b.region.code ? -1 : 1)),
    population: { sum: sum((cell) => cell.population), known: sum((cell) => cell.populationKnown) },
    households: { sum: sum((cell) => cell.households), known: sum((cell) => cell.householdsKnown) },
    located: sum((cell) => cell.located),
  }
}

/** Where a page ended: the sort key and the id of its last row. */
export interface Position {
  key: string | number
  id: string
}

export const cursorOf = (order: CommunitySort | 'history', { key, id }: Position): string =>
  Buffer.from(JSON.stringify([order, key, id])).toString('base64url')

const keyShapes = {
  name: z.string().max(1000),
  office_id: z.string().max(1000),
  // PostgreSQL knows no year 0.
  updated: z.iso.datetime().startsWith('2'),
  population: z.int32(),
  history: z.int(),
}

/** @throws AppError `invalid_input` when the cursor is broken or belongs to another order */
export function positionOf(cursor: string, order: CommunitySort | 'history'): Position {
  const key = keyShapes[order.replace(/^-/, '') as keyof typeof keyShapes]
  const parsed = z.tuple([z.literal(order), key, z.uuid()]).safeParse(jsonOf(cursor))
  if (!parsed.success) throw invalidField('cursor', 'This page address is broken. Start from the first page.')
  return { key: parsed.data[1], id: parsed.data[2] }
}

function jsonOf(cursor: string): unknown {
  try {
    const text = Buffer.from(cursor, 'base64url').toString('utf8')
    return text.includes('\\u0000') ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
