import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let administrator: TestUser
const url = '/api/v1/accounts'

beforeAll(async () => {
  app = await createTestApp()
  administrator = await app.createUser({ role: 'administrator' })
})
afterAll(() => app.close())

const grant = (id: string, body: object, who = administrator) =>
  app.call(who, 'POST', `${url}/${id}/grants`, { body: { reason: 'For the study', ...body } })
const organisations = (who: TestUser) => app.call(who, 'GET', '/api/v1/organisations')
const inSeconds = (seconds: number) => new Date(app.clock.now().getTime() + seconds * 1000).toISOString()

describe('a grant', () => {
  test('gives one person a permission until it expires', async () => {
    const person = await app.createUser({ role: 'participant' })
    expect((await organisations(person)).json().code).toBe('forbidden')
    const given = await grant(person.id, {
      permission: 'organisation.read',
      effect: 'allow',
      scope: 'all',
      expiresAt: inSeconds(3600),
    })
    expect(given.statusCode).toBe(201)
    expect(given.json().grants).toMatchObject([
      { permission: 'organisation.read', createdBy: administrator.name, expired: false },
    ])
    expect((await organisations(person)).statusCode).toBe(200)
    app.clock.pass(3601)
    expect((await organisations(person)).json().code).toBe('forbidden')
    expect((await app.call(administrator, 'GET', `${url}/${person.id}`)).json()).toMatchObject({
      grants: [{ expired: true }],
    })
  })

  test('is replaced by a denial of the same permission, and the denial wins over the role', async () => {
    const person = await app.createUser({ role: 'staff' })
    await grant(person.id, { permission: 'organisation.read', effect: 'allow', scope: 'all' })
    expect((await organisations(person)).statusCode).toBe(200)
    const denied = await grant(person.id, { permission: 'organisation.read', effect: 'deny', reason: 'Under review' })
    expect(denied.json().grants).toMatchObject([{ effect: 'deny', scope: null, reason: 'Under review' }])
    expect((await organisations(person)).json().code).toBe('forbidden')
    const removed = await app.call(administrator, 'DELETE', `${url}/${person.id}/grants/${denied.json().grants[0].id}`)
    expect(removed.json().grants).toEqual([])
    expect((await organisations(person)).statusCode).toBe(200)
    const trail = await app.query('SELECT action FROM audit_events WHERE subject_id = $1 ORDER BY id', [person.id])
    expect(trail.map((row) => row.action)).toEqual([
      'account.grant_added',
      'account.grant_added',
      'account.grant_removed',
    ])
  })

  test.each([
    ['scope', { permission: 'community.read', effect: 'allow' }],
    ['scope', { permission: 'community.read', effect: 'allow', scope: 'organisation' }],
    ['scope', { permission: 'community.read', effect: 'deny', scope: 'all' }],
    ['expiresAt', { permission: 'community.read', effect: 'deny', expiresAt: '2020-01-01T00:00:00Z' }],
    ['permission', { permission: 'money.spend', effect: 'deny' }],
    ['effect', { permission: 'community.read', effect: 'maybe' }],
    ['reason', { permission: 'community.read', effect: 'deny', reason: '' }],
  ])('is refused for %s: %j', async (path, body) => {
    const person = await app.createUser({ role: 'partner' })
    expect((await grant(person.id, body)).json()).toMatchObject({ code: 'invalid_input', fields: [{ path }] })
  })

  test('that is not there cannot be removed, nor one of another person', async () => {
    const [one, two] = [await app.createUser({ role: 'partner' }), await app.createUser({ role: 'partner' })]
    const given = (await grant(one.id, { permission: 'place.read', effect: 'deny' })).json().grants[0].id
    for (const path of [
      `${two.id}/grants/${given}`,
      `${one.id}/grants/00000000-0000-7000-8000-000000000000`,
      `${one.id}/grants/x`,
    ])
      expect((await app.call(administrator, 'DELETE', `${url}/${path}`)).json().code).toBe('not_found')
  })
})

