import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { barangays, type TestUser, type UserOptions } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let executive: TestUser
let focal: TestUser
let otherFocal: TestUser
let ministry: string
const accounts = '/api/v1/accounts'
const absent = '00000000-0000-7000-8000-000000000000'

beforeAll(async () => {
  app = await createTestApp()
  const rows = await app.query<{ id: string }>(
    `SELECT id FROM organisations WHERE acronym IN ('MOH', 'MSSD') ORDER BY acronym`,
  )
  ministry = rows[0]?.id ?? ''
  executive = await app.createUser({ role: 'executive', name: 'The Executive' })
  focal = await app.createUser({ role: 'moa_focal', name: 'The Focal', organisationId: ministry })
  otherFocal = await app.createUser({ role: 'moa_focal', organisationId: rows[1]?.id })
})
beforeEach(() => app.query(`UPDATE users SET state = 'inactive' WHERE state IN ('requested', 'endorsed')`))
afterAll(() => app.close())

const request = (options: UserOptions = {}) =>
  app.createUser({ role: 'moa_focal', organisationId: ministry, state: 'requested', passwordHash: 'x', ...options })
const post = (who: TestUser, id: string, verb: string, body: object = {}) =>
  app.call(who, 'POST', `${accounts}/${id}/${verb}`, { body: { version: 1, ...body } })
const queue = async (who: TestUser, query = '') => (await app.call(who, 'GET', `/api/v1/approvals?${query}`)).json()
const lettersTo = async (user: { email: string }) => {
  await app.runJobs()
  return app.letters.filter((letter) => letter.to === user.email).map((letter) => letter.subject)
}
const lastAudit = async (id: string) =>
  (
    await app.query(
      'SELECT action, actor_name, before, after FROM audit_events WHERE subject_id = $1 ORDER BY id DESC LIMIT 1',
      [id],
    )
  )[0]

describe('a ministry’s account', () => {
  test('is endorsed by its focal person, then approved by OOBC, then open', async () => {
    const asked = await request({ name: 'Alternate' })
    expect(await queue(executive)).toMatchObject({
      items: [{ id: asked.id, stage: 'endorsement', can: { endorse: false, approve: true, refuse: true } }],
      counts: { endorsement: 1, approval: 0 },
    })
    expect((await queue(focal)).items[0].can).toEqual({ endorse: true, approve: false, refuse: false })
    expect((await post(executive, asked.id, 'approve')).json()).toMatchObject({
      code: 'wrong_state',
      details: { missing: 'endorsement' },
    })

    const endorsed = (await post(focal, asked.id, 'endorse')).json()
    expect(endorsed).toMatchObject({ state: 'endorsed', endorsedBy: 'The Focal', version: 2, can: { endorse: false } })
    expect(await queue(executive)).toMatchObject({
      items: [{ stage: 'approval', endorsedBy: 'The Focal' }],
      counts: { endorsement: 0, approval: 1 },
    })

    const approved = (await post(executive, asked.id, 'approve', { version: 2 })).json()
    expect(approved).toMatchObject({ state: 'active', approvedBy: 'The Executive', version: 3 })
    expect((await queue(executive)).items).toEqual([])
    expect(await lastAudit(asked.id)).toMatchObject({
      action: 'account.approved',
      before: { state: 'endorsed' },
      after: { state: 'active' },
    })
    expect(await lettersTo(asked)).toEqual(['Your OBCMS account is ready'])
    expect((await app.call(asked, 'GET', '/api/v1/account')).statusCode).toBe(200)
  })

  test('is invisible to the focal person of another ministry', async () => {
    const asked = await request()
    expect((await queue(otherFocal)).items).toEqual([])
    expect((await queue(otherFocal)).counts).toEqual({ endorsement: 0, approval: 0 })
    for (const id of [asked.id, absent]) expect((await post(otherFocal, id, 'endorse')).json().code).toBe('not_found')
    expect((await post(focal, asked.id, 'approve')).json().code).toBe('forbidden')
    expect((await post(focal, asked.id, 'refuse', { reason: 'No' })).json().code).toBe('forbidden')
  })

  test('skips the endorsement only when the approver says so and why', async () => {
    const asked = await request()
    expect((await post(executive, asked.id, 'approve', { withoutEndorsement: true })).json()).toMatchObject({
      fields: [{ path: 'reason' }],
    })
    expect((await post(executive, asked.id, 'approve', { withoutEndorsement: false, reason: 'x' })).json().code).toBe(
      'invalid_input',
    )
    const reply = await post(executive, asked.id, 'approve', {
      withoutEndorsement: true,
      reason: 'First focal person of this ministry',
    })
    expect(reply.json()).toMatchObject({ state: 'active', endorsedBy: null })
    expect(await lastAudit(asked.id)).toMatchObject({
      after: { withoutEndorsement: true, reason: 'First focal person of this ministry' },
    })
  })

  test('does not get round the endorsement by another role', async () => {
    const leaves = await request()
    expect((await post(executive, leaves.id, 'approve', { role: 'partner' })).json().code).toBe('wrong_state')
    const comes = await request({ role: 'researcher' })
    expect((await post(executive, comes.id, 'approve', { role: 'moa_focal' })).json().code).toBe('wrong_state')
  })

  test('is not endorsed and approved by one and the same person', async () => {
    const administrator = await app.createUser({ role: 'administrator' })
    const asked = await request()
    expect((await post(administrator, asked.id, 'endorse')).statusCode).toBe(200)
    expect((await post(administrator, asked.id, 'approve', { version: 2 })).json().code).toBe('wrong_state')
    expect((await post(executive, asked.id, 'approve', { version: 2 })).statusCode).toBe(200)
  })

  test('is endorsed once, and only while it waits', async () => {
    const asked = await request()
    const replies = await Promise.all([post(focal, asked.id, 'endorse'), post(focal, asked.id, 'endorse')])
    expect(replies.map((reply) => reply.statusCode).sort()).toEqual([200, 409])
    for (const options of [{ state: 'active' }, { state: 'refused' }, { role: 'researcher' as const }])
      expect((await post(focal, (await request(options)).id, 'endorse')).json().code).toBe('wrong_state')
  })
})

