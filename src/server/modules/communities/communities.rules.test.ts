import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  communityStatuses,
  ethnolinguisticGroups,
  proximities,
  settlementTypes,
} from '#contract/communities.options.ts'
import { columnOfHeader, communityColumns } from './communities.columns.ts'
import {
  barangayProblem,
  type CommunityRecord,
  codeOf,
  communityProblems,
  communityWarnings,
  cursorOf,
  figuresOf,
  labelOf,
  parseCommunityInput,
  positionOf,
  searchWords,
} from './communities.rules.ts'

const today = '2026-03-02'
const cells = {
  name: 'Sitio Lambayong',
  barangayCode: '1208001001',
  status: 'Confirmed',
  statusSource: 'Barangay profile',
  statusDate: '2026-02-01',
}
const input = { ...cells, status: 'confirmed' as const }

describe('rules over several fields', () => {
  test.each([
    [{}, []],
    [{ statusDate: '2026-03-02' }, []],
    [{ statusDate: '2026-03-03' }, ['statusDate']],
    [{ statusDate: '1899-12-31' }, ['statusDate']],
    [{ latitude: 6.1 }, ['longitude']],
    [{ longitude: 125.1 }, ['latitude']],
    [{ latitude: 6.1, longitude: 125.1, accuracyMetres: 20 }, []],
    [{ accuracyMetres: 20 }, ['accuracyMetres']],
    [{ latitude: null, longitude: null, accuracyMetres: null }, []],
    [{ primaryGroup: 'sama', otherGroups: ['sama', 'tausug'] }, ['otherGroups']],
    [{ otherGroups: ['sama', 'sama'] }, ['otherGroups']],
    [{ primaryGroup: 'sama', otherGroups: ['tausug', 'yakan'] }, []],
    [{ status: 'none_found', population: 12, households: 3, families: 0 }, ['population', 'households']],
    [{ status: 'none_found', population: 0 }, []],
    [{ status: 'presumed', population: 12 }, []],
  ] as const)('%o → %o', (changes, paths) => {
    const problems = communityProblems(
      { ...input, ...changes, otherGroups: [...('otherGroups' in changes ? changes.otherGroups : [])] },
      today,
    )
    expect(problems.map((problem) => problem.path)).toEqual(paths)
  })

  test('a barangay must exist, be one, be valid today and lie outside BARMM', () => {
    const alabel = { name: 'Alegria', level: 'barangay', validFrom: null, validUntil: null, inBarmm: false } as const
    expect(barangayProblem(alabel, today)).toBeUndefined()
    expect(barangayProblem(undefined, today)).toContain('no place')
    expect(barangayProblem({ ...alabel, level: 'city' }, today)).toContain('Alegria is not a barangay')
    expect(barangayProblem({ ...alabel, validUntil: today }, today)).toContain('not a barangay today')
    expect(barangayProblem({ ...alabel, validUntil: '2026-03-03' }, today)).toBeUndefined()
    expect(barangayProblem({ ...alabel, validFrom: '2026-03-03' }, today)).toContain('not a barangay today')
    expect(barangayProblem({ ...alabel, inBarmm: true }, today)).toBe(
      'Alegria is in BARMM. Communities of this registry live outside BARMM: choose another barangay.',
    )
  })

  test('warns, without refusing, of what may be a slip', () => {
    const region = { code: '1200000000', name: 'Region XII' }
    const codes = (facts: Parameters<typeof communityWarnings>[0]) =>
      communityWarnings(facts, region).map((warning) => warning.code)
    expect(codes({ latitude: 6.1, longitude: 125.2, population: 100, households: 20, families: 25 })).toEqual([])
    expect(codes({ latitude: 14.6, longitude: 121 })).toEqual(['outside_region'])
    expect(codes({ population: 10, households: 11, families: 12 })).toEqual([
      'households_above_population',
      'families_above_population',
    ])
    expect(codes({ households: 11 })).toEqual([])
  })
})

