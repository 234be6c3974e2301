import { describe, expect, test } from 'vitest'
import { canApply, cellsOf, checkRow, codeIn, type FoundPlace, HeaderSearch, headerRefusal } from './imports.rules.ts'

const defaults = { day: '2026-03-02', source: 'Import of list.csv' }
const alegria: FoundPlace = {
  barangayCode: '1208001001',
  region: { code: '1200000000', name: 'Region XII (SOCCSKSARGEN)' },
}

function headerOf(...rows: string[][]) {
  const search = new HeaderSearch()
  for (const [at, cells] of rows.entries()) {
    const header = search.offer(at + 1, cells)
    if (header) return header
  }
  return search.best
}

function check(row: Record<string, string>, place: FoundPlace = alegria) {
  const header = headerOf(['Community name', 'Barangay PSGC', ...Object.keys(row)])
  if (!header) throw new Error('no header')
  const cells = ['Kampong Baru', '1208001001', ...Object.values(row)]
  return checkRow(header, cellsOf(header, 2, cells), place, defaults)
}

describe('the header', () => {
  test.each([
    [['OBC Name', 'Barangay', 'Municipality']],
    [['community_names', 'BARANGAY NAME', 'City/Municipality']],
    [['  Community  Name ', 'barangay_psgc']],
    [['name', 'psgc code', 'estimated_obc_population']],
  ])('%j is understood', (cells) => {
    expect(headerRefusal(headerOf(cells))).toBeUndefined()
  })

  test('columns nobody knows are said to be unused', () => {
    expect(headerOf(['Problem', 'Community name', 'Barangay PSGC', 'Unemployment rate'])?.columns).toEqual([
      { header: 'Problem', field: null },
      { header: 'Community name', field: 'name' },
      { header: 'Barangay PSGC', field: 'barangayCode' },
      { header: 'Unemployment rate', field: null },
    ])
  })

  test('a title above it is passed over', () => {
    const header = headerOf(['Registry of OBCs, 2026'], ['as of March'], ['Name', 'Barangay', 'Municipality'])
    expect(header).toMatchObject({ row: 3, fields: ['name', 'barangay', 'city'] })
  })

  test.each([
    [['Barangay', 'Municipality'], 'The column “Community name” is missing.'],
    [['Name', 'Municipality'], 'The column “Barangay PSGC” is missing (or “Barangay” and “City or municipality”).'],
    [['Name', 'Barangay'], 'The column “City or municipality” is missing (or “Barangay PSGC” in place of the names).'],
    [['barangay_id', 'community_names'], 'The column “Barangay PSGC” is missing'],
    [['Name', 'OBC Name', 'PSGC'], 'Two columns mean the same: “Name” and “OBC Name”.'],
  ])('%j is refused in words that name the column', (cells, sentence) => {
    expect(headerRefusal(headerOf(cells))).toContain(sentence)
  })
})

describe('a row', () => {
  test('needs no more than a name and a place', () => {
    expect(check({})).toEqual({
      row: 2,
      problems: [],
      identity: { barangayCode: '1208001001', name: 'Kampong Baru' },
      community: {
        name: 'Kampong Baru',
        barangayCode: '1208001001',
        status: 'presumed',
        statusSource: 'Import of list.csv',
        statusDate: '2026-03-02',
      },
    })
  })

  test.each([
    ['OBC population', '1,234', { population: 1234 }],
    ['Households', '', {}],
    ['Date of status', '2026-01-15', { statusDate: '2026-01-15' }],
    ['Date of status', '15/01/2026', { statusDate: '2026-01-15' }],
    ['Date of status', '1/2/2026', { statusDate: '2026-02-01' }],
    ['Date of status', '01/15/2026', { statusDate: '2026-01-15' }],
    ['Ethnolinguistic group', 'MARANAO', { primaryGroup: 'meranaw' }],
    ['Ethnolinguistic group', 'M’ranao', { primaryGroup: 'meranaw' }],
    ['Ethnolinguistic group', 'Maguindanao', { primaryGroup: 'maguindanaon' }],
    ['Ethnolinguistic group', 'Kagan / Kalagan', { primaryGroup: 'kagan_kalagan' }],
    ['Other groups', 'Tausug; Bajau', { otherGroups: ['tausug', 'badjao'] }],
    ['Status', 'none found', { status: 'none_found' }],
    ['Settlement type', 'Sitio', { settlementType: 'sitio' }],
  ])('%s %j is understood', (header, cell, community) => {
    const checked = check({ [header]: cell })
    expect(checked.problems).toEqual([])
    expect(checked.community).toMatchObject(community)
  })

  test.each([
    ['OBC population', 'about 300', 'whole number'],
    ['OBC population', '-5', '0 or more'],
    ['OBC population', '12.5', 'whole number'],
    ['Status', 'Verified', 'Choose one of: Confirmed, Presumed, None found.'],
    ['Ethnolinguistic group', 'Ilocano', 'Choose one of: Badjao'],
    ['Date of status', 'last year', 'date'],
    ['Date of status', '2026-12-31', 'future'],
    ['Latitude', '6.5', 'longitude'],
    ['Families', '99999999999', 'too high'],
  ])('%s %j is refused in words', (header, cell, words) => {
    const checked = check({ [header]: cell })
    expect(checked.community).toBeUndefined()
    expect(checked.problems.map((problem) => problem.message).join()).toContain(words)
    expect(checked.problems[0]).toMatchObject({ row: 2, severity: 'error' })
  })

  test('a confirmed community says who confirms it', () => {
    expect(check({ Status: 'Confirmed' }).problems).toMatchObject([{ message: expect.stringContaining('who or what') }])
    expect(check({ Status: 'Confirmed', Source: 'Visit' }).problems).toEqual([])
  })

  test('a place that is not found is one problem in its column, and no duplicate can be told', () => {
    const checked = check({ Barangay: 'Alegrya' }, { field: 'barangay', message: 'Unknown.' })
    expect(checked.problems).toEqual([
      { row: 2, severity: 'error', column: 'Barangay', value: 'Alegrya', message: 'Unknown.' },
    ])
    expect(checked.identity).toBeUndefined()
  })

  test('what may be right all the same is a warning, and the row is ready', () => {
    const checked = check({ 'OBC population': '10', Households: '12' })
    expect(checked.problems).toMatchObject([{ severity: 'warning', column: 'Households' }])
    expect(checked.community).toBeDefined()
  })

  test('a value that is too long to show is cut', () => {
    expect(check({ Status: 'x'.repeat(5000) }).problems[0]?.value).toHaveLength(200)
  })
})

test.each([
  ['1208001001', '1208001001'],
  ['931700002', '0931700002'],
  ['12-08001-001', '1208001001'],
  ['124701001', '0124701001'],
  ['PH12', 'PH12'],
])('the code %j is read as %s', (cell, code) => {
  expect(codeIn(cell)).toBe(code)
})

test('only a checked import without wrong rows can be registered', () => {
  const rows = { total: 2, ready: 2, wrong: 0, warned: 1 }
  expect(canApply({ state: 'checked', rows })).toBe(true)
  expect(canApply({ state: 'checked', rows: { ...rows, wrong: 1 } })).toBe(false)
  expect(canApply({ state: 'checked', rows: { ...rows, ready: 0 } })).toBe(false)
  expect(canApply({ state: 'applied', rows })).toBe(false)
})
