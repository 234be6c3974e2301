import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '#contract/access.ts'
import type { CommunityView } from '#contract/communities.ts'
import { barangays, type TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let staff: TestUser
beforeAll(async () => {
  app = await createTestApp()
  staff = await app.createUser({ role: 'staff', name: 'Sittie Macapodi' })
})
afterAll(() => app?.close())

const url = '/api/v1/communities'
const nowhere = '0192d1a0-0000-7000-8000-000000000000'
const inBarmm = '1900702001'
const sarangani = '1208000000'
const typed = {
  name: 'Sitio Lambayong',
  barangayCode: barangays.saranganiAlabel,
  status: 'confirmed',
  statusSource: 'Barangay profile 2025',
  statusDate: '2026-02-01',
} as const

const post = (body: unknown, who: TestUser = staff, headers?: Record<string, string>) =>
  app.call(who, 'POST', url, { body, ...(headers && { headers }) })
const patch = (id: string, body: unknown, who: TestUser = staff) => app.call(who, 'PATCH', `${url}/${id}`, { body })
const show = (id: string, who: TestUser = staff) => app.call(who, 'GET', `${url}/${id}`)
const trail = (id: string) =>
  app.query<{ action: string; before: object | null; after: object | null; actor_name: string }>(
    'SELECT action, before, after, actor_name FROM audit_events WHERE subject_id = $1 ORDER BY id',
    [id],
  )

async function register(extra: object = {}, who = staff): Promise<CommunityView> {
  const reply = await post({ ...typed, ...extra }, who)
  expect(reply.statusCode, reply.body).toBe(201)
  return reply.json()
}

/** Code and fields of a refusal. */
const refusal = (reply: { json(): { code: string; fields?: { path: string }[] } }) => {
  const { code, fields = [] } = reply.json()
  return [code, ...fields.map((field) => field.path)]
}

describe('registering', () => {
  test('gives a number of the office, the places and what the person may do, and leaves a trail', async () => {
    const made = await register({ population: 240, aliases: ['Lambayong Baru'], primaryGroup: 'sangil' })
    expect(made).toMatchObject({
      name: 'Sitio Lambayong',
      region: { code: '1200000000', level: 'region' },
      province: { code: sarangani },
      barangay: { code: barangays.saranganiAlabel, level: 'barangay' },
      version: 1,
      createdBy: 'Sittie Macapodi',
      demo: false,
      archived: false,
      warnings: [],
      can: { edit: true, archive: true, readContacts: true, editContacts: true, readHistory: true },
    })
    expect(made.officeId).toMatch(/^OBC-12-\d{6}$/)
    expect((await show(made.id)).json()).toEqual(made)
    expect(await trail(made.id)).toEqual([
      {
        action: 'community.registered',
        actor_name: 'Sittie Macapodi',
        before: null,
        after: {
          ...typed,
          officeId: made.officeId,
          population: 240,
          aliases: ['Lambayong Baru'],
          primaryGroup: 'sangil',
          version: 1,
        },
      },
    ])
  })

  test('several communities may live in one barangay, and in a city without a province', async () => {
    const [one, two] = [await register({ name: 'Sitio Uno' }), await register({ name: 'Sitio Dos' })]
    expect(one.barangay).toEqual(two.barangay)
    expect(one.officeId).not.toBe(two.officeId)
    const zamboanga = await register({ barangayCode: barangays.zamboanga })
    expect(zamboanga).toMatchObject({ province: null, region: { code: '0900000000' } })
    expect(zamboanga.officeId).toMatch(/^OBC-09-/)
  })

  test('Sulu is outside BARMM since 26 November 2024', async () => {
    expect((await register({ barangayCode: '1906601001' })).officeId).toMatch(/^OBC-09-/)
  })

  test('a number that is in use already is passed over', async () => {
    const [{ next } = { next: 0 }] = await app.query<{ next: number }>(
      "SELECT nextval('community_numbers')::int + 1 AS next",
    )
    const id = await app.createCommunity()
    const taken = `OBC-12-${String(next).padStart(6, '0')}`
    await app.query('UPDATE communities SET office_id = $1 WHERE id = $2', [taken, id])
    expect((await register()).officeId).toBe(`OBC-12-${String(next + 1).padStart(6, '0')}`)
  })

  test('coordinates far away and more households than people are warned of, not refused', async () => {
    const made = await register({ latitude: 14.6, longitude: 121, population: 10, households: 30, families: 31 })
    expect(made.warnings.map((warning) => warning.code)).toEqual([
      'outside_region',
      'households_above_population',
      'families_above_population',
    ])
  })

  test.each<[string, object, string[]]>([
    ['no name', { name: undefined }, ['name']],
    ['a blank name', { name: '  ' }, ['name']],
    ['a name of 201 letters', { name: 'a'.repeat(201) }, ['name']],
    ['NUL in the name', { name: 'a\u0000b' }, ['name']],
    ['NUL in the notes', { notes: 'a\u0000b' }, ['notes']],
    ['a control character in the notes', { notes: 'a\u0007b' }, ['notes']],
    ['a line break in the name', { name: 'a\nb' }, ['name']],
    ['half a character', { name: 'a\ud800' }, ['name']],
    ['a negative count', { population: -1 }, ['population']],
    ['a count with decimals', { households: 1.5 }, ['households']],
    ['a count beyond all people', { families: 10_000_001 }, ['families']],
    ['a count as text', { population: '12' }, ['population']],
    ['a number as name', { name: 12 }, ['name']],
    ['an unknown field', { rank: 1 }, ['rank']],
    ['an unknown status', { status: 'maybe' }, ['status']],
    ['an unknown group', { primaryGroup: 'martian' }, ['primaryGroup']],
    ['a day that never was', { statusDate: '2026-02-30' }, ['statusDate']],
    ['tomorrow in Manila', { statusDate: '2026-03-03' }, ['statusDate']],
    ['a day before 1900', { statusDate: '1899-12-31' }, ['statusDate']],
    ['the year 20260', { statusDate: '20260-01-01' }, ['statusDate']],
    ['latitude alone', { latitude: 6 }, ['longitude']],
    ['latitude 91', { latitude: 91, longitude: 125 }, ['latitude']],
    ['accuracy without coordinates', { accuracyMetres: 5 }, ['accuracyMetres']],
    ['the primary group among the others', { primaryGroup: 'sama', otherGroups: ['sama'] }, ['otherGroups']],
    ['people where nobody was found', { status: 'none_found', population: 3 }, ['population']],
    ['a code of nine digits', { barangayCode: '120800100' }, ['barangayCode']],
    ['an unknown code', { barangayCode: '9999999999' }, ['barangayCode']],
    ['a municipality', { barangayCode: '1208001000' }, ['barangayCode']],
    ['a barangay in BARMM', { barangayCode: inBarmm }, ['barangayCode']],
    ['a barangay in BARMM where none was found', { barangayCode: inBarmm, status: 'none_found' }, ['barangayCode']],
    ['two mistakes at once', { latitude: 6, statusDate: '2027-01-01' }, ['statusDate', 'longitude']],
    ['21 aliases', { aliases: Array.from({ length: 21 }, (_, index) => `a${index}`) }, ['aliases']],
  ])('%s is refused', async (_, wrong, fields) => {
    const reply = await post({ ...typed, ...wrong })
    expect(refusal(reply)).toEqual(['invalid_input', ...fields])
    expect(reply.statusCode).toBe(400)
  })

  test('the message names the place in BARMM', async () => {
    expect((await post({ ...typed, barangayCode: inBarmm })).json().fields[0].message).toMatch(/^Arco is in BARMM\./)
  })

  test.each<[string, string | Buffer, string, string]>([
    [
      'a name of 10 MB',
      JSON.stringify({ ...typed, name: 'x'.repeat(10_000_000) }),
      'application/json',
      'payload_too_large',
    ],
    ['deep nesting', `{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'application/json', 'invalid_input'],
    ['no JSON', '{"name":', 'application/json', 'invalid_input'],
    ['a list', '[]', 'application/json', 'invalid_input'],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'application/json', 'invalid_input'],
    ['a form', 'name=x', 'application/x-www-form-urlencoded', 'unsupported_media_type'],
    ['XML', '<a/>', 'application/xml', 'unsupported_media_type'],
    ['a hidden prototype', '{"__proto__":{"admin":true}}', 'application/json', 'invalid_input'],
  ])('%s is refused', async (_, payload, type, code) => {
    const reply = await app.call(staff, 'POST', url, { payload, headers: { 'content-type': type } })
    expect(refusal(reply)[0]).toBe(code)
  })

  test('nothing of a refused request is kept', async () => {
    const count = async () => (await app.query<{ n: number }>('SELECT count(*)::int AS n FROM communities'))[0]?.n
    const before = await count()
    await post({ ...typed, barangayCode: inBarmm })
    expect(await count()).toBe(before)
  })

  test('a second click, at the same moment or later, gets the same community', async () => {
    const headers = { 'idempotency-key': 'click-0001-abcdef' }
    const both = await Promise.all([1, 2, 3].map(() => post({ ...typed, name: 'Clicked' }, staff, headers)))
    const later = await post({ ...typed, name: 'Clicked' }, staff, headers)
    expect(new Set([...both, later].map((reply) => reply.json().id)).size).toBe(1)
    expect(later.statusCode).toBe(201)
    expect(await app.query("SELECT count(*)::int AS n FROM communities WHERE name = 'Clicked'")).toEqual([{ n: 1 }])
    expect(refusal(await post({ ...typed, name: 'Another' }, staff, headers))).toEqual(['idempotency_mismatch'])
    const other = await app.createUser({ role: 'staff' })
    expect((await post({ ...typed, name: 'Clicked' }, other, headers)).json().id).not.toBe(later.json().id)
  })
})

describe('changing', () => {
  test('only what was sent, version by version, field by field in the trail', async () => {
    const made = await register({ population: 100, sitio: 'Baru', notes: 'kept' })
    const changed = await patch(made.id, { version: 1, population: 120, sitio: null })
    expect(changed.json()).toMatchObject({ population: 120, sitio: null, notes: 'kept', version: 2 })
    expect(changed.headers.etag).toBe('"2"')
    expect((await trail(made.id)).at(-1)).toMatchObject({
      action: 'community.changed',
      before: { population: 100, sitio: 'Baru' },
      after: { population: 120, sitio: null, version: 2 },
    })
  })

  test('the version may come as If-Match', async () => {
    const made = await register()
    const headers = { 'if-match': '"1"' }
    const reply = await app.call(staff, 'PATCH', `${url}/${made.id}`, { body: { population: 5 }, headers })
    expect(reply.json()).toMatchObject({ population: 5, version: 2 })
    expect(refusal(await patch(made.id, { population: 6 }))).toEqual(['invalid_input', 'version'])
  })

  test('the same values again change nothing', async () => {
    const made = await register({ population: 100, sitio: null })
    expect((await patch(made.id, { version: 1, population: 100, name: typed.name, sitio: '' })).json().version).toBe(1)
    expect(await trail(made.id)).toHaveLength(1)
  })

  test('the rules look at the whole record', async () => {
    const made = await register({ latitude: 6.1, longitude: 125.2, population: 9, primaryGroup: 'sama' })
    const wrong = async (body: object) => refusal(await patch(made.id, { version: 1, ...body }))
    expect(await wrong({ latitude: null })).toEqual(['invalid_input', 'latitude'])
    expect(await wrong({ status: 'none_found' })).toEqual(['invalid_input', 'population'])
    expect(await wrong({ otherGroups: ['sama'] })).toEqual(['invalid_input', 'otherGroups'])
    expect(await wrong({ barangayCode: inBarmm })).toEqual(['invalid_input', 'barangayCode'])
    expect(await wrong({ name: null })).toEqual(['invalid_input', 'name'])
    expect((await show(made.id)).json().version).toBe(1)
  })

  test('moving takes the new place’s ancestors along', async () => {
    const made = await register()
    const moved = (await patch(made.id, { version: 1, barangayCode: barangays.zamboanga })).json()
    expect(moved).toMatchObject({ province: null, region: { code: '0900000000' }, officeId: made.officeId })
  })

  test('a stale save shows both values and says which collide', async () => {
    const made = await register({ population: 100, households: 20, notes: 'n' })
    const other = await app.createUser({ role: 'staff', name: 'Amina Dimaporo' })
    await patch(made.id, { version: 1, population: 150, households: 30 }, other)
    await patch(made.id, { version: 2, population: 160, households: 20, sitio: 'Baru' }, other)
    const reply = await patch(made.id, { version: 1, population: 110, sitio: 'Baru', notes: 'mine' })
    expect(reply.statusCode).toBe(409)
    const { code, details } = reply.json()
    expect(code).toBe('stale_version')
    expect(details.current).toEqual((await show(made.id)).json())
    expect(details.changed).toEqual([
      { field: 'population', base: 100, theirs: 160, mine: 110, collides: true },
      { field: 'sitio', base: null, theirs: 'Baru', mine: 'Baru', collides: false },
    ])
    expect((await show(made.id)).json().notes).toBe('n')
  })

  test('of two saves at the same moment one wins and the other learns of it', async () => {
    const made = await register()
    const replies = await Promise.all([1, 2, 3, 4].map((population) => patch(made.id, { version: 1, population })))
    expect(replies.map((reply) => reply.statusCode).sort()).toEqual([200, 409, 409, 409])
    expect((await show(made.id)).json().version).toBe(2)
  })

  test('a version from the future is stale too', async () => {
    const made = await register()
    expect(refusal(await patch(made.id, { version: 99, population: 1 }))).toEqual(['stale_version'])
  })
})

describe('archive', () => {
  test('takes a community off the list and brings it back; nothing is deleted', async () => {
    const made = await register({ name: 'Sitio Twice Registered' })
    const act = (what: string, body: object) => app.call(staff, 'POST', `${url}/${made.id}/${what}`, { body })
    expect(refusal(await act('archive', { version: 1, reason: ' ' }))).toEqual(['invalid_input', 'reason'])
    expect(refusal(await act('restore', { version: 1 }))).toEqual(['wrong_state'])
    const archived = (await act('archive', { version: 1, reason: 'Registered twice' })).json()
    expect(archived).toMatchObject({
      archived: true,
      archiveReason: 'Registered twice',
      version: 2,
      can: { edit: false },
    })
    const listed = async (flag: boolean) =>
      (await app.call(staff, 'GET', `${url}?q=Twice%20Registered&archived=${flag}`)).json().total
    expect([await listed(false), await listed(true)]).toEqual([0, 1])
    expect(refusal(await patch(made.id, { version: 2, population: 1 }))).toEqual(['wrong_state'])
    expect(refusal(await act('archive', { version: 2, reason: 'again' }))).toEqual(['wrong_state'])
    expect(refusal(await act('restore', { version: 1 }))).toEqual(['stale_version'])
    expect((await act('restore', { version: 2 })).json()).toMatchObject({
      archived: false,
      archiveReason: null,
      version: 3,
    })
    expect([await listed(false), await listed(true)]).toEqual([1, 0])
    expect((await trail(made.id)).map((entry) => entry.action)).toEqual([
      'community.registered',
      'community.archived',
      'community.restored',
    ])
  })
})

describe('who may', () => {
  const act: Record<string, (id: string, who: TestUser) => Promise<{ statusCode: number; body: string }>> = {
    show,
    create: (_, who) => post({ ...typed, name: 'By role' }, who),
    change: (id, who) => patch(id, { version: 99, population: 1 }, who),
    archive: (id, who) => app.call(who, 'POST', `${url}/${id}/archive`, { body: { version: 99, reason: 'x' } }),
    restore: (id, who) => app.call(who, 'POST', `${url}/${id}/restore`, { body: { version: 99 } }),
    history: (id, who) => app.call(who, 'GET', `${url}/${id}/history`),
    listContacts: (id, who) => app.call(who, 'GET', `${url}/${id}/contacts`),
    addContact: (id, who) => app.call(who, 'POST', `${url}/${id}/contacts`, { body: { name: 'A', role: 'imam' } }),
    export: (_, who) => app.call(who, 'GET', `${url}/export?format=csv`),
  }
  const steps = Object.keys(act)
  // In sight, by role: what each step answers, in the order above.
  const everything = [200, 201, 409, 409, 409, 200, 200, 201, 200]
  test.each<[Role, number[]]>([
    ['administrator', everything],
    ['executive', everything],
    ['staff', everything],
    ['ocm', [200, 403, 403, 403, 403, 200, 403, 403, 200]],
    ['moa_focal', [200, 403, 403, 403, 403, 403, 403, 403, 403]],
    ['lgu_focal', [200, 403, 403, 403, 403, 403, 200, 403, 200]],
    ['community_leader', [200, 403, 403, 403, 403, 403, 200, 403, 403]],
    ['researcher', [200, 403, 403, 403, 403, 403, 403, 403, 200]],
    ['partner', [403, 403, 403, 403, 403, 403, 403, 403, 403]],
    ['facilitator', [403, 403, 403, 403, 403, 403, 403, 403, 403]],
    ['participant', [403, 403, 403, 403, 403, 403, 403, 403, 403]],
  ])('%s', async (role, expected) => {
    const { id } = await register()
    const who = await app.createUser({ role, placeCodes: [sarangani], communityIds: [id] })
    const answers: number[] = []
    for (const step of steps) answers.push((await act[step]?.(id, who))?.statusCode ?? 0)
    expect(Object.fromEntries(steps.map((step, index) => [step, answers[index]]))).toEqual(
      Object.fromEntries(steps.map((step, index) => [step, expected[index]])),
    )
  })

  test('out of the own scope is the same as absent, on every address', async () => {
    const { id } = await register({ barangayCode: barangays.zamboanga })
    const everywhere = (['read', 'read_contacts', 'read_history', 'edit', 'edit_contacts', 'archive'] as const).map(
      (name) => ({ permission: `community.${name}` as const, effect: 'allow' as const, scope: 'places' as const }),
    )
    const focal = await app.createUser({ role: 'lgu_focal', placeCodes: [sarangani], grants: everywhere })
    const ofNone = await app.createUser({ role: 'lgu_focal' })
    const leader = await app.createUser({ role: 'community_leader', communityIds: [(await register()).id] })
    for (const step of ['show', 'change', 'archive', 'restore', 'history', 'listContacts', 'addContact']) {
      for (const absent of [id, nowhere, 'not-an-id']) {
        const reply = await act[step]?.(absent, focal)
        expect([step, absent, reply?.statusCode]).toEqual([step, absent, 404])
      }
    }
    for (const who of [ofNone, leader]) expect((await show(id, who)).statusCode).toBe(404)
    for (const who of [focal, ofNone, leader]) {
      const listed = (await app.call(who, 'GET', `${url}?q=lambayong&limit=200`)).json()
      expect(listed.items.map((item: { id: string }) => item.id)).not.toContain(id)
    }
  })

  test('in sight of reading but out of the scope of changing is forbidden', async () => {
    const { id } = await register({ barangayCode: barangays.zamboanga })
    const officer = await app.createUser({
      role: 'researcher',
      placeCodes: [sarangani],
      grants: [
        { permission: 'community.edit', effect: 'allow', scope: 'places' },
        { permission: 'community.create', effect: 'allow', scope: 'places' },
        { permission: 'community.read_contacts', effect: 'allow', scope: 'places' },
      ],
    })
    const seen = (await show(id, officer)).json()
    expect(seen.can).toEqual({
      edit: false,
      archive: false,
      readContacts: false,
      editContacts: false,
      readHistory: false,
    })
    expect(refusal(await patch(id, { version: 1, population: 1 }, officer))).toEqual(['forbidden'])
    expect((await act.listContacts?.(id, officer))?.statusCode).toBe(403)
    expect(refusal(await post({ ...typed, barangayCode: barangays.zamboanga }, officer))).toEqual(['forbidden'])

    const own = await register({}, officer)
    expect(own.can).toMatchObject({ edit: true, readContacts: true })
    const away = await patch(own.id, { version: 1, barangayCode: barangays.zamboanga }, officer)
    expect(refusal(away)).toEqual(['forbidden'])
    expect((await patch(own.id, { version: 1, population: 5 }, officer)).statusCode).toBe(200)
  })

  test('who changed a community is not told to who may not see its history', async () => {
    const { id } = await register()
    const outsider = await app.createUser({ role: 'researcher' })
    expect((await show(id, outsider)).json()).toMatchObject({ createdBy: null, updatedBy: null })
    const overseer = await app.createUser({ role: 'ocm' })
    expect((await show(id, overseer)).json()).toMatchObject({
      createdBy: 'Sittie Macapodi',
      updatedBy: 'Sittie Macapodi',
    })
  })

  test('a denied permission takes rows away', async () => {
    const { id } = await register()
    const who = await app.createUser({ role: 'staff', grants: [{ permission: 'community.edit', effect: 'deny' }] })
    expect((await show(id, who)).json().can.edit).toBe(false)
    expect(refusal(await patch(id, { version: 1, population: 1 }, who))).toEqual(['forbidden'])
  })
})

describe('history', () => {
  test('is newest first, by pages, with places by name and contact persons hidden from who may not see them', async () => {
    const made = await register()
    for (let version = 1; version <= 4; version++) await patch(made.id, { version, population: version })
    await patch(made.id, { version: 5, barangayCode: barangays.zamboanga })
    await app.call(staff, 'POST', `${url}/${made.id}/contacts`, { body: { name: 'Datu Ali', role: 'tribal_leader' } })
    const page = async (who: TestUser, query = '') =>
      (await app.call(who, 'GET', `${url}/${made.id}/history?limit=3${query}`)).json()

    const first = await page(staff)
    expect(first.total).toBe(7)
    expect(first.items.map((item: { action: string }) => item.action)).toEqual([
      'community.contact_added',
      'community.changed',
      'community.changed',
    ])
    expect(first.items[0].changes).toContainEqual({ field: 'contact.name', before: null, after: 'Datu Ali' })
    expect(first.items[1].changes).toEqual([
      {
        field: 'barangayCode',
        before: { code: barangays.saranganiAlabel, name: 'Alegria', level: 'barangay' },
        after: { code: barangays.zamboanga, name: 'Ayala', level: 'barangay' },
      },
    ])
    expect(first.items[2].changes).toEqual([{ field: 'population', before: 3, after: 4 }])
    const second = await page(staff, `&cursor=${first.nextCursor}`)
    const third = await page(staff, `&cursor=${second.nextCursor}`)
    expect([second.total, second.items.length, third.items.length, third.nextCursor]).toEqual([null, 3, 1, null])
    expect(third.items[0]).toMatchObject({ action: 'community.registered', by: 'Sittie Macapodi' })

    const overseer = await app.createUser({ role: 'ocm' })
    const hidden = (await page(overseer)).items[0]
    expect(hidden.changes).toContainEqual({ field: 'contact.name', before: null, after: null, hidden: true })
    expect(JSON.stringify(hidden)).not.toContain('Datu Ali')
  })
})