describe('an approval', () => {
  test('of everybody else needs no endorsement and sets role and rows', async () => {
    const asked = await request({ role: 'lgu_focal', organisationId: undefined })
    const body = { role: 'staff', team: 'research', placeCodes: [barangays.saranganiAlabel] }
    expect((await post(executive, asked.id, 'approve', body)).json()).toMatchObject({
      role: 'staff',
      team: 'research',
      places: [{ code: barangays.saranganiAlabel }],
    })
    expect(await lastAudit(asked.id)).toMatchObject({
      before: { role: 'lgu_focal' },
      after: { role: 'staff', team: 'research' },
    })
    expect((await post(executive, asked.id, 'approve', { version: 2 })).json().code).toBe('wrong_state')
  })

  test('refuses what cannot be, a stale version, and rolls all of it back', async () => {
    const asked = await request({ role: 'researcher' })
    expect((await post(executive, asked.id, 'approve', { version: 7 })).json().code).toBe('stale_version')
    expect((await post(executive, asked.id, 'approve', { placeCodes: ['9999999999'] })).json().code).toBe(
      'invalid_input',
    )
    expect(await app.query('SELECT state, version FROM users WHERE id = $1', [asked.id])).toEqual([
      { state: 'requested', version: 1 },
    ])
    expect(await lettersTo(asked)).toEqual([])
  })
})

describe('a refusal', () => {
  test('needs a reason, which is kept and mailed', async () => {
    const asked = await request({ role: 'partner' })
    expect((await post(executive, asked.id, 'refuse')).json()).toMatchObject({ fields: [{ path: 'reason' }] })
    expect((await post(executive, asked.id, 'refuse', { reason: 'Not a partner of OOBC' })).json()).toMatchObject({
      state: 'refused',
      stateReason: 'Not a partner of OOBC',
    })
    expect(await lettersTo(asked)).toEqual(['Your request for an OBCMS account was refused'])
    expect(app.letters.at(-1)?.text).toContain('Not a partner of OOBC')
    expect(await lastAudit(asked.id)).toMatchObject({
      action: 'account.refused',
      after: { reason: 'Not a partner of OOBC' },
    })
    expect((await post(executive, asked.id, 'refuse', { version: 2, reason: 'x' })).json().code).toBe('wrong_state')
  })

  test('can be thought over', async () => {
    const asked = await request({ role: 'partner', state: 'refused' })
    expect((await post(executive, asked.id, 'approve')).json()).toMatchObject({ state: 'active', stateReason: null })
  })
})