describe('nobody widens the own access', () => {
  test('not with a grant to oneself', async () => {
    const body = { permission: 'community.read', effect: 'allow', scope: 'all' }
    expect((await grant(administrator.id, body)).json().code).toBe('wrong_state')
    expect((await grant(administrator.id, { permission: 'community.read', effect: 'deny' })).json().code).toBe(
      'wrong_state',
    )
  })

  test('not through another person: one gives what one has', async () => {
    const deputy = await app.createUser({
      role: 'partner',
      grants: [{ permission: 'account.edit', effect: 'allow', scope: 'all' }],
    })
    const friend = await app.createUser({ role: 'partner' })
    const give = (permission: string) => grant(friend.id, { permission, effect: 'allow', scope: 'all' }, deputy)
    expect((await give('community.edit')).json().code).toBe('forbidden')
    expect((await give('organisation.read')).statusCode).toBe(201)
  })

  test('not with an executive’s approval or invitation', async () => {
    const executive = await app.createUser({ role: 'executive' })
    const body = { email: 'boss@example.org', name: 'Boss', role: 'administrator' }
    expect((await app.call(executive, 'POST', '/api/v1/invitations', { body })).json().code).toBe('forbidden')
    const asked = await app.createUser({ role: 'researcher', state: 'requested' })
    const approve = { version: 1, role: 'administrator' }
    expect((await app.call(executive, 'POST', `${url}/${asked.id}/approve`, { body: approve })).json().code).toBe(
      'forbidden',
    )
  })
})

describe('the last administrator', () => {
  /** Who may change accounts but is no administrator, so that only the rule stands between. */
  const deputise = () =>
    app.createUser({ role: 'executive', grants: [{ permission: 'account.edit', effect: 'allow', scope: 'all' }] })
  const only = async () => {
    await app.query(`UPDATE users SET role = 'ocm' WHERE role = 'administrator'`)
    return app.createUser({ role: 'administrator' })
  }
  const remaining = () => app.query(`SELECT id FROM users WHERE role = 'administrator' AND state = 'active'`)

  test('cannot be demoted, switched off or denied', async () => {
    const [deputy, last] = [await deputise(), await only()]
    const ask = (method: string, path: string, body: object) =>
      app.call(deputy, method, `${url}/${last.id}${path}`, { body })
    expect((await ask('PATCH', '', { version: 1, role: 'staff' })).json().code).toBe('wrong_state')
    expect((await ask('POST', '/deactivate', { version: 1, reason: 'x' })).json().code).toBe('wrong_state')
    expect(
      (await ask('POST', '/grants', { permission: 'account.edit', effect: 'deny', reason: 'x' })).json().code,
    ).toBe('wrong_state')
    expect(await remaining()).toEqual([{ id: last.id }])
    expect(
      (await ask('POST', '/grants', { permission: 'community.edit', effect: 'deny', reason: 'x' })).statusCode,
    ).toBe(201)
  })

  test('stays when two administrators demote each other at the same moment', async () => {
    const [deputy, one] = [await deputise(), await only()]
    const two = await app.createUser({ role: 'administrator' })
    const demote = (who: TestUser, id: string) =>
      app.call(who, 'PATCH', `${url}/${id}`, { body: { version: 1, role: 'ocm' } })
    const replies = await Promise.all([
      demote(one, two.id),
      demote(two, one.id),
      demote(deputy, one.id),
      demote(deputy, two.id),
    ])
    expect(replies.filter((reply) => reply.statusCode === 200)).toHaveLength(1)
    expect(await remaining()).toHaveLength(1)
  })

  test('stays when two administrators deny each other at the same moment', async () => {
    const one = await only()
    const two = await app.createUser({ role: 'administrator' })
    const deny = (who: TestUser, id: string) => grant(id, { permission: 'account.edit', effect: 'deny' }, who)
    const replies = await Promise.all([deny(one, two.id), deny(two, one.id)])
    expect(replies.map((reply) => reply.statusCode).sort()).toEqual([201, 409])
  })
})
