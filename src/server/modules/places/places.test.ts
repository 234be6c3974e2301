import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlaceSummary, PlaceView } from '#contract/places.ts'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { type PlacesService, placesService } from './places.service.ts'

let app: TestApp
let reader: TestUser
let service: PlacesService
beforeAll(async () => {
  app = await createTestApp()
  reader = await app.createUser({ role: 'participant' })
  service = placesService(app)
  await service.warmUp()
})
afterAll(() => app.close())

async function search(query: Record<string, string>): Promise<PlaceSummary[]> {
  const reply = await app.call(reader, 'GET', `/api/v1/places?${new URLSearchParams(query)}`)
  expect(reply.statusCode).toBe(200)
  return reply.json().items
}
const show = async (code: string): Promise<PlaceView> =>
  (await app.call(reader, 'GET', `/api/v1/places/${code}`)).json()
const said = (place: PlaceSummary | undefined): string =>
  place ? [place.name, ...place.path.map((above) => above.name).reverse()].join(' < ') : 'nothing'

describe('the place data', () => {
  test('holds the PSGC of 2025-2Q: 18 regions, 83 provinces, 1,656 cities and municipalities, 42,011 barangays', async () => {
    const counts = await app.query<{ level: string; kind: string; count: number }>(
      `SELECT level, kind, count(*)::int FROM places WHERE valid_until IS NULL GROUP BY 1, 2`,
    )
    const of = (key: 'level' | 'kind') => {
      const sums: Record<string, number> = {}
      for (const row of counts) sums[row[key]] = (sums[row[key]] ?? 0) + row.count
      return sums
    }
    expect(of('level')).toEqual({ region: 18, province: 83, city: 1656, barangay: 42_011 })
    expect(of('kind')).toEqual({
      region: 18,
      province: 82,
      special_geographic_area: 1,
      municipality: 1493,
      component_city: 111,
      independent_component_city: 5,
      highly_urbanised_city: 33,
      submunicipality: 14,
      barangay: 42_011,
    })
  })

  test('gives every barangay its city and region, and every code the form of its level', async () => {
    const wrong = await app.query(
      `SELECT p.code, p.name FROM places p
         LEFT JOIN places parent ON parent.code = p.parent_code
         LEFT JOIN places city ON city.code = p.city_code
         LEFT JOIN places region ON region.code = p.region_code
       WHERE region.level IS DISTINCT FROM 'region'
          OR (p.level = 'barangay' AND (city.level IS DISTINCT FROM 'city' OR parent.level IS DISTINCT FROM 'city'
              OR left(p.code, 7) <> left(parent.code, 7) OR p.province_code IS DISTINCT FROM city.province_code
              OR p.region_code <> city.region_code OR p.city_code NOT IN (p.parent_code, parent.parent_code)))
          OR (p.level = 'city' AND (right(p.code, 3) <> '000' OR p.parent_code <> ALL (ARRAY[p.region_code, p.province_code, '1380600000'])
              OR p.province_code IS NULL AND parent.level = 'province'))
          OR (p.level = 'province' AND (right(p.code, 5) <> '00000' OR p.province_code <> p.code OR p.parent_code <> p.region_code))
          OR (p.kind IN ('highly_urbanised_city', 'independent_component_city') AND (p.province_code IS NOT NULL OR p.city_code <> p.code
              OR p.parent_code <> p.region_code))
          OR p.name <> btrim(p.name) OR p.name ~ '\\s\\s|\\*'`,
    )
    expect(wrong).toEqual([])
  })

  test.each([
    ['0931700000', 'City of Zamboanga', 'highly_urbanised_city', '0900000000'],
    ['1908703000', 'City of Cotabato', 'independent_component_city', '1900000000'],
    ['0990101000', 'City of Isabela', 'component_city', '0900000000'],
    ['1381701000', 'Pateros', 'municipality', '1300000000'],
    ['1380603000', 'Quiapo', 'submunicipality', '1380600000'],
    ['1999902000', 'Old Kaabakan', 'municipality', '1999900000'],
    ['1030500000', 'City of Cagayan de Oro', 'highly_urbanised_city', '1000000000'],
    ['1906600000', 'Sulu', 'province', '0900000000'],
  ])('%s is %s, %s, directly below %s', async (code, name, kind, parent) => {
    const place = await show(code)
    expect({ name: place.name, kind: place.kind, parent: place.path.at(-1)?.code }).toEqual({ name, kind, parent })
  })

  test('dates the move of Sulu, with sources', async () => {
    const sulu = await show('1906600000')
    expect(sulu.inBarmm).toBe(false)
    expect(sulu.formerParents).toMatchObject([{ code: '1900000000', until: '2025-07-30' }])
    expect(sulu.formerParents[0]?.source).toContain('Executive Order No. 91')
    expect(sulu.barmm).toMatchObject([{ from: '2019-01-25', until: '2024-11-26' }])
    expect(sulu.barmm[0]?.source).toContain('G.R. No. 242255')
    expect(sulu.inside).toEqual({ province: 0, city: 19, barangay: 410 })
    const [jolo] = await search({ q: 'Jolo', level: 'city' })
    expect(said(jolo)).toBe('Jolo < Sulu < Region IX (Zamboanga Peninsula)')
  })

  test('keeps Maguindanao as a former place with its successors, out of searches and lists', async () => {
    const maguindanao = await show('1903800000')
    expect(maguindanao.validUntil).toBe('2022-09-17')
    expect(maguindanao.successors.map((place) => place.name)).toEqual(['Maguindanao del Norte', 'Maguindanao del Sur'])
    expect((await show('1908800000')).predecessors.map((place) => place.code)).toEqual(['1903800000'])
    expect((await search({ q: 'Maguindanao', limit: '50' })).map((place) => place.code)).not.toContain('1903800000')
    const { items } = (await app.call(reader, 'GET', '/api/v1/places/children?of=1900000000')).json()
    expect(items.map((place: PlaceSummary) => place.name)).toEqual([
      'Basilan',
      'Lanao del Sur',
      'Maguindanao del Norte',
      'Maguindanao del Sur',
      'Special Geographic Area',
      'Tawi-Tawi',
      'City of Cotabato',
    ])
  })

  test.each([
    ['1906602001', '2024-01-01', true, 'Jolo, Sulu, before the Supreme Court'],
    ['1906602001', '2024-11-26', false, 'Jolo, Sulu, from the day the decision is final'],
    ['1908801001', '2020-06-01', true, 'a barangay of Maguindanao before its division'],
    ['1908801001', '2019-01-01', false, 'before BARMM'],
    ['1999901001', '2019-02-05', false, 'Special Geographic Area before its plebiscite'],
    ['1999901001', '2019-02-06', true, 'Special Geographic Area from its plebiscite'],
    ['1908703000', '2019-06-01', true, 'Cotabato City before its turnover'],
    ['0990101000', '2026-01-01', false, 'Isabela City'],
    ['1900702000', '2026-01-01', true, 'Lamitan, Basilan'],
    ['1208001001', '2026-01-01', false, 'Sarangani'],
    ['0000000000', '2026-01-01', false, 'no such place'],
  ])('%s on %s in BARMM: %s (%s)', async (code, day, expected) => {
    expect(await service.isInBarmm(code, day)).toBe(expected)
  })
})

