import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { isPlausiblyInRegion } from '../places/index.ts'
import { placesService } from '../places/places.service.ts'
import { type DemoService, demoService } from './demo.service.ts'
import { towns } from './towns.geo.ts'

let app: TestApp
let demo: DemoService
beforeAll(async () => {
  app = await createTestApp()
  demo = demoService({ ...app, places: placesService(app) })
})
afterAll(() => app.close())

interface Row {
  office_id: string
  name: string
  region_code: string
  status: string
  status_source: string
  status_date: string
  population: number | null
  households: number | null
  families: number | null
  latitude: number | null
  longitude: number | null
  primary_group: string | null
}

test('towns of the set lie in their regions', async () => {
  const rows = await app.query<{ code: string; region_code: string }>(
    `SELECT code, region_code FROM places WHERE level = 'city' AND code = ANY($1)`,
    [towns.map(([code]) => code)],
  )
  expect(rows).toHaveLength(towns.length)
  const regions = new Map(rows.map((row) => [row.code, row.region_code]))
  for (const [code, latitude, longitude] of towns)
    expect([code, isPlausiblyInRegion(regions.get(code) ?? '', latitude, longitude)]).toEqual([code, true])
})

test('loads 2,000 marked, made-up communities of Regions IX to XII outside BARMM; twice is the same as once', async () => {
  const own = await app.createCommunity({ name: 'A real one' })
  expect(await demo.load()).toBe(2000)
  expect(await demo.load()).toBe(2000)
  expect(await demo.count()).toBe(2000)

  const rows = await app.query<Row>(`SELECT *, status_date::text FROM communities WHERE demo`)
  const regions = new Map<string, number>()
  for (const row of rows) {
    regions.set(row.region_code, (regions.get(row.region_code) ?? 0) + 1)
    expect(row.office_id).toMatch(/^DEMO-(09|10|11|12)-\d{4}$/)
    expect(row.status_source).toContain('Demonstration record')
    expect(row.status_date < '2026-01-01').toBe(true)
    if (row.status === 'none_found') expect([row.population, row.primary_group]).toEqual([null, null])
    if (row.population !== null) {
      expect(row.households).toBeLessThanOrEqual(row.population)
      expect(row.families).toBeGreaterThanOrEqual(row.households ?? 0)
    }
    if (row.latitude !== null && row.longitude !== null)
      expect(isPlausiblyInRegion(row.region_code, row.latitude, row.longitude)).toBe(true)
  }
  expect([...regions.keys()].sort()).toEqual(['0900000000', '1000000000', '1100000000', '1200000000'])
  expect(Math.min(...regions.values())).toBeGreaterThan(200)

  const contacts = await app.query<{ name: string; phone: string }>('SELECT name, phone FROM community_contacts')
  expect(contacts.length).toBeGreaterThan(400)
  for (const { name, phone } of contacts) {
    expect(name).toMatch(/^Demo Contact \d+$/)
    expect(phone).toMatch(/^0900 000 \d{4}$/)
  }
  expect(await app.query('SELECT 1 FROM communities WHERE id = $1 AND NOT demo', [own])).toHaveLength(1)
})

test('keeps what was edited, adds what is missing, and is the same on every machine', async () => {
  const before = await app.query<Row>('SELECT office_id, name, barangay_code FROM communities WHERE demo ORDER BY 1')
  await app.query(`UPDATE communities SET name = 'Edited', version = 2 WHERE office_id = 'DEMO-09-0001'`)
  await app.query(`DELETE FROM communities WHERE office_id IN ('DEMO-09-0002', 'DEMO-12-0003')`)
  expect(await demo.load()).toBe(2000)
  const after = await app.query<Row>('SELECT office_id, name, barangay_code FROM communities WHERE demo ORDER BY 1')
  expect(after.filter((row) => row.office_id !== 'DEMO-09-0001')).toEqual(
    before.filter((row) => row.office_id !== 'DEMO-09-0001'),
  )
  expect(after.find((row) => row.office_id === 'DEMO-09-0001')?.name).toBe('Edited')
})

test('removes exactly these with their contact persons, edited and archived ones too; the audit trail stays', async () => {
  await app.query(
    `UPDATE communities SET archived_at = now(), archive_reason = 'test' WHERE office_id = 'DEMO-10-0001'`,
  )
  const [trail] = await app.query<{ count: number }>(`SELECT count(*)::int FROM audit_events`)
  // What people put on one of them is theirs: it stays, and is told.
  const [used] = await app.query<{ id: string }>(`SELECT id FROM communities WHERE office_id = 'DEMO-09-0005'`)
  const [linked] = await app.query<{ id: string }>(`SELECT id FROM communities WHERE office_id = 'DEMO-09-0006'`)
  const fileId = await app.createFile({ record: { type: 'community', id: used?.id ?? '' } })
  await app.query(
    `INSERT INTO file_links (id, file_id, community_id, created_at) VALUES (gen_random_uuid(), $1, $2, now())`,
    [fileId, linked?.id],
  )
  expect(await demo.remove()).toEqual({ removed: 1999, kept: 1 })
  await app.query('UPDATE files SET community_id = (SELECT id FROM communities WHERE NOT demo LIMIT 1) WHERE id = $1', [
    fileId,
  ])
  expect(await demo.remove()).toEqual({ removed: 1, kept: 0 })
  expect(await demo.remove()).toEqual({ removed: 0, kept: 0 })
  expect(await demo.count()).toBe(0)
  expect(await app.query('SELECT name FROM communities')).toEqual([{ name: 'A real one' }])
  expect(await app.query('SELECT 1 FROM community_contacts')).toEqual([])
  const [later] = await app.query<{ count: number }>(`SELECT count(*)::int FROM audit_events`)
  expect(later?.count).toBe((trail?.count ?? 0) + 2)
  expect(await demo.load()).toBe(2000)
})
