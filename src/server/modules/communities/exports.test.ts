import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { barangays, type TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { columnOfHeader, communityColumns } from './communities.columns.ts'

let app: TestApp
let staff: TestUser
const url = '/api/v1/communities/export'
const many = 6000
beforeAll(async () => {
  app = await createTestApp({ settings: { DB_POOL_TOTAL: '26' } })
  staff = await app.createUser({ role: 'staff' })
  const one = await app.createCommunity({
    name: '=HYPERLINK("http://evil")',
    population: 1200,
    latitude: 6.1,
    longitude: 125.2,
    primaryGroup: 'kagan_kalagan',
  })
  await app.createCommunity({ name: 'Sitio "Quoted", Baru', barangayCode: barangays.zamboanga, status: 'none_found' })
  await app.query(
    `INSERT INTO community_contacts (id, community_id, name, role, phone, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, 'Bai Secret', 'imam', '0917', now(), now())`,
    [one],
  )
})
afterAll(() => app?.close())

const get = (query: string, who = staff) => app.call(who, 'GET', `${url}?${query}`)

describe('a file', () => {
  test('CSV: headers an import finds again, formulas made harmless, no personal data', async () => {
    const reply = await get('format=csv')
    expect(reply.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(reply.headers['content-disposition']).toContain('filename="obc-communities-2026-03-02.csv"')
    const [header = '', ...lines] = reply.body.replace('\uFEFF', '').trimEnd().split('\r\n')
    expect(header.split(',').map((text) => columnOfHeader(text)?.key)).toEqual(
      communityColumns.map((column) => column.key),
    )
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('"\'=HYPERLINK(""http://evil"")"')
    expect(lines[0]).toContain('Region XII (SOCCSKSARGEN),Sarangani,Alabel,Alegria')
    expect(lines[0]).toContain('1200')
    expect(lines[0]).toContain('Kagan/Kalagan')
    expect(lines[0]).toContain('2026-03-02 09:00:00')
    expect(lines[1]).toContain('"Sitio ""Quoted"", Baru"')
    expect(lines[1]).toContain('None found')
    expect(reply.body).not.toMatch(/Secret|0917/)
  })

  test('GeoJSON: rows without coordinates have no geometry', async () => {
    const reply = await get('format=geojson')
    expect(reply.headers['content-type']).toBe('application/geo+json; charset=utf-8')
    const { type, features } = reply.json()
    expect(type).toBe('FeatureCollection')
    expect(features.map((feature: { geometry: unknown }) => feature.geometry)).toEqual([
      { type: 'Point', coordinates: [125.2, 6.1] },
      null,
    ])
    expect(features[0].properties).toMatchObject({ population: 1200, primaryGroup: 'kagan_kalagan', city: 'Alabel' })
    expect((await get('format=geojson&q=nothing-like-it')).json()).toEqual({ type: 'FeatureCollection', features: [] })
  })

  test('XLSX: a workbook', async () => {
    const reply = await get('format=xlsx')
    expect(reply.rawPayload.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004')
    expect(reply.headers['content-disposition']).toContain('obc-communities-2026-03-02.xlsx')
  })

  test('is written down: who took what, how many', async () => {
    await get('format=csv&status=none_found&sort=-name')
    const [entry] = await app.query<{ after: object; actor_id: string }>(
      "SELECT after, actor_id FROM audit_events WHERE action = 'community.exported' ORDER BY id DESC LIMIT 1",
    )
    expect(entry).toEqual({
      actor_id: staff.id,
      after: { format: 'csv', sort: '-name', filter: { status: ['none_found'] }, count: 1 },
    })
  })

  test.each(['', 'format=pdf', 'format=csv&status=maybe', 'format=csv&sort=x'])('%j is refused', async (query) => {
    expect((await get(query)).json().code).toBe('invalid_input')
  })
})

describe('a reader on the line', () => {
  let port: number
  beforeAll(async () => {
    await app.query(
      `INSERT INTO communities (id, office_id, name, barangay_code, city_code, province_code, region_code, status, status_source,
         status_date, notes, created_at, updated_at)
       SELECT gen_random_uuid(), 'MANY-' || n, 'Many ' || n, code, city_code, province_code, region_code, 'presumed', 'test',
         '2026-01-15', repeat('x', 2000), now(), now()
       FROM generate_series(1, ${many}) n, places WHERE code = '${barangays.saranganiAlabel}'`,
    )
    await app.server.app.listen({ port: 0, host: '127.0.0.1' })
    port = (app.server.app.server.address() as AddressInfo).port
  })

  async function open() {
    const asked = request({
      port,
      path: `${url}?format=csv&q=many`,
      headers: { cookie: `obcms_session=${staff.token}` },
    })
    asked.on('error', () => {})
    asked.end()
    const [reply] = await once(asked, 'response')
    return { asked, reply }
  }
  const open_transactions = async () =>
    Number(
      (
        await app.query<{ n: string }>(
          "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
        )
      )[0]?.n,
    )
  async function until(expected: number) {
    for (let tries = 0; tries < 50 && (await open_transactions()) !== expected; tries++) await setTimeout(50)
    expect(await open_transactions()).toBe(expected)
  }

  test('gets every row of one moment, whatever is written meanwhile', async () => {
    const { reply } = await open()
    await app.query("UPDATE communities SET archived_at = now() WHERE office_id LIKE 'MANY-%5'")
    let lines = -1
    for await (const chunk of reply) lines += String(chunk).split('\r\n').length - 1
    expect(lines).toBe(many)
    await app.query("UPDATE communities SET archived_at = NULL WHERE office_id LIKE 'MANY-%5'")
    await until(0)
  })

  test('who goes away ends the query; a few at once are enough, and lists go on', async () => {
    const readers = await Promise.all([open(), open(), open()])
    await until(3)
    const fourth = await get('format=csv')
    expect([fourth.statusCode, fourth.json().code, fourth.headers['retry-after']]).toEqual([
      429,
      'too_many_requests',
      '30',
    ])
    expect((await app.call(staff, 'GET', '/api/v1/communities')).statusCode).toBe(200)
    for (const { asked } of readers) asked.destroy()
    await until(0)
    expect((await get('format=csv&q=quoted')).statusCode).toBe(200)
  })
})