describe('search', () => {
  test.each([
    ['ala', 'Ala < Esperanza < Sultan Kudarat < Region XII (SOCCSKSARGEN)'],
    ['lanao', 'Lanao del Norte < Region X (Northern Mindanao)'],
    ['vil', 'Villanueva < Misamis Oriental < Region X (Northern Mindanao)'],
    ['alab', 'Alabel < Sarangani < Region XII (SOCCSKSARGEN)'],
    ['Ba-ao', 'Baao < Camarines Sur < Region V (Bicol Region)'],
    ['ba ao dapitan', 'Ba-ao < City of Dapitan < Zamboanga del Norte < Region IX (Zamboanga Peninsula)'],
    ['baao dapitan', 'Ba-ao < City of Dapitan < Zamboanga del Norte < Region IX (Zamboanga Peninsula)'],
    ['poblacion alabel', 'Poblacion < Alabel < Sarangani < Region XII (SOCCSKSARGEN)'],
    ['Brgy. Pob., Alabel', 'Poblacion < Alabel < Sarangani < Region XII (SOCCSKSARGEN)'],
    ['alabel sarangani', 'Alabel < Sarangani < Region XII (SOCCSKSARGEN)'],
    ['Bgy. Ayala Zamboanga City', 'Ayala < City of Zamboanga < Region IX (Zamboanga Peninsula)'],
    ['Zamboanga City', 'City of Zamboanga < Region IX (Zamboanga Peninsula)'],
    ['cotabato province', 'Cotabato < Region XII (SOCCSKSARGEN)'],
    ['Cotabato City', 'City of Cotabato < Bangsamoro Autonomous Region in Muslim Mindanao (BARMM)'],
    ['gensan', 'City of General Santos < Region XII (SOCCSKSARGEN)'],
    ['Gen. Santos', 'City of General Santos < Region XII (SOCCSKSARGEN)'],
    ['Koronadl', 'City of Koronadal < South Cotabato < Region XII (SOCCSKSARGEN)'],
    ['Marbell', 'City of Koronadal < South Cotabato < Region XII (SOCCSKSARGEN)'],
    ['kotabato', 'Cotabato < Region XII (SOCCSKSARGEN)'],
    ['sto nino south cotabato', 'Santo Niño < South Cotabato < Region XII (SOCCSKSARGEN)'],
    ['STA. CRUZ DAVAO DEL SUR', 'Santa Cruz < Davao del Sur < Region XI (Davao Region)'],
    ['st bernard', 'Saint Bernard < Southern Leyte < Region VIII (Eastern Visayas)'],
    ['T’boli', "T'Boli < South Cotabato < Region XII (SOCCSKSARGEN)"],
    ['isabela basilan', 'City of Isabela < Region IX (Zamboanga Peninsula)'],
    ['region 9', 'Region IX (Zamboanga Peninsula)'],
    ['barangay poblacion iv midsayap', 'Barangay Poblacion 4 < Midsayap < Cotabato < Region XII (SOCCSKSARGEN)'],
    ['las pinas', 'City of Las Piñas < National Capital Region (NCR)'],
    ['12080', 'Sarangani < Region XII (SOCCSKSARGEN)'],
    ['0931700002', 'Ayala < City of Zamboanga < Region IX (Zamboanga Peninsula)'],
    ['09', 'Region IX (Zamboanga Peninsula)'],
    ['dadiangas', 'City of General Santos < Region XII (SOCCSKSARGEN)'],
  ])('%s finds %s first', async (q, first) => {
    const [best] = await search({ q })
    expect(said(best)).toBe(first)
  })

  test('keeps to a level, to a place, and out of BARMM', async () => {
    const barangays = await search({ q: 'pob', level: 'barangay', within: '1208000000', limit: '50' })
    expect(barangays.length).toBeGreaterThan(5)
    expect(barangays.every((place) => place.level === 'barangay' && place.path[1]?.code === '1208000000')).toBe(true)
    const both = await search({ q: 'parang', limit: '50' })
    const outside = await search({ q: 'parang', limit: '50', barmm: 'false' })
    expect(both.some((place) => place.inBarmm)).toBe(true)
    expect(outside.length).toBeGreaterThan(0)
    expect(outside.some((place) => place.inBarmm)).toBe(false)
  })

  test('finds nothing for what is nowhere, whatever the signs', async () => {
    for (const q of ['qqqqqqq', '%_%', "'; DROP TABLE places", '((((', '🕌🕌', '99999'])
      expect(await search({ q })).toEqual([])
  })

  test.each([
    ['q=a', 'q'],
    [`q=${'x'.repeat(101)}`, 'q'],
    ['q=alabel&limit=51', 'limit'],
    ['q=alabel&within=9999999999', 'within'],
    ['q=alabel&level=country', 'level'],
    ['q=alabel&barmm=maybe', 'barmm'],
  ])('refuses %s', async (query, field) => {
    const reply = await app.call(reader, 'GET', `/api/v1/places?${query}`)
    expect(reply.json()).toMatchObject({ code: 'invalid_input', fields: [{ path: field }] })
  })
})

