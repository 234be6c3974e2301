import type { EthnolinguisticGroup, Proximity, SettlementType } from '#contract/communities.options.ts'
import type { ChangeCommunityBody, CommunityView, CreateCommunityBody } from '#contract/communities.ts'

/** What the form holds: text as typed, until it is sent. */
export interface CommunityDraft {
  name: string
  aliases: string[]
  barangayCode: string
  sitio: string
  settlementType: SettlementType | ''
  proximity: Proximity | ''
  status: CommunityView['status'] | ''
  statusSource: string
  statusDate: string
  latitude: string
  longitude: string
  accuracyMetres: string
  population: string
  households: string
  families: string
  primaryGroup: EthnolinguisticGroup | ''
  otherGroups: EthnolinguisticGroup[]
  notes: string
}

export type DraftField = keyof CommunityDraft
export const draftFields: readonly DraftField[] = [
  'name',
  'aliases',
  'barangayCode',
  'sitio',
  'settlementType',
  'proximity',
  'status',
  'statusSource',
  'statusDate',
  'latitude',
  'longitude',
  'accuracyMetres',
  'population',
  'households',
  'families',
  'primaryGroup',
  'otherGroups',
  'notes',
]

export const emptyDraft = (): CommunityDraft => ({
  name: '',
  aliases: [],
  barangayCode: '',
  sitio: '',
  settlementType: '',
  proximity: '',
  status: '',
  statusSource: '',
  statusDate: '',
  latitude: '',
  longitude: '',
  accuracyMetres: '',
  population: '',
  households: '',
  families: '',
  primaryGroup: '',
  otherGroups: [],
  notes: '',
})

const typed = (value: number | null): string => (value === null ? '' : String(value))

export const draftOf = (seen: CommunityView): CommunityDraft => ({
  name: seen.name,
  aliases: [...seen.aliases],
  barangayCode: seen.barangay.code,
  sitio: seen.sitio ?? '',
  settlementType: seen.settlementType ?? '',
  proximity: seen.proximity ?? '',
  status: seen.status,
  statusSource: seen.statusSource,
  statusDate: seen.statusDate,
  latitude: typed(seen.latitude),
  longitude: typed(seen.longitude),
  accuracyMetres: typed(seen.accuracyMetres),
  population: typed(seen.population),
  households: typed(seen.households),
  families: typed(seen.families),
  primaryGroup: seen.primaryGroup ?? '',
  otherGroups: [...seen.otherGroups],
  notes: seen.notes ?? '',
})

/** `1,234` and `1 234` are how people write a number. NaN when it is not one. */
export function numberOf(text: string): number | null {
  const plain = text.replace(/[\s,]/g, '')
  if (plain === '') return null
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN
}

