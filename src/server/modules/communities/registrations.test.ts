import { afterAll, beforeAll, expect, test } from 'vitest'
import { barangays } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { type ImportedCommunity, parseCommunityInput, registerMany, removeDemo } from './index.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app?.close())

const row = (extra: object = {}): ImportedCommunity => {
  const cells = {
    name: 'A',
    barangayCode: barangays.saranganiAlabel,
    status: 'presumed',
    statusSource: 's',
    statusDate: '2026-01-15',
  }
  const parsed = parseCommunityInput({ ...cells, ...extra }, '2026-03-02')
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.value
}
const doer = { system: 'import job' }
const register = (rows: ImportedCommunity[], options = {}) =>
  app.db.transact((tx) => registerMany(tx, app.clock, doer, [rows], options))

test('rows are registered as the form would, each with its number and its entry in the trail', async () => {
  const importId = '0192d1a0-0000-7000-8000-000000000000'
  const rows = [
    row({
      name: 'Sitio Ñ',
      aliases: 'B; C',
      population: '12',
      otherGroups: 'sama',
      latitude: '6',
      longitude: '125',
      notes: 'n',
    }),
    row({ name: 'Two', officeId: 'R12-SK-PAL-001', barangayCode: barangays.zamboanga }),
  ]
  expect(await register(rows, { importId })).toBe(2)
  const kept = await app.query(
    `SELECT office_id, name, aliases, barangay_code, city_code, province_code, region_code, status, status_date::text, population,
       households, other_groups, latitude, notes, sitio, demo, version, created_by, import_id, sort_name
     FROM communities ORDER BY sort_name`,
  )
  expect(kept).toEqual([
    {
      office_id: expect.stringMatching(/^OBC-12-\d{6}$/),
      name: 'Sitio Ñ',
      aliases: ['B', 'C'],
      barangay_code: barangays.saranganiAlabel,
      city_code: '1208001000',
      province_code: '1208000000',
      region_code: '1200000000',
      status: 'presumed',
      status_date: '2026-01-15',
      population: 12,
      households: null,
      other_groups: ['sama'],
      latitude: 6,
      notes: 'n',
      sitio: null,
      demo: false,
      version: 1,
      created_by: null,
      import_id: importId,
      sort_name: 'sitio n',
    },
    expect.objectContaining({ office_id: 'R12-SK-PAL-001', province_code: null, region_code: '0900000000' }),
  ])
  const trail = await app.query('SELECT actor_name, action, after FROM audit_events ORDER BY id')
  expect(trail).toEqual([
    {
      actor_name: 'import job',
      action: 'community.imported',
      after: expect.objectContaining({ name: 'Sitio Ñ', aliases: ['B', 'C'], population: 12, version: 1 }),
    },
    {
      actor_name: 'import job',
      action: 'community.imported',
      after: expect.objectContaining({ officeId: 'R12-SK-PAL-001' }),
    },
  ])
})

test('a number that is taken refuses the whole, and nothing is kept', async () => {
  const rows = [row({ name: 'Three' }), row({ name: 'Four', officeId: 'R12-SK-PAL-001' })]
  await expect(register(rows)).rejects.toMatchObject({ code: 'already_exists' })
  expect(await app.query("SELECT FROM communities WHERE name = 'Three'")).toEqual([])
})

test('numbers go on, each once, across batches', async () => {
  expect(
    await register(
      Array.from({ length: 4500 }, (_, index) => row({ name: `Demo ${index}` })),
      { demo: true },
    ),
  ).toBe(4500)
  expect(await app.query('SELECT count(DISTINCT office_id)::int AS n FROM communities WHERE demo')).toEqual([
    { n: 4500 },
  ])
})

test('the made-up ones go together, the others stay', async () => {
  expect(await app.db.transact((tx) => removeDemo(tx, app.clock, doer))).toEqual({ removed: 4500, kept: 0 })
  expect(await app.query('SELECT count(*)::int AS n FROM communities')).toEqual([{ n: 2 }])
  expect(await app.db.transact((tx) => removeDemo(tx, app.clock, doer))).toEqual({ removed: 0, kept: 0 })
})
