import { afterAll, beforeAll, expect, test } from 'vitest'
import { barangays, type TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let staff: TestUser
let communityId: string
let url: string
beforeAll(async () => {
  app = await createTestApp()
  staff = await app.createUser({ role: 'staff' })
  communityId = await app.createCommunity()
  url = `/api/v1/communities/${communityId}/contacts`
})
afterAll(() => app?.close())

const person = { name: 'Ustadz Karim', role: 'ustadz', phone: '0917 000 0000' } as const
const add = (body: unknown, who = staff, headers?: Record<string, string>) =>
  app.call(who, 'POST', url, { body, ...(headers && { headers }) })
const list = async (who = staff) => (await app.call(who, 'GET', url)).json().items

test('a contact person is added, changed field by field and taken off; the trail keeps it', async () => {
  const added = (await add({ ...person, verifiedOn: '2026-03-01' })).json()
  expect(added).toEqual({
    id: added.id,
    ...person,
    position: null,
    email: null,
    verifiedOn: '2026-03-01',
    version: 1,
  })
  expect(await list()).toEqual([added])
  const changed = await app.call(staff, 'PATCH', `${url}/${added.id}`, {
    body: { version: 1, phone: null, position: 'Imam' },
  })
  expect(changed.json()).toEqual({ ...added, phone: null, position: 'Imam', version: 2 })
  expect(await list()).toEqual([changed.json()])

  const remove = (version: number) => app.call(staff, 'POST', `${url}/${added.id}/remove`, { body: { version } })
  expect((await remove(1)).json().code).toBe('stale_version')
  expect((await remove(2)).statusCode).toBe(204)
  expect((await remove(3)).statusCode).toBe(404)
  expect(await list()).toEqual([])
  const trail = await app.query<{ action: string; before: object; after: object }>(
    "SELECT action, before, after FROM audit_events WHERE subject_type = 'community' AND subject_id = $1 ORDER BY id",
    [communityId],
  )
  expect(trail).toEqual([
    {
      action: 'community.contact_added',
      before: null,
      after: { contactId: added.id, ...person, verifiedOn: '2026-03-01' },
    },
    {
      action: 'community.contact_changed',
      before: { contactId: added.id, phone: person.phone, position: null },
      after: { contactId: added.id, phone: null, position: 'Imam', version: 2 },
    },
    {
      action: 'community.contact_removed',
      before: { contactId: added.id, name: person.name, role: person.role, position: 'Imam', verifiedOn: '2026-03-01' },
      after: { contactId: added.id, version: 3 },
    },
  ])
})

test('a stale save shows both values', async () => {
  const added = (await add(person)).json()
  await app.call(staff, 'PATCH', `${url}/${added.id}`, { body: { version: 1, phone: '0918' } })
  const reply = await app.call(staff, 'PATCH', `${url}/${added.id}`, { body: { version: 1, phone: '0919' } })
  expect(reply.statusCode).toBe(409)
  expect(reply.json().details).toEqual({
    current: { ...added, phone: '0918', version: 2 },
    changed: [{ field: 'phone', base: person.phone, theirs: '0918', mine: '0919', collides: true }],
  })
})

test('who may not see contact persons may add one, and is told nothing of the others', async () => {
  const added = (await add({ ...person, name: 'Bai Secret' })).json()
  const blind = await app.createUser({
    role: 'staff',
    grants: [{ permission: 'community.read_contacts', effect: 'deny' }],
  })
  expect((await app.call(blind, 'GET', url)).statusCode).toBe(403)
  await app.call(staff, 'PATCH', `${url}/${added.id}`, { body: { version: 1, phone: '0918' } })
  for (const version of [1, 2]) {
    const changed = await app.call(blind, 'PATCH', `${url}/${added.id}`, { body: { version, position: 'Imam' } })
    const removed = await app.call(blind, 'POST', `${url}/${added.id}/remove`, { body: { version } })
    expect([changed.json().code, removed.json().code]).toEqual(['forbidden', 'forbidden'])
    expect(changed.body + removed.body).not.toMatch(/Secret|0918/)
  }
  expect((await add({ ...person, name: 'Seen By Him' }, blind)).statusCode).toBe(201)
})

test.each<[string, object, string]>([
  ['no name', { role: 'imam' }, 'name'],
  ['NUL in the name', { name: 'a\u0000', role: 'imam' }, 'name'],
  ['an unknown role', { name: 'A', role: 'king' }, 'role'],
  ['a broken address', { name: 'A', role: 'imam', email: 'a@' }, 'email'],
  ['checked tomorrow', { name: 'A', role: 'imam', verifiedOn: '2026-03-03' }, 'verifiedOn'],
  ['a phone number of 41 characters', { name: 'A', role: 'imam', phone: '9'.repeat(41) }, 'phone'],
])('%s is refused', async (_, body, field) => {
  const reply = await add(body)
  expect([reply.json().code, reply.json().fields[0].path]).toEqual(['invalid_input', field])
})

test('another community’s contact person is not found here, nor with an archived community', async () => {
  const added = (await add(person)).json()
  const other = await app.createCommunity({ barangayCode: barangays.zamboanga })
  const reply = await app.call(staff, 'PATCH', `/api/v1/communities/${other}/contacts/${added.id}`, {
    body: { version: 1, phone: '1' },
  })
  expect(reply.statusCode).toBe(404)
  const archived = await app.createCommunity({ archivedAt: app.clock.now() })
  const late = await app.call(staff, 'POST', `/api/v1/communities/${archived}/contacts`, { body: person })
  expect(late.json().code).toBe('wrong_state')
})

test('a second click adds nobody twice', async () => {
  const headers = { 'idempotency-key': 'contact-click-1' }
  const replies = await Promise.all([1, 2].map(() => add({ ...person, name: 'Once Only' }, staff, headers)))
  expect(new Set(replies.map((reply) => reply.json().id)).size).toBe(1)
  expect((await list()).filter((item: { name: string }) => item.name === 'Once Only')).toHaveLength(1)
})
