import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommunitySort, communitySorts, communityStatuses, groupFilters } from '#contract/communities.options.ts'
import type { CommunityRow } from '#contract/communities.ts'
import { barangays, type TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { searchWords } from './communities.rules.ts'

let app: TestApp
let staff: TestUser
const url = '/api/v1/communities'
const places = [barangays.saranganiAlabel, '1208001002', '1208002001', barangays.zamboanga, '1906601001']
const names = ['Sitio Peñafiel', 'Datu Odin', 'Sto. Niño', 'Lambayong', 'Upper Ba-as', 'Kampung Baru', 'مسجد']
const groups = ['sama', 'tausug', 'maguindanaon', null]

/** Not random: the same rows in every run. */
const at = <T>(items: readonly T[], seed: number): T => items[seed % items.length] as T

beforeAll(async () => {
  app = await createTestApp()
  staff = await app.createUser({ role: 'staff' })
  for (let index = 0; index < 240; index++) {
    await app.createCommunity({
      name: `${at(names, index * 3)} ${index % 5 === 0 ? '' : index % 13}`,
      barangayCode: at(places, (index * index) % 11),
      status: at(communityStatuses, index % 8),
      population: index % 4 === 0 ? null : (index * 37) % 50,
      latitude: index % 3 === 0 ? null : 6 + index / 100,
      longitude: index % 3 === 0 ? null : 125,
      primaryGroup: at(groups, index),
      archivedAt: index % 19 === 0 ? app.clock.now() : null,
    })
    if (index % 6 === 0) app.clock.pass(1)
  }
  await app.query("UPDATE communities SET demo = true WHERE name LIKE 'Datu%'")
})
afterAll(() => app?.close())

async function everyPage(who: TestUser, query: string, limit: number) {
  const rows: CommunityRow[] = []
  let total: number | null = null
  let cursor: string | null = null
  do {
    const reply = await app.call(who, 'GET', `${url}?${query}&limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`)
    expect(reply.statusCode, reply.body).toBe(200)
    const page = reply.json()
    expect(page.items.length).toBeLessThanOrEqual(limit)
    expect(page.total === null).toBe(cursor !== null)
    total ??= page.total
    rows.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return { rows, total }
}

const keyOf: Record<string, (row: CommunityRow) => string | number> = {
  name: (row) => searchWords(row.name).join(' '),
  updated: (row) => row.updatedAt,
  population: (row) => row.population ?? Number.POSITIVE_INFINITY,
  '-population': (row) => row.population ?? Number.NEGATIVE_INFINITY,
  office_id: (row) => row.officeId,
}

describe('sorting and paging', () => {
  test.each(communitySorts)('%s: every row once, in order, unknown populations last', async (sort: CommunitySort) => {
    const { rows, total } = await everyPage(staff, `sort=${sort}`, 17)
    expect(rows).toHaveLength(total ?? 0)
    expect(new Set(rows.map((row) => row.id)).size).toBe(227)
    const key = keyOf[sort] ?? keyOf[sort.replace('-', '')]
    const keys = rows.map((row) => key?.(row) ?? '')
    const sorted = keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    expect(keys).toEqual(sort.startsWith('-') ? sorted.reverse() : sorted)
  })

  test('a row that comes or goes between two pages moves no other', async () => {
    const first = (await app.call(staff, 'GET', `${url}?limit=10`)).json()
    const id = await app.createCommunity({ name: 'Aaa first of all' })
    const second = (await app.call(staff, 'GET', `${url}?limit=10&cursor=${first.nextCursor}`)).json()
    const ids = new Set([...first.items, ...second.items].map((row: CommunityRow) => row.id))
    expect(ids.size).toBe(20)
    expect(ids).not.toContain(id)
    await app.query('DELETE FROM communities WHERE id = $1', [id])
  })

  test.each([
    'cursor=broken',
    'cursor=bnVsbA',
    'sort=shoe_size',
    'limit=0',
    'limit=201',
    'limit=1.5',
    'status=maybe',
    'group=martian',
    'place=12',
    'archived=yes',
    `q=${'a'.repeat(101)}`,
    'q=a%00b',
  ])('%s is refused', async (query) => {
    const reply = await app.call(staff, 'GET', `${url}?${query}`)
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'invalid_input'])
  })

  test('a cursor of another sort is refused', async () => {
    const { nextCursor } = (await app.call(staff, 'GET', `${url}?sort=name&limit=5`)).json()
    expect((await app.call(staff, 'GET', `${url}?sort=-name&limit=5&cursor=${nextCursor}`)).statusCode).toBe(400)
  })
})

describe('searching', () => {
  const found = async (q: string) =>
    new Set(
      (await everyPage(staff, `q=${encodeURIComponent(q)}`, 200)).rows.map((row) => row.name.replace(/ \d*$/, '')),
    )
  test.each([
    ['penafiel', ['Sitio Peñafiel']],
    ['PEÑA', ['Sitio Peñafiel']],
    ['fiel sit', ['Sitio Peñafiel']],
    ['sto nino', ['Sto. Niño']],
    ['STO.NIÑO', ['Sto. Niño']],
    ['ba as', ['Upper Ba-as']],
    ['od', ['Datu Odin']],
    ['odin lambayong', []],
    ['TEST datu', ['Datu Odin']],
    ['%', []],
    ['_____', []],
    ['مسجد', []],
  ])('%j finds %j', async (q, expected) => expect([...(await found(q))]).toEqual(expected))

  test('also by alias, sitio and number', async () => {
    const id = await app.createCommunity({ name: 'Xyz' })
    await app.query(
      "UPDATE communities SET aliases = '{Qwertyville}', sitio = 'Asdfgh', office_id = 'OBC-77-777777' WHERE id = $1",
      [id],
    )
    for (const q of ['qwerty', 'asdf', 'OBC-77-777777', '777777', 'xyz qwertyville'])
      expect(await found(q), q).toEqual(new Set(['Xyz']))
    await app.query('DELETE FROM communities WHERE id = $1', [id])
  })

  test('spelling is folded as the database folds it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('PEÑAFIEL', 'Ba’as', 'Ça và')),
        async (text) => {
          const clean = text.normalize('NFC').replaceAll('\0', '')
          const [row] = await app.query<{ folded: string }>('SELECT fold($1) AS folded', [clean])
          expect(searchWords(clean)).toEqual([...new Set(row?.folded.split(' ').filter(Boolean))])
        },
      ),
      { numRuns: 60 },
    )
  })
})

