import { type Gazetteer, isValidOn, type PlaceRecord } from './gazetteer.rules.ts'
import type { PlaceIndex } from './search.rules.ts'
import { canonical, keyOf, significant, typedWords } from './spelling.rules.ts'

/** A barangay as a spreadsheet names it. */
export interface PlaceNames {
  region?: string | null | undefined
  province?: string | null | undefined
  city: string
  barangay: string
}

type NameColumn = keyof PlaceNames

export type NameMatch =
  | { state: 'found'; place: PlaceRecord }
  /** `column` is the name that fits nothing (`unknown`) or too much (`ambiguous`); `near` are places that may be meant. */
  | { state: 'unknown' | 'ambiguous'; column: NameColumn; near: PlaceRecord[] }

const mostNear = 5
const brackets = /\([^)]*\)/g

/** Forgives what lists leave out: brackets, `Poblacion`, Saint or San. */
function looseKeys(name: string): string[] {
  const keyOfPart = (part: string): string => {
    const words = significant(typedWords(part).map(canonical)).map((word) => (word === 'saint' ? 'san' : word))
    const telling = words.filter((word) => word !== 'poblacion')
    return (telling.length > 0 ? telling : words).join('')
  }
  const inside = (name.match(brackets) ?? []).map(keyOfPart)
  return [keyOfPart(name.replace(brackets, ' ')), keyOfPart(name), ...inside].filter(Boolean)
}

/** A place that bears the name today is meant before one that bore it once. */
function presentName(places: PlaceRecord[], typed: string): PlaceRecord[] {
  const today = places.filter((place) => keyOf(place.name) === keyOf(typed))
  return today.length > 0 ? today : places
}

type ByKey = Map<string, PlaceRecord[]>

function put(map: ByKey, keys: Iterable<string>, place: PlaceRecord): void {
  for (const key of new Set(keys)) {
    const list = map.get(key)
    if (list) list.push(place)
    else map.set(key, [place])
  }
}

export type NameResolver = (names: PlaceNames, day: string) => NameMatch

/** Finds barangays by names, in any of the spellings of `spelling.rules.ts`; never guesses between two. */
export function createNameResolver(gazetteer: Gazetteer, index: PlaceIndex): NameResolver {
  const namesOf = (place: PlaceRecord) => [place.name, ...gazetteer.aliasesOf(place.code)]
  const cities: ByKey = new Map()
  const barangays = new Map<string, PlaceRecord[]>()
  for (const place of gazetteer.places) {
    if (place.level === 'city') put(cities, namesOf(place).map(keyOf), place)
    if (place.level !== 'barangay') continue
    for (const city of new Set([place.cityCode, place.parentCode])) {
      const list = barangays.get(city ?? '')
      if (list) list.push(place)
      else barangays.set(city ?? '', [place])
    }
  }

  const inCity = new Map<string, { exact: ByKey; loose: ByKey }>()
  function barangaysIn(city: PlaceRecord): { exact: ByKey; loose: ByKey } {
    const known = inCity.get(city.code)
    if (known) return known
    const made = { exact: new Map() as ByKey, loose: new Map() as ByKey }
    for (const place of barangays.get(city.code) ?? []) {
      put(made.exact, namesOf(place).map(keyOf), place)
      put(made.loose, namesOf(place).flatMap(looseKeys), place)
    }
    inCity.set(city.code, made)
    return made
  }

  const wordsAbove = new Map<string, Set<string>>()
  function wordsOfRegion(code: string): Set<string> {
    const known = wordsAbove.get(code)
    if (known) return known
    const region = gazetteer.find(code)
    const words = new Set((region ? namesOf(region) : []).flatMap((name) => typedWords(name).map(canonical)))
    wordsAbove.set(code, words)
    return words
  }

  function fitsRegion(city: PlaceRecord, typed: string): boolean {
    const words = typedWords(typed).map(canonical)
    const former = [city, gazetteer.find(city.provinceCode ?? '')].flatMap((place) =>
      place ? gazetteer.formerParentsOf(place.code).map((row) => row.parentCode) : [],
    )
    return [city.regionCode, ...former].some((code) => words.every((word) => wordsOfRegion(code).has(word)))
  }

  function fitsProvince(city: PlaceRecord, typed: string): boolean {
    const key = keyOf(typed)
    const province = gazetteer.find(city.provinceCode ?? '')
    const before = gazetteer.predecessorsOf(province?.code ?? '').map((row) => gazetteer.find(row.predecessorCode))
    const provinces = [province, ...before].filter((place) => place !== undefined)
    if (provinces.some((place) => namesOf(place).some((name) => keyOf(name) === key))) return true
    if (province) return false
    // A city outside every province: lists name the city again, the province around it, or the region.
    const around = namesOf(city).flatMap((name) => name.split(', ').slice(1))
    return [...namesOf(city), ...around].some((name) => keyOf(name) === key) || fitsRegion(city, typed)
  }

  const near = (text: string, accepts: (place: PlaceRecord) => boolean) => index.search(text, mostNear, accepts)

  return (names, day) => {
    const valid = (place: PlaceRecord) => isValidOn(place, day)
    const { region, province } = { region: names.region?.trim(), province: names.province?.trim() }

    const named = (cities.get(keyOf(names.city)) ?? []).filter(valid)
    const asCity = /\bcity\b/i.test(names.city) ? named.filter((place) => place.kind.endsWith('_city')) : []
    let candidates = asCity.length > 0 ? asCity : named
    if (candidates.length === 0)
      return {
        state: 'unknown',
        column: 'city',
        near: near(names.city, (place) => place.level === 'city' && valid(place)),
      }

    for (const [column, typed, fits] of [
      ['province', province, fitsProvince],
      ['region', region, fitsRegion],
    ] as const) {
      if (!typed) continue
      const fitting = candidates.filter((city) => fits(city, typed))
      if (fitting.length === 0) return { state: 'unknown', column, near: candidates.slice(0, mostNear) }
      candidates = fitting
    }

    candidates = presentName(candidates, names.city)
    const matching = (pick: (city: PlaceRecord) => PlaceRecord[]) => [
      ...new Set(candidates.flatMap(pick).filter(valid)),
    ]
    const exact = matching((city) => barangaysIn(city).exact.get(keyOf(names.barangay)) ?? [])
    const found =
      exact.length > 0
        ? presentName(exact, names.barangay)
        : matching((city) => looseKeys(names.barangay).flatMap((key) => barangaysIn(city).loose.get(key) ?? []))
    const [only] = found
    if (only && found.length === 1) return { state: 'found', place: only }
    if (only) {
      const column = new Set(found.map((place) => place.cityCode)).size > 1 ? 'city' : 'barangay'
      return { state: 'ambiguous', column, near: found.slice(0, mostNear) }
    }
    const codes = candidates.map((city) => city.code)
    const inside = (place: PlaceRecord) =>
      place.level === 'barangay' && valid(place) && codes.some((code) => gazetteer.isInside(place, code))
    return { state: 'unknown', column: 'barangay', near: near(names.barangay, inside) }
  }
}
