import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '#contract/access.ts'
import { barangays, type TestUser, type UserOptions } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let administrator: TestUser
let ministry: string
let otherMinistry: string
const url = '/api/v1/accounts'
const absent = '00000000-0000-7000-8000-000000000000'

beforeAll(async () => {
  app = await createTestApp()
  administrator = await app.createUser({ role: 'administrator' })
  const rows = await app.query<{ id: string }>(
    `SELECT id FROM organisations WHERE acronym IN ('MOH', 'MSSD') ORDER BY acronym`,
  )
  ;[ministry, otherMinistry] = rows.map((row) => row.id) as [string, string]
})
afterAll(() => app.close())

const createPerson = (role: Role = 'staff', options: UserOptions = {}) => app.createUser({ role, ...options })
const post = (id: string, verb: string, body: object = {}, who = administrator) =>
  app.call(who, 'POST', `${url}/${id}/${verb}`, { body })
const change = (id: string, body: object, who = administrator) => app.call(who, 'PATCH', `${url}/${id}`, { body })
const show = async (id: string, who = administrator) => (await app.call(who, 'GET', `${url}/${id}`)).json()
const lastAudit = async (id: string) =>
  (
    await app.query('SELECT action, before, after FROM audit_events WHERE subject_id = $1 ORDER BY id DESC LIMIT 1', [
      id,
    ])
  )[0]

describe('the list', () => {
  const names = async (query: string, who = administrator) =>
    (await app.call(who, 'GET', `${url}?${query}`)).json().items.map((item: { name: string }) => item.name)

  test('finds by words, role, state and organisation, sorted by name', async () => {
    await createPerson('moa_focal', { name: 'Zainab Ñaño', organisationId: ministry, email: 'zainab.list@example.org' })
    await createPerson('partner', { name: 'Abdul Nano', state: 'inactive' })
    expect(await names('q=nano')).toEqual(['Abdul Nano', 'Zainab Ñaño'])
    expect(await names('q=ZAINAB.LIST')).toEqual(['Zainab Ñaño'])
    expect(await names('q=nano&state=inactive,refused')).toEqual(['Abdul Nano'])
    expect(await names(`q=nano&role=moa_focal&organisation=${ministry}`)).toEqual(['Zainab Ñaño'])
    expect(await names('q=nobody+of+this+name')).toEqual([])
  })

  test('goes on page by page without gap or repeat', async () => {
    for (let person = 0; person < 5; person += 1) await createPerson('partner', { name: 'Same Name' })
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: { items: { id: string }[]; nextCursor: string | null; total: number | null } = (
        await app.call(administrator, 'GET', `${url}?q=same+name&limit=2${cursor && `&cursor=${cursor}`}`)
      ).json()
      expect(page.total).toBe(cursor === '' ? 5 : null)
      seen.push(...page.items.map((item) => item.id))
      cursor = page.nextCursor
    }
    expect(new Set(seen).size).toBe(5)
    expect(seen).toHaveLength(5)
  })

  test('shows a focal person only the people of the own organisation, in list and record alike', async () => {
    const focal = await createPerson('moa_focal', { name: 'Focal One', organisationId: ministry })
    const own = await createPerson('moa_focal', { name: 'Scoped Own', organisationId: ministry })
    const foreign = await createPerson('moa_focal', { name: 'Scoped Foreign', organisationId: otherMinistry })
    const free = await createPerson('staff', { name: 'Scoped Free' })
    expect(await names('q=scoped', focal)).toEqual(['Scoped Own'])
    expect(await names(`q=scoped&organisation=${otherMinistry}`, focal)).toEqual([])
    expect((await show(own.id, focal)).id).toBe(own.id)
    for (const id of [foreign.id, free.id, absent]) expect((await show(id, focal)).code).toBe('not_found')
    const unplaced = await createPerson('moa_focal', { name: 'Without Organisation' })
    expect(await names('', unplaced)).toEqual([])
  })
})