describe('one row of a file', () => {
  const parse = (extra: object) => {
    const parsed = parseCommunityInput({ ...cells, ...extra }, today)
    return 'value' in parsed ? parsed.value : parsed.problems.map(({ path }) => path)
  }

  test('is read as people write', () => {
    expect(
      parse({
        name: '  Kampung Nun\u0303ez ',
        aliases: 'Lambayong Baru; Old Lambayong; Lambayong Baru',
        barangayCode: 1208001001,
        status: 'NONE FOUND',
        statusDate: new Date('2026-01-15'),
        settlementType: 'Sitio',
        proximity: 'near',
        population: '0',
        latitude: '6.1',
        longitude: 125.2,
        primaryGroup: 'KAGAN / Kalagan',
        otherGroups: 'Sama, Jama Mapun; kagan-kalagan',
        sitio: '',
        notes: null,
        officeId: 'R12-SK-PAL-001',
      }),
    ).toEqual({
      name: 'Kampung Nuñez',
      aliases: ['Lambayong Baru', 'Old Lambayong'],
      barangayCode: '1208001001',
      status: 'none_found',
      statusSource: 'Barangay profile',
      statusDate: '2026-01-15',
      settlementType: 'sitio',
      proximity: 'near',
      population: 0,
      latitude: 6.1,
      longitude: 125.2,
      primaryGroup: 'kagan_kalagan',
      otherGroups: ['sama', 'jama_mapun'],
      officeId: 'R12-SK-PAL-001',
    })
  })

  test.each([
    ['1,234', 1234],
    ['1 234', 1234],
    ['12', 12],
    ['12.0', 12],
    ['1,234,567', 1_234_567],
  ])('population %j is %d', (text, number) => expect(parse({ population: text })).toMatchObject({ population: number }))

  test.each(['about 300', '-5', '1,23', '12.5', '99999999', 'Infinity', '1e3', true])(
    'population %j is refused',
    (text) => expect(parse({ population: text })).toEqual(['population']),
  )

  test.each([
    ['1 March 2026', '2026-03-01'],
    ['01-Mar-2026', '2026-03-01'],
    ['Mar 1, 2026', '2026-03-01'],
    ['March 1 2026', '2026-03-01'],
    ['25/12/2025', '2025-12-25'],
    ['12/25/2025', '2025-12-25'],
    ['1/1/2026', '2026-01-01'],
    ['2026-03-01 00:00', '2026-03-01'],
  ])('the date %j is %s', (text, day) => expect(parse({ statusDate: text })).toMatchObject({ statusDate: day }))

  test.each(['03/04/2026', '2026-02-30', '31 Foo 2026', '2026', '2030-01-01', '1 Jan 1800', new Date(Number.NaN)])(
    'the date %j is refused',
    (text) => expect(parse({ statusDate: text })).toEqual(['statusDate']),
  )

  test('says what is missing', () => {
    const parsed = parseCommunityInput({ population: '5' }, today)
    expect('problems' in parsed && parsed.problems).toEqual(
      ['name', 'barangayCode', 'status', 'statusSource', 'statusDate'].map((path) => ({
        path,
        message: 'Fill in this field.',
      })),
    )
  })

  const fields = [
    'name',
    'aliases',
    'sitio',
    'notes',
    'population',
    'latitude',
    'otherGroups',
    'officeId',
    'statusDate',
  ]
  test('never throws and never lets NUL or half characters through', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.date({ noInvalidDate: false }),
      fc.constantFrom('half \ud800', 'nul \0'),
    )
    fc.assert(
      fc.property(fc.record(Object.fromEntries(fields.map((field) => [field, cell])), { requiredKeys: [] }), (row) => {
        const parsed = parseCommunityInput({ ...cells, ...row }, today)
        if ('value' in parsed) {
          const text = JSON.stringify(parsed.value)
          expect(text).not.toContain('\\u0000')
          expect(text).not.toMatch(/\\ud[89a-f]/)
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('columns', () => {
  test('every header is found again, and no header means two columns', () => {
    for (const column of communityColumns) expect(columnOfHeader(column.header)?.key).toBe(column.key)
    const keys = communityColumns.flatMap((column) => column.aliases.map((alias) => [alias, column.key]))
    for (const [alias = '', key] of keys) expect(columnOfHeader(alias)?.key, alias).toBe(key)
  })

  test.each([
    ['obc_id', 'officeId'],
    ['community_names', 'name'],
    ['estimated_obc_population', 'population'],
    ['purok_sitio', 'sitio'],
    ['PRIMARY ETHNOLINGUISTIC GROUP', 'primaryGroup'],
    ['proximity_to_barmm', 'proximity'],
    ['Settlement  Type', 'settlementType'],
  ])('the office’s old %s is %s', (header, key) => expect(columnOfHeader(header)?.key).toBe(key))

  test('what an export writes an import reads back', () => {
    const place = (code: string, level: 'barangay' | 'city' | 'region') => ({ code, name: 'x', level })
    const record = fc.record({
      name: fc.stringMatching(/^[A-Za-z][A-Za-z ñ'-]{0,40}[a-z]$/),
      aliases: fc.uniqueArray(fc.stringMatching(/^[A-Z][a-z]{1,10}$/), { maxLength: 3 }),
      status: fc.constantFrom(...communityStatuses),
      settlementType: fc.option(fc.constantFrom(...settlementTypes)),
      proximity: fc.option(fc.constantFrom(...proximities)),
      primaryGroup: fc.option(fc.constantFrom(...ethnolinguisticGroups)),
      groups: fc.uniqueArray(fc.constantFrom(...ethnolinguisticGroups), { maxLength: 4 }),
      latitude: fc.double({ min: 4, max: 20, noNaN: true }),
    })
    fc.assert(
      fc.property(record, ({ groups, ...given }) => {
        const written: CommunityRecord = {
          ...given,
          otherGroups: groups.filter((group) => group !== given.primaryGroup),
          id: '0192d1a0-0000-7000-8000-000000000000',
          officeId: 'OBC-12-000001',
          barangay: place('1208001001', 'barangay'),
          city: place('1208001000', 'city'),
          province: null,
          region: place('1200000000', 'region'),
          sitio: null,
          statusSource: 'Profile',
          statusDate: '2026-01-15',
          longitude: 125,
          accuracyMetres: null,
          population: null,
          households: null,
          families: null,
          notes: null,
          demo: false,
          version: 1,
          createdAt: '2026-01-15T00:00:00.000Z',
          updatedAt: '2026-01-15T00:00:00.000Z',
          archivedAt: null,
          archiveReason: null,
        }
        const places = ['region', 'province', 'city', 'barangay']
        const columns = communityColumns.filter((column) => column.importable && !places.includes(column.key))
        const parsed = parseCommunityInput(
          Object.fromEntries(columns.map((column) => [column.key, String(column.value(written) ?? '')])),
          today,
        )
        expect(parsed).toMatchObject({
          value: {
            name: given.name,
            status: given.status,
            latitude: given.latitude,
            longitude: 125,
            ...(given.primaryGroup && { primaryGroup: given.primaryGroup }),
            ...(given.proximity && { proximity: given.proximity }),
            ...(given.aliases.length > 0 && { aliases: given.aliases }),
            ...(written.otherGroups.length > 0 && { otherGroups: written.otherGroups }),
          },
        })
      }),
    )
  })

  test('labels and codes are two spellings of one thing', () => {
    for (const code of [...communityStatuses, ...ethnolinguisticGroups, ...settlementTypes, ...proximities])
      expect(codeOf(labelOf(code))).toBe(code)
  })
})

describe('paging', () => {
  const id = '0192d1a0-0000-7000-8000-000000000000'
  test('a cursor is taken back as it was given', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9 ']*$/), (key) => {
        expect(positionOf(cursorOf('-name', { key, id }), '-name')).toEqual({ key, id })
      }),
    )
  })
  test.each([
    'x',
    '',
    '%%%',
    cursorOf('name', { key: 'a', id: 'not an id' }),
    cursorOf('-name', { key: 'a', id }),
    cursorOf('name', { key: 5, id }),
    cursorOf('name', { key: '\0', id }),
    Buffer.from('null').toString('base64url'),
    Buffer.from('{"a":1}').toString('base64url'),
    Buffer.from('[['.repeat(300)).toString('base64url'),
  ])('a broken cursor is refused: %s', (cursor) =>
    expect(() => positionOf(cursor, 'name')).toThrow(expect.objectContaining({ code: 'invalid_input' })),
  )
  test.each([
    ['updated', 'yesterday'],
    ['updated', '0000-01-01T00:00:00Z'],
    ['population', 2 ** 40],
    ['population', 1.5],
    ['population', '5'],
  ] as const)('a cursor of %s cannot hold %j', (sort, key) =>
    expect(() => positionOf(cursorOf(sort, { key, id }), sort)).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    ),
  )
})

test('figures of nothing are zeros', () => {
  expect(figuresOf([])).toEqual({
    total: 0,
    byStatus: { confirmed: 0, presumed: 0, none_found: 0 },
    byGroup: [],
    byRegion: [],
    population: { sum: 0, known: 0 },
    households: { sum: 0, known: 0 },
    located: 0,
  })
})

test('words to look for', () => {
  expect(searchWords(' Brgy. PEÑAFIEL-Sto. Niño  penafiel ')).toEqual(['brgy', 'penafiel', 'sto', 'nino'])
  expect(searchWords('%_\\')).toEqual([])
})
