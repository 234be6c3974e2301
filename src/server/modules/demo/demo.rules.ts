import {
  type CommunityStatus,
  type ContactRole,
  contactRoles,
  type EthnolinguisticGroup,
  type Proximity,
  proximities,
  type SettlementType,
} from '#contract/communities.options.ts'
import type { ContactBody, CreateCommunityBody } from '#contract/communities.ts'
import { isPlausiblyInRegion, type PlaceRef } from '../places/index.ts'
import { areas, towns } from './towns.geo.ts'

export interface DemoTown {
  regionCode: string
  barangays: readonly PlaceRef[]
}

export interface DemoCommunity extends CreateCommunityBody {
  officeId: string
  contacts: ContactBody[]
}

const demoSize = 2000
const seed = 20_250_730

/** Words for peace, places and good things; no name of a person is among them. */
const words =
  'Amanah Ansar Bakawan Barakah Baybay Bukid Busug Danao Darussalam Falah Firdaus Hidayah Hikmah Ihsan Ikhlas Inged Islah Kalanganan Kalilang Kalilintad Kalimudan Kauman Kayu Lawa Lubuk Madinah Marwah Matampay Muhajirin Munawwarah Najah Nipa Nur Pantad Punul Rahmah Ranao Sabar Safa Salam Sakina Tawakkal Tubig Ukhuwwah Wadi'.split(
    ' ',
  )
const manners: Record<SettlementType, ((word: string) => string)[]> = {
  sitio: [(word) => `Sitio ${word}`, (word) => `Sitio Upper ${word}`, (word) => `Sitio New ${word}`],
  purok: [(word) => `Purok ${word}`, (word) => `Purok Muslim ${word}`],
  village: [(word) => `${word} Village`, (word) => `Kampung ${word}`],
  compound: [(word) => `${word} Compound`],
  subdivision: [(word) => `${word} Homes`],
  dispersed: [(word) => `Proper ${word}`],
}
const settlements: Record<SettlementType, number> = {
  sitio: 9,
  purok: 6,
  village: 3,
  compound: 2,
  subdivision: 1,
  dispersed: 1,
}
const statuses: Record<CommunityStatus, number> = { confirmed: 60, presumed: 33, none_found: 7 }
const aDay = 86_400_000
const firstVisit = Date.parse('2022-03-01')
const daysOfVisits = 1300

/** The same numbers on every machine (mulberry32). */
function seeded(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * The demonstration set: made-up communities in real barangays of Regions IX to XII, more of them where Moro groups live.
 * Deterministic: the same towns give the same records.
 */
export function makeDemoCommunities(knownTowns: ReadonlyMap<string, DemoTown>): DemoCommunity[] {
  const random = seeded(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const chance = (share: number) => random() < share
  const oneOf = <T>(items: readonly T[]): T => items[below(items.length)] as T
  const weighted = <K extends string>(weights: Partial<Record<K, number>>): K => {
    const entries = Object.entries(weights) as [K, number][]
    let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [key, weight] of entries) {
      left -= weight
      if (left < 0) return key
    }
    return (entries[0] as [K, number])[0]
  }
  /** About normal, mean 0, deviation 1. */
  const bell = () => random() + random() + random() + random() + random() + random() - 3
  const rounded = (value: number, digits: number) => Number(value.toFixed(digits))

  const weights = Object.fromEntries(towns.map(([code, , , weight]) => [code, weight]))
  const byCode = new Map(towns.map((town) => [town[0], town]))
  const taken = new Set<string>()
  const numbers = new Map<string, number>()
  let contactNumber = 0

  function nameIn(barangay: PlaceRef): { name: string; word: string; settlementType: SettlementType } {
    for (;;) {
      const settlementType = weighted(settlements)
      const word = oneOf(words)
      const name = oneOf(manners[settlementType])(word)
      if (taken.has(barangay.code + name)) continue
      taken.add(barangay.code + name)
      return { name, word, settlementType }
    }
  }

  function position(regionCode: string, latitude: number, longitude: number) {
    const spot = { latitude: rounded(latitude + bell() * 0.03, 5), longitude: rounded(longitude + bell() * 0.03, 5) }
    return isPlausiblyInRegion(regionCode, spot.latitude, spot.longitude) ? spot : { latitude, longitude }
  }

  function contact(): ContactBody {
    contactNumber++
    const role: ContactRole = oneOf(contactRoles)
    return {
      name: `Demo Contact ${contactNumber}`,
      role,
      phone: `0900 000 ${String(contactNumber).padStart(4, '0')}`,
    }
  }

  return Array.from({ length: demoSize }, () => {
    const [code, latitude, longitude, , area] = byCode.get(weighted(weights)) as (typeof towns)[number]
    const town = knownTowns.get(code) as DemoTown
    const barangay = oneOf(town.barangays)
    const { name, word, settlementType } = nameIn(barangay)
    const status = weighted(statuses)
    const region = town.regionCode.slice(0, 2)
    const number = (numbers.get(region) ?? 0) + 1
    numbers.set(region, number)

    const people = status !== 'none_found'
    const counted = people && chance(status === 'confirmed' ? 0.95 : 0.6)
    // Most communities have 50 to 800 people, a few more than 2,000.
    const population = counted ? Math.max(12, Math.round(Math.exp(5.3 + bell() * 1.1))) : null
    const households = population === null ? null : Math.max(2, Math.round(population / (4.5 + random() * 2.5)))
    const families = households === null ? null : Math.round(households * (1 + random() * 0.35))
    const groups: Partial<Record<EthnolinguisticGroup, number>> = areas[area]
    const primaryGroup = people && chance(0.96) ? weighted(groups) : null
    const second = primaryGroup && chance(0.2) ? weighted(groups) : null
    const located = chance(0.88)
    return {
      officeId: `DEMO-${region}-${String(number).padStart(4, '0')}`,
      name,
      aliases: chance(0.15) ? [`${word} Community`] : [],
      barangayCode: barangay.code,
      sitio: settlementType === 'sitio' || settlementType === 'purok' ? name : null,
      settlementType,
      proximity: chance(0.8) ? oneOf<Proximity>(proximities) : null,
      status,
      statusSource: `Demonstration record: ${status === 'presumed' ? 'made-up report' : 'made-up visit'}`,
      statusDate: new Date(firstVisit + below(daysOfVisits) * aDay).toISOString().slice(0, 10),
      ...(located && {
        ...position(town.regionCode, latitude, longitude),
        accuracyMetres: oneOf([10, 50, 100, 500, 2000]),
      }),
      population,
      households,
      families,
      primaryGroup,
      otherGroups: second && second !== primaryGroup ? [second] : [],
      notes: 'Made-up record of the demonstration set; it describes no real community.',
      contacts: people && chance(0.3) ? [contact()] : [],
    }
  })
}