describe('the record', () => {
  test('tells access, rows, sessions and what can be done', async () => {
    const communityId = await app.createCommunity({ name: 'Sitio Malinis' })
    const person = await createPerson('community_leader', {
      placeCodes: [barangays.saranganiAlabel],
      communityIds: [communityId],
      grants: [{ permission: 'community.export', effect: 'allow', scope: 'communities' }],
    })
    const seen = await show(person.id)
    expect(seen).toMatchObject({
      role: 'community_leader',
      openSessions: 1,
      tokens: 0,
      places: [{ code: barangays.saranganiAlabel }],
      communities: [{ id: communityId, name: 'Sitio Malinis' }],
      grants: [{ permission: 'community.export', effect: 'allow', scope: 'communities', expired: false }],
      can: { change: true, deactivate: true, endorse: false, approve: false, resetTwoFactor: false },
    })
    expect(seen.permissions).toContainEqual({ name: 'community.export', scope: 'communities' })
    expect((await show(administrator.id)).can).toMatchObject({ change: true, deactivate: false })
  })
})

describe('a change', () => {
  test('of role, team, organisation and rows is versioned, audited and seen at once', async () => {
    const person = await createPerson('partner')
    const before = await app.call(person, 'GET', '/api/v1/organisations')
    expect(before.statusCode).toBe(200)
    const reply = await change(person.id, {
      version: 1,
      role: 'staff',
      team: 'mana',
      name: 'New Name',
      phone: '0917 123 4567',
      placeCodes: [barangays.saranganiAlabel, barangays.saranganiAlabel],
    })
    expect(reply.json()).toMatchObject({
      role: 'staff',
      team: 'mana',
      name: 'New Name',
      phone: '+639171234567',
      version: 2,
    })
    expect(await lastAudit(person.id)).toEqual({
      action: 'account.changed',
      before: { name: 'Test partner', phone: null, role: 'partner', team: null, placeCodes: [] },
      after: {
        name: 'New Name',
        phone: '+639171234567',
        role: 'staff',
        team: 'mana',
        placeCodes: [barangays.saranganiAlabel],
      },
    })
    const session = (await app.call(person, 'GET', '/api/v1/session')).json().session
    expect(session.permissions).toContainEqual({ name: 'community.edit', scope: 'all' })
    expect((await change(person.id, { version: 1, role: 'ocm' })).json()).toMatchObject({
      code: 'stale_version',
      details: { version: 2 },
    })
    expect((await change(person.id, { version: 2, role: 'ocm' })).json()).toMatchObject({ role: 'ocm', team: null })
  })

  test('keeps what it does not name', async () => {
    const person = await createPerson('lgu_focal', { placeCodes: [barangays.zamboanga] })
    expect((await change(person.id, { version: 1, position: 'MPDC' })).json()).toMatchObject({
      role: 'lgu_focal',
      position: 'MPDC',
      places: [{ code: barangays.zamboanga }],
    })
    expect((await change(person.id, { version: 2, placeCodes: [] })).json()).toMatchObject({
      position: 'MPDC',
      places: [],
    })
  })

  test.each([
    ['team', { role: 'partner', team: 'mana' }],
    ['organisationId', { role: 'moa_focal' }],
    ['organisationId', { organisationId: absent }],
    ['placeCodes', { placeCodes: ['9999999999'] }],
    ['communityIds', { communityIds: [absent] }],
    ['role', { role: 'superuser' }],
    ['phone', { phone: '555' }],
    ['email', { email: 'x@example.org' }],
  ])('is refused for %s: %j', async (path, body) => {
    const person = await createPerson('staff')
    const reply = (await change(person.id, { version: 1, ...body })).json()
    expect(reply.code).toBe('invalid_input')
    expect(reply.fields[0].path).toBe(path)
    expect((await show(person.id)).version).toBe(1)
  })

  test('to a focal person needs an active ministry, office or agency', async () => {
    const person = await createPerson('partner')
    const [lgu] = await app.query<{ id: string }>(
      `INSERT INTO organisations (id, name, type, created_at, updated_at) VALUES (gen_random_uuid(), 'A Town', 'lgu', now(), now()) RETURNING id`,
    )
    expect((await change(person.id, { version: 1, role: 'moa_focal', organisationId: lgu?.id })).json().code).toBe(
      'invalid_input',
    )
    expect((await change(person.id, { version: 1, role: 'moa_focal', organisationId: ministry })).json()).toMatchObject(
      { organisation: { acronym: 'MOH' } },
    )
    await app.query('UPDATE organisations SET active = false WHERE id = $1', [lgu?.id])
    expect((await change(person.id, { version: 2, role: 'partner', organisationId: lgu?.id })).json().code).toBe(
      'invalid_input',
    )
  })

  test('of one’s own access is refused; of one’s own phone it is not', async () => {
    expect((await change(administrator.id, { version: 1, role: 'staff' })).json().code).toBe('wrong_state')
    expect((await change(administrator.id, { version: 1, placeCodes: [] })).json().code).toBe('wrong_state')
    expect((await change(administrator.id, { version: 1, phone: '09171234567' })).statusCode).toBe(200)
  })

  test('needs the permission, and a person in sight', async () => {
    const person = await createPerson('partner')
    const executive = await createPerson('executive')
    expect((await change(person.id, { version: 1, role: 'staff' }, executive)).json().code).toBe('forbidden')
    for (const id of [absent, 'x']) expect((await change(id, { version: 1 })).json().code).toBe('not_found')
  })
})