test('the queue is oldest first, page by page, by stage', async () => {
  const asked: string[] = []
  for (let person = 0; person < 5; person += 1) {
    asked.push((await request({ role: person % 2 === 0 ? 'partner' : 'moa_focal' })).id)
    app.clock.pass(60)
  }
  const ids = (page: { items: { id: string }[] }) => page.items.map((item) => item.id)
  const first = await queue(executive, 'limit=3')
  expect(first).toMatchObject({ total: 5, counts: { endorsement: 2, approval: 3 } })
  const second = await queue(executive, `limit=3&cursor=${first.nextCursor}`)
  expect([...ids(first), ...ids(second)]).toEqual(asked)
  expect(second).toMatchObject({ nextCursor: null, total: null })
  const endorsement = await queue(executive, 'stage=endorsement')
  expect(endorsement.total).toBe(2)
  expect(ids(endorsement)).toEqual([asked[1], asked[3]])
})

test.each(['garbage', '0000-01-01T00:00:00', '2026-02-30T00:00:00', '\0'])(
  'the queue refuses a cursor at %j',
  async (key) => {
    const cursor = Buffer.from(JSON.stringify([key, executive.id])).toString('base64url')
    const reply = await app.call(executive, 'GET', `/api/v1/approvals?cursor=${cursor}`)
    expect(reply.json()).toMatchObject({ code: 'invalid_input', status: 400 })
  },
)

describe('an invitation', () => {
  const invite = (body: object, who = executive, headers?: Record<string, string>) =>
    app.call(who, 'POST', '/api/v1/invitations', {
      body: { name: 'Guest', role: 'staff', ...body },
      ...(headers && { headers }),
    })

  test('makes an account that waits for its person, once', async () => {
    const headers = { 'idempotency-key': 'invite-guest' }
    const made = await invite({ email: ' Guest@Example.org', team: 'mana' }, executive, headers)
    expect([made.statusCode, made.json().state]).toEqual([201, 'invited'])
    expect((await invite({ email: ' Guest@Example.org', team: 'mana' }, executive, headers)).json().id).toBe(
      made.json().id,
    )
    expect((await invite({ email: 'guest@example.org' })).json()).toMatchObject({
      code: 'already_exists',
      fields: [{ path: 'email' }],
    })
    expect(await lettersTo({ email: 'guest@example.org' })).toEqual(['Invitation to OBCMS'])
    expect(await lastAudit(made.json().id)).toMatchObject({
      action: 'account.invited',
      actor_name: 'The Executive',
      after: { role: 'staff', team: 'mana' },
    })
  })

  test('needs the permission and a good placement', async () => {
    expect((await invite({ email: 'a@example.org' }, focal)).json().code).toBe('forbidden')
    for (const body of [
      { role: 'moa_focal' },
      { role: 'partner', team: 'mana' },
      { organisationId: absent },
      { communityIds: [absent] },
      { email: 'x' },
    ])
      expect((await invite({ email: 'b@example.org', ...body })).json().code).toBe('invalid_input')
    expect(await app.query(`SELECT FROM users WHERE email = 'b@example.org'`)).toEqual([])
  })

  test('is sent again only while it waits', async () => {
    const invited = (await invite({ email: 'again@example.org' })).json()
    expect((await post(executive, invited.id, 'resend-invitation')).statusCode).toBe(200)
    expect(await lettersTo({ email: 'again@example.org' })).toHaveLength(2)
    expect((await post(executive, focal.id, 'resend-invitation')).json().code).toBe('wrong_state')
    expect((await post(executive, absent, 'resend-invitation')).json().code).toBe('not_found')
  })
})