test.each([
  ['a region', ['1200000000'], "region_code = '1200000000'"],
  ['a province', ['1208000000'], "province_code = '1208000000'"],
  ['a city without province', ['0931700000'], "city_code = '0931700000'"],
  ['a municipality', ['1208001000'], "city_code = '1208001000'"],
  ['a barangay', ['1208002001'], "barangay_code = '1208002001'"],
  [
    'one of each',
    ['0900000000', '1208001000', '1208002001'],
    "region_code = '0900000000' OR province_code IS NOT NULL",
  ],
  ['a place without communities', ['1300000000'], 'false'],
])('assigned to %s, a focal person sees exactly its rows', async (_, placeCodes, clause) => {
  const focal = await app.createUser({ role: 'lgu_focal', placeCodes })
  const expected = await app.query<{ id: string }>(
    `SELECT id FROM communities WHERE archived_at IS NULL AND (${clause})`,
  )
  const { rows } = await everyPage(focal, 'sort=office_id', 100)
  expect(rows.map((row) => row.id).sort()).toEqual(expected.map((row) => row.id).sort())
})

test('list, figures, map and export agree, whoever asks and whatever he filters by', async () => {
  const [someId = '', otherId = ''] = (
    await app.query<{ id: string }>('SELECT id FROM communities ORDER BY id LIMIT 2')
  ).map((row) => row.id)
  const grants = [{ permission: 'community.export' as const, effect: 'allow' as const }]
  const people = await Promise.all([
    app.createUser({ role: 'staff' }),
    app.createUser({ role: 'researcher' }),
    app.createUser({ role: 'lgu_focal', placeCodes: ['1208000000'] }),
    app.createUser({ role: 'lgu_focal', placeCodes: ['0931700000', '1208002001'] }),
    app.createUser({ role: 'lgu_focal', placeCodes: ['0900000000'] }),
    app.createUser({ role: 'lgu_focal', placeCodes: ['1208001000'] }),
    app.createUser({ role: 'lgu_focal' }),
    app.createUser({ role: 'community_leader', communityIds: [someId, otherId], grants }),
    app.createUser({ role: 'community_leader', grants }),
  ])
  const filter = fc.record(
    {
      q: fc.constantFrom('pena', 'da', 'sitio 1', 'nino', 'zzz', 'ba'),
      place: fc.constantFrom(
        '1200000000',
        '0900000000',
        '1208000000',
        '1208001000',
        '0931700000',
        ...places,
        '1300000000',
      ),
      status: fc.subarray([...communityStatuses], { minLength: 1 }).map((list) => list.join(',')),
      group: fc
        .subarray(
          groupFilters.filter((group) => /sama|taus|none/.test(group)),
          { minLength: 1 },
        )
        .map((list) => list.join(',')),
      located: fc.constantFrom('true', 'false'),
      archived: fc.constantFrom('true', 'false'),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...people),
      filter,
      fc.constantFrom(...communitySorts),
      async (who, given, sort) => {
        const query = new URLSearchParams(given as Record<string, string>).toString()
        const get = async (path: string) => {
          const reply = await app.call(who, 'GET', `${url}${path}`)
          expect(reply.statusCode, reply.body).toBe(200)
          return reply
        }
        const { rows, total } = await everyPage(who, `${query}&sort=${sort}`, 50)
        const figures = (await get(`/figures?${query}`)).json()
        const map = (await get(`/map?${query}`)).json()
        const file = (await get(`/export?${query}&sort=${sort}&format=geojson`)).json()
        const located = rows.filter((row) => row.latitude !== null)
        const sum = (of: (row: CommunityRow) => number | null) => ({
          sum: rows.reduce((all, row) => all + (of(row) ?? 0), 0),
          known: rows.filter((row) => of(row) !== null).length,
        })
        const totals = (parts: { total: number }[]) => parts.reduce((all, part) => all + part.total, 0)

        expect(total).toBe(rows.length)
        expect(file.features.map((feature: { id: string }) => feature.id)).toEqual(rows.map((row) => row.id))
        expect(figures).toMatchObject({
          total,
          located: located.length,
          population: sum((row) => row.population),
          households: sum((row) => row.households),
          byStatus: Object.fromEntries(
            communityStatuses.map((status) => [status, rows.filter((row) => row.status === status).length]),
          ),
        })
        expect([totals(figures.byGroup), totals(figures.byRegion)]).toEqual([total, total])
        for (const { group, total } of figures.byGroup)
          expect(rows.filter((row) => row.primaryGroup === group)).toHaveLength(total)
        for (const { region, total } of figures.byRegion)
          expect(rows.filter((row) => row.region.code === region.code)).toHaveLength(total)
        expect(map.points.map((point: unknown[]) => point[3]).sort()).toEqual(located.map((row) => row.id).sort())
        expect([map.unlocated, map.truncated]).toEqual([rows.length - located.length, false])
        for (const row of rows) expect(row.archived).toBe(given.archived === 'true')
      },
    ),
    { numRuns: 80 },
  )
})