/** An API token of the person, as good as one he made himself. */
const tokenOf = async (person: TestUser): Promise<string> => {
  const made = await app.call(person, 'POST', '/api/v1/account/tokens', {
    body: { name: 'Script', permissions: ['place.read'], expiresAt: '2026-06-01T00:00:00Z' },
  })
  return made.json().token
}
const withToken = (token: string) =>
  app.call(undefined, 'GET', '/api/v1/places/children', { headers: { authorization: `Bearer ${token}` } })

describe('switching off and on', () => {
  test('takes back API tokens for good', async () => {
    const person = await createPerson('staff', { passwordHash: 'x' })
    const token = await tokenOf(person)
    expect((await withToken(token)).statusCode).toBe(200)
    await post(person.id, 'deactivate', { version: 1, reason: 'Left the office' })
    await post(person.id, 'reactivate', { version: 2, reason: 'Is back' })
    expect((await withToken(token)).json().code).toBe('not_signed_in')
  })

  test('ends sessions at once, keeps the reason, and is told at sign-in', async () => {
    const person = await createPerson('staff')
    await app.call(person, 'GET', '/api/v1/account')
    expect((await post(person.id, 'deactivate', { version: 1, reason: '' })).json().code).toBe('invalid_input')
    const off = (await post(person.id, 'deactivate', { version: 1, reason: 'Left the office' })).json()
    expect(off).toMatchObject({
      state: 'inactive',
      stateReason: 'Left the office',
      openSessions: 0,
      version: 2,
      can: { reactivate: true, deactivate: false },
    })
    expect((await app.call(person, 'GET', '/api/v1/account')).json().code).toBe('not_signed_in')
    expect(await lastAudit(person.id)).toMatchObject({
      action: 'account.deactivated',
      after: { reason: 'Left the office', sessionsEnded: 1 },
    })
    expect((await post(person.id, 'deactivate', { version: 2, reason: 'Again' })).json().code).toBe('wrong_state')
  })

  test('on again: active with a password, invited without one', async () => {
    const withPassword = await createPerson('staff', { state: 'inactive', passwordHash: 'x' })
    const without = await createPerson('staff', { state: 'inactive' })
    const on = { version: 1, reason: 'Is back' }
    expect((await post(withPassword.id, 'reactivate', on)).json()).toMatchObject({ state: 'active', stateReason: null })
    expect((await post(without.id, 'reactivate', on)).json().state).toBe('invited')
    await app.runJobs()
    expect(app.letters.map((letter) => letter.to)).toContain(without.email)
    expect((await post(withPassword.id, 'reactivate', { ...on, version: 2 })).json().code).toBe('wrong_state')
  })

  test('nobody switches himself off', async () => {
    expect((await post(administrator.id, 'deactivate', { version: 1, reason: 'Oops' })).json().code).toBe('wrong_state')
  })
})

