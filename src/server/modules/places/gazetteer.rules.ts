import type { PlaceKind, PlaceLevel } from '#contract/places.options.ts'

/** One place as the tables keep it. */
export interface PlaceRecord {
  code: string
  name: string
  level: PlaceLevel
  kind: PlaceKind
  parentCode: string | null
  /** The place's own ancestors or itself. */
  regionCode: string
  provinceCode: string | null
  cityCode: string | null
  /** `yyyy-mm-dd`; the first day and the day after the last. */
  validFrom: string | null
  validUntil: string | null
}

export interface PlaceRef {
  code: string
  name: string
  level: PlaceLevel
}

interface Period {
  from: string
  until: string | null
  source: string
}
interface Succession {
  predecessorCode: string
  successorCode: string
  on: string
  source: string
}
interface FormerParent {
  placeCode: string
  parentCode: string
  from: string | null
  until: string
  source: string
}

/** Everything the tables know about places. */
export interface PlaceData {
  places: PlaceRecord[]
  aliases: { placeCode: string; alias: string }[]
  successions: Succession[]
  formerParents: FormerParent[]
  memberships: (Period & { placeCode: string })[]
}

export interface Gazetteer {
  /** Regions first, then by the order people expect in a list. */
  places: readonly PlaceRecord[]
  find(code: string): PlaceRecord | undefined
  aliasesOf(code: string): readonly string[]
  parentOf(place: PlaceRecord): PlaceRecord | undefined
  /** Ancestors from the region down to the parent. */
  pathOf(place: PlaceRecord): PlaceRef[]
  isInside(place: PlaceRecord, code: string): boolean
  /** Places directly below, today's and former ones; the regions for `undefined`. */
  childrenOf(code: string | undefined): readonly PlaceRecord[]
  predecessorsOf(code: string): readonly Succession[]
  successorsOf(code: string): readonly Succession[]
  formerParentsOf(code: string): readonly FormerParent[]
  /** Periods in BARMM, own or of the nearest place above that has some. */
  membershipsOf(place: PlaceRecord): readonly Period[]
  isInBarmm(place: PlaceRecord, day: string): boolean
}

const levels: readonly PlaceLevel[] = ['region', 'province', 'city', 'barangay']

/**
 * Regions where the office works (IX to XIII, and MIMAROPA for Palawan; product of the consultations since 2022). Among equal
 * matches their places come first.
 */
const officeRegions = ['0900000000', '1000000000', '1100000000', '1200000000', '1600000000', '1700000000']

const filipino = new Intl.Collator('fil', { sensitivity: 'base', numeric: true })

/** Bigger levels first, then the office's regions, then by name. */
function inListOrder(places: readonly PlaceRecord[]): PlaceRecord[] {
  const weight = (place: PlaceRecord) =>
    levels.indexOf(place.level) * 10 + (officeRegions.includes(place.regionCode) ? 0 : 1)
  return places
    .map((place) => ({ place, weight: weight(place) }))
    .sort(
      (a, b) =>
        a.weight - b.weight || filipino.compare(a.place.name, b.place.name) || (a.place.code < b.place.code ? -1 : 1),
    )
    .map(({ place }) => place)
}

export const refOf = ({ code, name, level }: PlaceRecord): PlaceRef => ({ code, name, level })

export const isValidOn = (place: PlaceRecord, day: string): boolean =>
  (place.validFrom === null || place.validFrom <= day) && (place.validUntil === null || place.validUntil > day)

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

/** The tree of places in memory: it changes by migration only, so a process reads it once. */
export function createGazetteer(data: PlaceData): Gazetteer {
  const places = inListOrder(data.places)
  const byCode = new Map(places.map((place) => [place.code, place]))
  const children = groupBy(places, (place) => place.parentCode ?? '')
  const aliases = groupBy(data.aliases, (row) => row.placeCode)
  const predecessors = groupBy(data.successions, (row) => row.successorCode)
  const successors = groupBy(data.successions, (row) => row.predecessorCode)
  const formerParents = groupBy(data.formerParents, (row) => row.placeCode)
  const memberships = groupBy(data.memberships, (row) => row.placeCode)
  const none: readonly never[] = []

  const parentOf = (place: PlaceRecord) => (place.parentCode === null ? undefined : byCode.get(place.parentCode))

  function deciding(place: PlaceRecord): PlaceRecord | undefined {
    let at: PlaceRecord | undefined = place
    while (at && !memberships.has(at.code)) at = parentOf(at)
    return at
  }

  function isInBarmm(place: PlaceRecord, day: string): boolean {
    const decides = deciding(place)
    if (!decides) return false
    // Before a province existed, its ground belonged to the one it came from.
    if (decides.validFrom !== null && day < decides.validFrom) {
      const earlier = (predecessors.get(decides.code) ?? none).map((row) => byCode.get(row.predecessorCode))
      return earlier.some((predecessor) => predecessor !== undefined && isInBarmm(predecessor, day))
    }
    return (memberships.get(decides.code) ?? none).some(
      (period) => period.from <= day && (period.until === null || period.until > day),
    )
  }

  return {
    places,
    find: (code) => byCode.get(code),
    aliasesOf: (code) => (aliases.get(code) ?? none).map((row) => row.alias),
    parentOf,
    pathOf(place) {
      const path: PlaceRef[] = []
      for (let at = parentOf(place); at; at = parentOf(at)) path.unshift(refOf(at))
      return path
    },
    isInside(place, code) {
      for (let at = parentOf(place); at; at = parentOf(at)) if (at.code === code) return true
      return false
    },
    childrenOf: (code) => children.get(code ?? '') ?? none,
    predecessorsOf: (code) => predecessors.get(code) ?? none,
    successorsOf: (code) => successors.get(code) ?? none,
    formerParentsOf: (code) => formerParents.get(code) ?? none,
    membershipsOf(place) {
      const decides = deciding(place)
      return decides ? (memberships.get(decides.code) ?? none) : none
    },
    isInBarmm,
  }
}
