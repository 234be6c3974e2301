import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let executive: TestUser
const url = '/api/v1/organisations'

beforeAll(async () => {
  app = await createTestApp()
  executive = await app.createUser({ role: 'executive' })
})
afterAll(() => app.close())

const create = (body: object, headers?: Record<string, string>) =>
  app.call(executive, 'POST', url, { body, ...(headers && { headers }) })

describe('those of BARMM', () => {
  test('come with the schema: sixteen ministries, and the offices and agencies known by name', async () => {
    const ministries = (await app.call(executive, 'GET', `${url}?type=ministry`)).json()
    expect(ministries.total).toBe(16)
    expect(ministries.items.map((item: { acronym: string }) => item.acronym).sort()).toEqual(
      'MAFAR MBHTE MENRE MFBM MHSD MILG MIPA MOH MOLE MOST MOTC MPOS MPW MSSD MTIT OCM'.split(' '),
    )
    const others = (await app.call(executive, 'GET', `${url}?type=office,agency&limit=200`)).json()
    expect(others.total).toBe(16)
    expect(others.items.map((item: { name: string }) => item.name)).toContain('Office of the Wali')
  })

  test('are offered to whoever registers while they are active', async () => {
    const closed = (await create({ name: 'Closed Office', type: 'office' })).json()
    await app.call(executive, 'PATCH', `${url}/${closed.id}`, { body: { version: 1, active: false } })
    await create({ name: 'A City Hall', type: 'lgu' })
    const { items } = (await app.call(undefined, 'GET', '/api/v1/registrations/organisations')).json()
    const names = items.map((item: { name: string }) => item.name)
    expect(names).toContain('Ministry of Health')
    expect(names).not.toContain('Closed Office')
    expect(names).not.toContain('A City Hall')
  })
})

describe('the list', () => {
  test('finds by words of name or acronym, whatever the spelling', async () => {
    const find = async (q: string) =>
      (await app.call(executive, 'GET', `${url}?q=${encodeURIComponent(q)}`))
        .json()
        .items.map((item: { acronym: string }) => item.acronym)
    expect(await find('health ministry')).toEqual(['MOH'])
    expect(await find('mbhte')).toEqual(['MBHTE'])
    expect(await find("indigenous peoples' AFFAIRS")).toEqual(['MIPA'])
    expect(await find('%')).toHaveLength(await app.query('SELECT FROM organisations').then((rows) => rows.length))
  })

  test('goes on page by page without gap or repeat', async () => {
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: { items: { name: string }[]; nextCursor: string | null; total: number | null } = (
        await app.call(executive, 'GET', `${url}?limit=7${cursor && `&cursor=${cursor}`}`)
      ).json()
      expect(page.total === null).toBe(cursor !== '')
      seen.push(...page.items.map((item) => item.name))
      cursor = page.nextCursor
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength((await app.query('SELECT FROM organisations')).length)
  })

  test('refuses a broken cursor', async () => {
    for (const text of ['x', '["a","b"]', '7', `["a\\u0000","${executive.id}"]`]) {
      const cursor = Buffer.from(text).toString('base64url')
      expect((await app.call(executive, 'GET', `${url}?cursor=${cursor}`)).json().code).toBe('invalid_input')
    }
  })
})

describe('adding and changing', () => {
  test('is audited, versioned and once-only', async () => {
    const headers = { 'idempotency-key': 'organisation-1' }
    const body = { name: 'UNICEF Philippines', acronym: 'UNICEF', type: 'donor' }
    const made = (await create(body, headers)).json()
    expect((await create(body, headers)).json().id).toBe(made.id)
    const change = (body: object) => app.call(executive, 'PATCH', `${url}/${made.id}`, { body })
    const changed = await change({ version: 1, name: 'UNICEF', acronym: '' })
    expect(changed.json()).toMatchObject({ name: 'UNICEF', acronym: null, type: 'donor', version: 2 })
    expect(changed.headers.etag).toBe('"2"')
    expect((await change({ version: 1, name: 'Other' })).json()).toMatchObject({
      code: 'stale_version',
      details: { version: 2 },
    })
    const trail = await app.query<{ action: string; after: object }>(
      `SELECT action, after FROM audit_events WHERE subject_id = $1 ORDER BY id`,
      [made.id],
    )
    expect(trail).toEqual([
      { action: 'organisation.created', after: { ...body, active: true } },
      { action: 'organisation.changed', after: { name: 'UNICEF', acronym: null } },
    ])
  })

  test('refuses a second organisation of the same name, however spelled', async () => {
    const reply = await create({ name: 'ministry of  HEALTH', type: 'ministry' })
    expect(reply.json()).toMatchObject({ code: 'already_exists', fields: [{ path: 'name' }] })
    const other = (await create({ name: 'Another one', type: 'other' })).json()
    const renamed = await app.call(executive, 'PATCH', `${url}/${other.id}`, {
      body: { version: 1, name: 'Ministry of Health' },
    })
    expect(renamed.json().code).toBe('already_exists')
  })

  test('refuses wrong types, long and empty names, unknown fields', async () => {
    for (const body of [
      { name: '', type: 'other' },
      { name: 'x'.repeat(301), type: 'other' },
      { name: 'X', type: 'company' },
      { name: 'X', type: 'other', id: 1 },
    ])
      expect((await create(body)).json().code).toBe('invalid_input')
  })

  test('asks for the permission, and does not know what is not there', async () => {
    const staff = await app.createUser({ role: 'staff' })
    expect((await app.call(staff, 'POST', url, { body: { name: 'X', type: 'other' } })).json().code).toBe('forbidden')
    for (const id of ['00000000-0000-7000-8000-000000000000', 'x'])
      expect((await app.call(executive, 'PATCH', `${url}/${id}`, { body: { version: 1 } })).json().code).toBe(
        'not_found',
      )
  })
})