describe('sessions and two-factor sign-in', () => {
  test('an administrator ends every session and token of a person', async () => {
    const person = await createPerson('staff')
    const token = await tokenOf(person)
    await app.call(person, 'GET', '/api/v1/account')
    expect((await post(person.id, 'revoke-sessions')).json().openSessions).toBe(0)
    expect((await app.call(person, 'GET', '/api/v1/account')).statusCode).toBe(401)
    expect((await withToken(token)).statusCode).toBe(401)
    expect(await lastAudit(person.id)).toMatchObject({
      action: 'account.sessions_revoked',
      after: { sessionsEnded: 1, tokensRevoked: 1 },
    })
  })

  test('an administrator switches two-factor sign-in off after a lost phone, and the person is told', async () => {
    const person = await createPerson('staff')
    expect((await post(person.id, 'reset-two-factor', { version: 1, reason: 'Lost' })).json().code).toBe('wrong_state')
    await app.query(`UPDATE users SET totp_secret = 'sealed', totp_confirmed_at = now() WHERE id = $1`, [person.id])
    await app.query(`INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, 'h')`, [person.id])
    const reset = await post(person.id, 'reset-two-factor', { version: 1, reason: 'Lost phone' })
    expect(reset.json()).toMatchObject({ twoFactor: false, openSessions: 0, version: 2 })
    expect(await app.query('SELECT FROM recovery_codes WHERE user_id = $1', [person.id])).toEqual([])
    expect(await lastAudit(person.id)).toMatchObject({
      action: 'account.two_factor_reset',
      after: { reason: 'Lost phone' },
    })
    await app.runJobs()
    expect(app.letters.at(-1)).toMatchObject({ to: person.email, subject: 'Two-factor sign-in is off' })
  })
})

describe('the catalogue of roles', () => {
  const roles = '/api/v1/access/roles'
  test('shows every role and permission, and who has two-factor sign-in', async () => {
    const catalogue = (await app.call(administrator, 'GET', roles)).json()
    expect(catalogue.roles).toHaveLength(11)
    expect(catalogue.permissions).toContainEqual({
      name: 'place.read',
      label: 'See places and their figures',
      scopes: ['all'],
    })
    const entry = catalogue.roles.find((role: { role: string }) => role.role === 'administrator')
    expect(entry).toMatchObject({ people: expect.any(Number), peopleWithTwoFactor: 0, demandsTwoFactor: false })
  })

  test('a demand reaches sessions that are open, and is audited once', async () => {
    const person = await createPerson('researcher')
    expect((await app.call(person, 'GET', '/api/v1/places?q=alabel')).statusCode).toBe(200)
    const demand = (demandsTwoFactor: boolean) =>
      app.call(administrator, 'PUT', `${roles}/researcher`, { body: { demandsTwoFactor } })
    expect((await demand(true)).json()).toMatchObject({ role: 'researcher', demandsTwoFactor: true })
    await demand(true)
    expect((await app.call(person, 'GET', '/api/v1/places?q=alabel')).json().code).toBe('two_factor_setup_required')
    await demand(false)
    expect((await app.call(person, 'GET', '/api/v1/places?q=alabel')).statusCode).toBe(200)
    const trail = await app.query(
      `SELECT action FROM audit_events WHERE subject_type = 'role' AND subject_id = 'researcher' ORDER BY id`,
    )
    expect(trail.map((row) => row.action)).toEqual(['role.two_factor_demanded', 'role.two_factor_released'])
  })

  test('knows no other role', async () => {
    expect(
      (await app.call(administrator, 'PUT', `${roles}/emperor`, { body: { demandsTwoFactor: true } })).json().code,
    ).toBe('not_found')
  })
})