describe('tree', () => {
  test('without `of`, the 18 regions; each step says whether it goes deeper', async () => {
    const regions = (await app.call(reader, 'GET', '/api/v1/places/children')).json().items
    expect(regions).toHaveLength(18)
    const { items } = (await app.call(reader, 'GET', '/api/v1/places/children?of=1208001000')).json()
    expect(items).toHaveLength(14)
    expect(items[0]).toEqual({
      code: '1208001001',
      name: 'Alegria',
      level: 'barangay',
      kind: 'barangay',
      inBarmm: false,
      hasChildren: false,
    })
  })

  test('counts what lies inside', async () => {
    expect((await show('1200000000')).inside).toEqual({ province: 4, city: 49, barangay: 1097 })
    expect((await show('1380600000')).inside).toEqual({ province: 0, city: 14, barangay: 897 })
  })

  test.each(['/api/v1/places/9999999999', '/api/v1/places/children?of=9999999999', '/api/v1/places/alabel'])(
    '%s is not found',
    async (url) => {
      expect((await app.call(reader, 'GET', url)).json().code).toBe('not_found')
    },
  )

  test('asks for a session', async () => {
    expect((await app.call(undefined, 'GET', '/api/v1/places?q=alabel')).statusCode).toBe(401)
  })
})

describe('names of a spreadsheet', () => {
  const names = (barangay: string, city: string, province?: string, region?: string) => ({
    barangay,
    city,
    province,
    region,
  })

  test.each([
    [names('Poblacion', 'Alabel', 'Sarangani', 'Region XII'), '1208001010'],
    [names('BRGY. POB.', 'ALABEL', 'sarangani', 'XII'), '1208001010'],
    [names('Pagasa', 'Alabel', 'Sarangani', 'SOCCSKSARGEN'), '1208001008'],
    [names('Ayala', 'Zamboanga City', 'Zamboanga del Sur', 'Region IX'), '0931700002'],
    [names('Ayala', 'City of Zamboanga', 'City of Zamboanga', '9'), '0931700002'],
    [names('Ayala', 'Zamboanga City', 'Zamboanga City (HUC)', 'Region IX - Zamboanga Peninsula'), '0931700002'],
    [names('Ayala', 'zamboanga'), '0931700002'],
    [names('Alat', 'Jolo', 'Sulu', 'BARMM'), '1906602001'],
    [names('Alat', 'Jolo', 'Sulu', 'Region IX'), '1906602001'],
  ])('%o is found', async (given, code) => {
    expect(await service.resolveByNames(given)).toMatchObject({ state: 'found', place: { code } })
  })

  test.each([
    [names('Poblacion', 'Alabell', 'Sarangani'), 'unknown', 'city', 'Alabel'],
    [names('Poblacion', 'Alabel', 'Cotabato'), 'unknown', 'province', 'Alabel'],
    [names('Poblacion', 'Alabel', 'Sarangani', 'Region IX'), 'unknown', 'region', 'Alabel'],
    [names('Maribulann', 'Alabel', 'Sarangani'), 'unknown', 'barangay', 'Maribulan'],
    [names('Poblacion', 'Santa Maria'), 'ambiguous', 'city', 'Poblacion'],
    [names('Nowhere at all', 'Alabel'), 'unknown', 'barangay', undefined],
    [names('', ''), 'unknown', 'city', undefined],
  ])('%o is %s in %s', async (given, state, column, near) => {
    const found = await service.resolveByNames(given)
    expect(found).toMatchObject({ state, column })
    if (found.state !== 'found') expect(found.suggestions[0]?.name).toBe(near)
  })

  test('every barangay is found again by its own names', async () => {
    const rows = await app.query<{
      code: string
      barangay: string
      city: string
      province: string | null
      region: string
    }>(
      `SELECT p.code, p.name AS barangay, city.name AS city, province.name AS province, region.name AS region
         FROM places p JOIN places city ON city.code = p.parent_code JOIN places region ON region.code = p.region_code
         LEFT JOIN places province ON province.code = p.province_code WHERE p.level = 'barangay'`,
    )
    const wrong: unknown[] = []
    for (const row of rows) {
      const found = await service.resolveByNames(row)
      if (found.state !== 'found' || found.place.code !== row.code) wrong.push(row)
    }
    expect(wrong).toEqual([])
  })

  test('gives names and records of many places at once', async () => {
    const refs = await service.refsOf(['1208001001', '9999999999', null])
    expect([...refs.values()]).toEqual([{ code: '1208001001', name: 'Alegria', level: 'barangay' }])
    expect((await service.findPlaces(['1903800000', 'x'])).get('1903800000')?.validUntil).toBe('2022-09-17')
    expect(await service.findPlace('9999999999')).toBeUndefined()
  })
})