/** Degrees as people write them: `6.1042`, `6.1042° N`, `125,3` never with a thousands comma. */
export function degreesOf(text: string): number | null {
  const plain = text
    .trim()
    .replace(/°|\s|[nNeE]$/g, '')
    .replace(',', '.')
  if (plain === '') return null
  return /^-?\d{1,3}(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN
}

export type DraftProblem =
  | 'required'
  | 'whole_number'
  | 'too_high'
  | 'degrees'
  | 'latitude_range'
  | 'longitude_range'
  | 'both_coordinates'
  | 'date'
  | 'date_in_future'
  | 'too_long'
  | 'accuracy_alone'
  | 'none_found_counted'

const lengths: Partial<Record<DraftField, number>> = { name: 200, sitio: 200, statusSource: 300, notes: 10_000 }
const highestCount = 10_000_000
const widestAccuracy = 100_000

/** Light checks before sending; the server has the last word. */
export function problemsOf(draft: CommunityDraft, today: string): Partial<Record<DraftField, DraftProblem>> {
  const problems: Partial<Record<DraftField, DraftProblem>> = {}
  for (const field of ['name', 'barangayCode', 'status', 'statusSource', 'statusDate'] as const)
    if (draft[field].trim() === '') problems[field] = 'required'
  for (const [field, length] of Object.entries(lengths) as [DraftField, number][])
    if ((draft[field] as string).trim().length > length) problems[field] = 'too_long'
  if (draft.statusDate && !problems.statusDate) {
    const time = Date.parse(`${draft.statusDate}T00:00:00Z`)
    if (!/^\d{4}-\d{2}-\d{2}$/.test(draft.statusDate) || Number.isNaN(time)) problems.statusDate = 'date'
    else if (draft.statusDate > today) problems.statusDate = 'date_in_future'
  }
  for (const field of ['population', 'households', 'families', 'accuracyMetres'] as const) {
    const value = numberOf(draft[field])
    if (value === null) continue
    if (!Number.isInteger(value) || value < 0) problems[field] = 'whole_number'
    else if (value > (field === 'accuracyMetres' ? widestAccuracy : highestCount)) problems[field] = 'too_high'
  }
  const latitude = degreesOf(draft.latitude)
  const longitude = degreesOf(draft.longitude)
  if (Number.isNaN(latitude)) problems.latitude = 'degrees'
  else if (latitude !== null && Math.abs(latitude) > 90) problems.latitude = 'latitude_range'
  if (Number.isNaN(longitude)) problems.longitude = 'degrees'
  else if (longitude !== null && Math.abs(longitude) > 180) problems.longitude = 'longitude_range'
  if (latitude === null && longitude !== null) problems.latitude ??= 'both_coordinates'
  if (longitude === null && latitude !== null) problems.longitude ??= 'both_coordinates'
  if (latitude === null && longitude === null && numberOf(draft.accuracyMetres) !== null)
    problems.accuracyMetres ??= 'accuracy_alone'
  if (draft.status === 'none_found')
    for (const field of ['population', 'households', 'families'] as const)
      if ((numberOf(draft[field]) ?? 0) > 0) problems[field] ??= 'none_found_counted'
  return problems
}

const orNull = <T extends string>(text: T | ''): T | null => (text.trim() === '' ? null : (text.trim() as T))

/** @throws never; call it after `problemsOf` found nothing */
export function bodyOf(draft: CommunityDraft): Required<CreateCommunityBody> {
  return {
    name: draft.name.trim(),
    aliases: draft.aliases.map((alias) => alias.trim()).filter(Boolean),
    barangayCode: draft.barangayCode,
    sitio: orNull(draft.sitio),
    settlementType: orNull(draft.settlementType),
    proximity: orNull(draft.proximity),
    status: draft.status as CommunityView['status'],
    statusSource: draft.statusSource.trim(),
    statusDate: draft.statusDate,
    latitude: degreesOf(draft.latitude),
    longitude: degreesOf(draft.longitude),
    accuracyMetres: numberOf(draft.accuracyMetres),
    population: numberOf(draft.population),
    households: numberOf(draft.households),
    families: numberOf(draft.families),
    primaryGroup: orNull(draft.primaryGroup),
    otherGroups: draft.otherGroups,
    notes: orNull(draft.notes),
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Fields that the person changed. A position is one thing: both coordinates go together. */
export function changedFields(mine: CommunityDraft, seen: CommunityDraft): DraftField[] {
  const before = bodyOf(seen)
  const after = bodyOf(mine)
  const changed = draftFields.filter((field) => !same(before[field], after[field]))
  if (changed.includes('latitude') !== changed.includes('longitude'))
    changed.push(changed.includes('latitude') ? 'longitude' : 'latitude')
  return changed
}

/** Sends what changed and nothing else, with the version that was seen. */
export function changeOf(mine: CommunityDraft, seen: CommunityDraft, version: number): ChangeCommunityBody {
  const body = bodyOf(mine)
  return { ...Object.fromEntries(changedFields(mine, seen).map((field) => [field, body[field]])), version }
}

export interface Collision {
  /** `position` stands for latitude and longitude. */
  field: Exclude<DraftField, 'latitude' | 'longitude'> | 'position'
  mine: CommunityDraft
  theirs: CommunityDraft
}

const fieldsOf = (field: Collision['field']): readonly DraftField[] =>
  field === 'position' ? ['latitude', 'longitude'] : [field]

export interface Merge {
  /** Their record with my changes that collide with nothing. */
  merged: CommunityDraft
  /** Fields that both changed, to different values: a person chooses. */
  collisions: Collision[]
  /** What they changed and I did not; shown, kept. */
  theirsOnly: DraftField[]
  /** What I changed and they did not; kept. */
  mineOnly: DraftField[]
}

/** Three-way merge: `seen` is what the form was opened with, `theirs` what is stored now. */
export function merge(seen: CommunityDraft, mine: CommunityDraft, theirs: CommunityDraft): Merge {
  const changedByMe = changedFields(mine, seen)
  const changedByThem = changedFields(theirs, seen)
  const differing = changedFields(mine, theirs)
  const both = changedByMe.filter((field) => changedByThem.includes(field) && differing.includes(field))
  const collisions: Collision[] = []
  for (const field of both) {
    if (field === 'longitude') continue
    collisions.push({ field: field === 'latitude' ? 'position' : field, mine, theirs })
  }
  const mineOnly = changedByMe.filter((field) => !changedByThem.includes(field))
  return {
    merged: withFields(theirs, mine, mineOnly),
    collisions,
    theirsOnly: changedByThem.filter((field) => !changedByMe.includes(field)),
    mineOnly,
  }
}

const withFields = (into: CommunityDraft, from: CommunityDraft, fields: readonly DraftField[]): CommunityDraft => ({
  ...into,
  ...Object.fromEntries(fields.map((field) => [field, from[field]])),
})

export function resolve(
  outcome: Merge,
  choices: Partial<Record<Collision['field'], 'mine' | 'theirs'>>,
): CommunityDraft {
  return outcome.collisions
    .filter(({ field }) => choices[field] === 'mine')
    .reduce((draft, { field, mine }) => withFields(draft, mine, fieldsOf(field)), outcome.merged)
}
