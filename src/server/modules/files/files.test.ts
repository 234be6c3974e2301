import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '#contract/access.ts'
import type { UploadIntent } from '#contract/uploads.ts'
import type { Actor } from '#server/platform/actor.ts'
import { actorFor } from '#testing/actor.ts'
import { barangays, type TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let staff: TestUser
let focal: TestUser
let leader: TestUser
let ministry: string
let community: string
const url = '/api/v1/files'

beforeAll(async () => {
  app = await createTestApp()
  const [organisation] = await app.query<{ id: string }>(`SELECT id FROM organisations WHERE acronym = 'MOH'`)
  ministry = organisation?.id ?? ''
  community = await app.createCommunity({ name: 'Purok Malinis' })
  staff = await app.createUser({ role: 'staff', name: 'Staff Person' })
  focal = await app.createUser({ role: 'moa_focal', organisationId: ministry })
  leader = await app.createUser({ role: 'community_leader', communityIds: [community] })
})
afterAll(() => app.close())

const actorOf = (user: TestUser, role: Role = 'staff', organisationId: string | null = null): Actor =>
  actorFor(user, role, { organisationId, communityIds: [community] })

async function add(content: string, name: string, intent: UploadIntent, actor = actorOf(staff)) {
  const kept = await app.storage.keep(Readable.from([Buffer.from(content)], { objectMode: false }), {
    maxBytes: 2 ** 20,
  })
  return app.composition.files.add(actor, { ...kept, mediaType: 'application/pdf', name }, intent)
}

const show = async (id: string, who = staff) => (await app.call(who, 'GET', `${url}/${id}`)).json()
const list = async (query: string, who = staff) => (await app.call(who, 'GET', `${url}?${query}`)).json()
const names = async (query: string, who = staff) =>
  (await list(query, who)).items.map((file: { name: string }) => file.name)
const trail = (id: string) =>
  app.query<{ action: string; before: object | null; after: object | null }>(
    'SELECT action, before, after FROM audit_events WHERE subject_id = $1 ORDER BY id',
    [id],
  )
const onCommunity = () => ({ record: { type: 'community', id: community } }) as const

describe('adding', () => {
  test('makes a file that is internal unless somebody says otherwise, with its trail and what is known of its content', async () => {
    const { fileId, versionNumber } = await add('one', 'Minutes of  Peñablanca\u0000.pdf', {
      ...onCommunity(),
      tags: ['Water ', 'water'],
    })
    expect(versionNumber).toBe(1)
    expect(await show(fileId)).toMatchObject({
      name: 'Minutes of  Peñablanca .pdf',
      type: 'other',
      tags: ['water'],
      confidentiality: 'internal',
      record: { type: 'community', id: community, name: 'Purok Malinis' },
      bytes: 3,
      version: 1,
      scan: 'unneeded',
      createdBy: { id: staff.id, name: 'Staff Person' },
      versions: [{ number: 1, bytes: 3 }],
      can: { edit: true, addVersion: true, archive: true, share: true, readOriginal: true, readUses: true },
    })
    expect(await trail(fileId)).toMatchObject([
      { action: 'file.added', after: { version: 1, confidentiality: 'internal' } },
    ])
    // Who added it is not for those who only read.
    expect((await show(fileId, leader)).createdBy).toBeNull()
    expect((await show(fileId, leader)).versions[0].createdBy).toBeNull()
  })

  test('two versions at once get two numbers, and one that fails leaves nothing', async () => {
    const { fileId } = await add('first', 'plan.pdf', onCommunity())
    const added = await Promise.all(
      ['second', 'third', 'fourth'].map((content) => add(content, `${content}.pdf`, { fileId, note: 'newer' })),
    )
    expect(added.map(({ versionNumber }) => versionNumber).sort()).toEqual([2, 3, 4])
    const file = await show(fileId)
    expect(file).toMatchObject({ versionNumber: 4, version: 4, name: 'plan.pdf' })
    expect(file.versions.map((version: { number: number }) => version.number)).toEqual([4, 3, 2, 1])
    expect(file.sha256).toBe(file.versions[0].sha256)
    const kept = await app.storage.keep(Readable.from([Buffer.from('x')], { objectMode: false }), { maxBytes: 100 })
    const failing = app.composition.files.add(actorOf(staff), { ...kept, name: 'x.pdf' }, { fileId }, () =>
      Promise.reject(new Error('stopped')),
    )
    await expect(failing).rejects.toThrow('stopped')
    expect((await show(fileId)).versionNumber).toBe(4)
  })

  test('to what is archived is refused, to what is out of sight too', async () => {
    const archived = await app.createCommunity({ archivedAt: app.clock.now() })
    await expect(add('x', 'x.pdf', { record: { type: 'community', id: archived } })).rejects.toMatchObject({
      code: 'wrong_state',
    })
    const other = await app.createCommunity({ barangayCode: barangays.zamboanga })
    await expect(
      add('x', 'x.pdf', { record: { type: 'community', id: other } }, actorOf(leader, 'community_leader')),
    ).rejects.toMatchObject({ code: 'not_found' })
    await expect(
      add('x', 'x.pdf', { ...onCommunity(), confidentiality: 'restricted' }, actorOf(leader, 'community_leader')),
    ).rejects.toMatchObject({ code: 'forbidden' })
    // Readable as before.
    const id = await app.createFile({ record: { type: 'community', id: archived }, name: 'old.pdf' })
    expect(await show(id)).toMatchObject({ name: 'old.pdf', can: { addVersion: false, edit: true } })
  })

  test('takes room of the organisation whose record it is', async () => {
    const files = app.composition.files
    const folder = (await app.call(focal, 'POST', '/api/v1/folders', { body: { name: 'Room' } })).json()
    const actor = actorOf(focal, 'moa_focal', ministry)
    expect(await files.mayAdd(actor, { record: { type: 'folder', id: folder.id } })).toEqual({
      organisationId: ministry,
    })
    expect(await files.mayAdd(actor, { record: { type: 'organisation', id: ministry } })).toEqual({
      organisationId: ministry,
    })
    expect(await files.mayAdd(actorOf(staff), onCommunity())).toEqual({ organisationId: null })
  })
})

describe('finding', () => {
  let folder: string
  beforeAll(async () => {
    folder = (await app.call(staff, 'POST', '/api/v1/folders', { body: { name: 'Library' } })).json().id
    const record = { type: 'folder', id: folder } as const
    for (const [name, text, tags] of [
      [
        'MOA_Health-2026.pdf',
        'Between the Ministry and the office, about rural health stations in Peñablanca.',
        ['agreement'],
      ],
      [
        'Assessments.docx',
        `${'Introduction. '.repeat(400)}Communities were assessed by the facilitators. ${'Annex. '.repeat(400)}`,
        ['mana'],
      ],
      ['تقرير.pdf', 'تقرير عن المدرسة', ['madrasah']],
      ['Ang Plano ng Barangay.pdf', undefined, ['plan', 'madrasah']],
    ] as const) {
      app.clock.pass(1)
      await app.createFile({ record, name, tags: [...tags], confidentiality: 'internal', ...(text && { text }) })
    }
  })
  const inFolder = (query: string, who?: TestUser) => names(`record=folder&id=${folder}&${query}`, who)

  test.each([
    ['health', ['MOA_Health-2026.pdf']],
    ['moa 2026', ['MOA_Health-2026.pdf']],
    ['penablan', ['MOA_Health-2026.pdf']],
    ['STATION rural', ['MOA_Health-2026.pdf']],
    ['assessment', ['Assessments.docx']],
    ['facilitator community', ['Assessments.docx']],
    ['المدرسة', ['تقرير.pdf']],
    ['plano', ['Ang Plano ng Barangay.pdf']],
    ['madra', ['Ang Plano ng Barangay.pdf', 'تقرير.pdf']],
    ['nowhere', []],
    ['%', []],
    ["' & | ! :* <-> (", []],
    ['\\', []],
  ])('%s', async (q, expected) => {
    expect(await inFolder(`q=${encodeURIComponent(q)}`)).toEqual(expected)
  })

  test('shows the words around what was found', async () => {
    const { items } = await list(`record=folder&id=${folder}&q=assess`)
    expect(items[0].excerpt).toMatch(/^…(\S+ )*.*Communities were assessed by the facilitators.*…$/)
    expect((await list(`record=folder&id=${folder}&q=moa`)).items[0].excerpt).toBeNull()
  })

  test('finds the text as soon as a job has read it, also of a file that came after, and no longer that of an older version', async () => {
    const { fileId } = await add('scanned letter', 'letter.pdf', onCommunity())
    const { sha256 } = await show(fileId)
    expect(await names('q=tarpaulin')).toEqual([])
    await app.db.transact(async (tx) => {
      await tx
        .updateTable('object_facts')
        .set({ text_state: 'ready', text_content: 'A tarpaulin for the covered court' })
        .where('object_sha256', '=', sha256)
        .execute()
      await app.composition.files.textRead(tx, sha256, 'A tarpaulin for the covered court')
    })
    expect(await names('q=tarpaulins')).toEqual(['letter.pdf'])
    await add('scanned letter', 'copy.pdf', onCommunity())
    expect((await names('q=tarpaulin&sort=name')).sort()).toEqual(['copy.pdf', 'letter.pdf'])
    await app.call(staff, 'PATCH', `${url}/${fileId}`, { body: { version: 1, name: 'renamed.pdf' } })
    expect((await names('q=tarpaulin')).sort()).toEqual(['copy.pdf', 'renamed.pdf'])
    await add('another text', 'letter2.pdf', { fileId })
    expect(await names('q=tarpaulin')).toEqual(['copy.pdf'])
  })

  test('filters by type, tag, confidentiality, and pages in every order without gap or repeat', async () => {
    expect(await inFolder('tag=madrasah&sort=name')).toEqual(['Ang Plano ng Barangay.pdf', 'تقرير.pdf'])
    expect(await inFolder('tag=madrasah,PLAN')).toEqual(['Ang Plano ng Barangay.pdf'])
    expect(await inFolder('confidentiality=public,restricted')).toEqual([])
    expect(await inFolder('type=letter')).toEqual([])
    for (const sort of ['name', '-name', 'updated', '-updated']) {
      const seen: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: { items: { id: string }[]; nextCursor: string | null; total: number | null } = await list(
          `limit=3&sort=${sort}${cursor && `&cursor=${cursor}`}`,
        )
        expect(page.total === null).toBe(cursor !== '')
        seen.push(...page.items.map(({ id }) => id))
        cursor = page.nextCursor
      }
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen).toHaveLength((await app.query('SELECT FROM files WHERE archived_at IS NULL')).length)
    }
    const cursor = (await list('limit=1&sort=name')).nextCursor
    expect((await list(`limit=1&sort=-name&cursor=${cursor}`)).code).toBe('invalid_input')
    for (const query of ['id=x', 'record=community&id=x', 'record=place&id=12', 'cursor=eA'])
      expect((await list(query)).code).toBe('invalid_input')
  })

  test('tags are counted over what the person may see', async () => {
    const tags = async (who: TestUser, q = '') => (await app.call(who, 'GET', `/api/v1/file-tags?q=${q}`)).json().items
    expect(await tags(staff, 'madr')).toEqual([{ tag: 'madrasah', files: 2 }])
    expect(await tags(leader, 'madr')).toEqual([])
  })

  test('text with more different words than an index entry has room for can be kept and found', async () => {
    const many = Array.from({ length: 150_000 }, (_, place) => `word${place.toString(36)}`).join(' ')
    await app.createFile({ record: onCommunity().record, name: 'huge.txt', text: many, content: 'huge' })
    expect(await names('q=word1a')).toEqual(['huge.txt'])
  })
})

describe('changing', () => {
  test('is versioned, audited field by field, and a stale save gets both values', async () => {
    const { fileId } = await add('to change', 'draft.pdf', onCommunity())
    const change = (body: object, who = staff) => app.call(who, 'PATCH', `${url}/${fileId}`, { body })
    expect((await change({ version: 1, name: 'Final.pdf', type: 'letter' })).json()).toMatchObject({
      name: 'Final.pdf',
      version: 2,
    })
    const stale = (await change({ version: 1, name: 'Mine.pdf', tags: ['x'] })).json()
    expect(stale).toMatchObject({
      code: 'stale_version',
      details: {
        current: { name: 'Final.pdf' },
        changed: [
          { field: 'name', base: 'draft.pdf', theirs: 'Final.pdf', mine: 'Mine.pdf', collides: true },
          { field: 'type', base: 'other', theirs: 'letter', collides: false },
        ],
      },
    })
    // Nothing changed, nothing written.
    expect((await change({ version: 2, name: 'Final.pdf' })).json().version).toBe(2)
    expect(await trail(fileId)).toMatchObject([
      { action: 'file.added' },
      {
        action: 'file.changed',
        before: { name: 'draft.pdf', type: 'other' },
        after: { name: 'Final.pdf', type: 'letter', version: 2 },
      },
    ])
    expect((await change({ version: 2, name: 'x' }, leader)).json().code).toBe('forbidden')
  })

  test('hangs a file on another record only where the person may work and read', async () => {
    const record = { type: 'organisation', id: ministry } as const
    const { fileId } = await add('of the ministry', 'own.pdf', { record }, actorOf(focal, 'moa_focal', ministry))
    const move = (to: object, who = focal) =>
      app.call(who, 'PATCH', `${url}/${fileId}`, { body: { version: 1, record: to } })
    expect((await move({ type: 'community', id: community })).json().code).toBe('forbidden')
    expect((await move({ type: 'community', id: '00000000-0000-7000-8000-000000000000' })).json().fields).toMatchObject(
      [{ path: 'record' }],
    )
    expect((await move({ type: 'place', id: barangays.zamboanga }, staff)).json().record).toMatchObject({
      type: 'place',
      id: barangays.zamboanga,
    })
    expect((await show(fileId, focal)).code).toBe('not_found')
  })

  test('archives with a reason and restores; an archived file is found among the archived only', async () => {
    const { fileId } = await add('to archive', 'gone.pdf', onCommunity())
    const post = (path: string, body: object) => app.call(staff, 'POST', `${url}/${fileId}/${path}`, { body })
    expect((await post('restore', { version: 1 })).json().code).toBe('wrong_state')
    expect((await post('archive', { version: 1, reason: 'Twice' })).json()).toMatchObject({
      archived: true,
      archiveReason: 'Twice',
    })
    expect(await names('q=gone')).toEqual([])
    expect(await names('q=gone&archived=true')).toEqual(['gone.pdf'])
    expect((await app.call(staff, 'PATCH', `${url}/${fileId}`, { body: { version: 2, name: 'x' } })).json().code).toBe(
      'wrong_state',
    )
    await expect(add('x', 'x.pdf', { fileId })).rejects.toMatchObject({ code: 'wrong_state' })
    expect((await post('restore', { version: 2 })).json()).toMatchObject({ archived: false, version: 3 })
  })

  test('a link to another record shows the file there to whoever reads it, and gives nobody access', async () => {
    const { fileId } = await add('secret plan', 'plan.pdf', {
      record: { type: 'organisation', id: ministry },
      confidentiality: 'restricted',
    })
    const linked = await app.call(staff, 'POST', `${url}/${fileId}/links`, { body: onCommunity() })
    expect(linked.json().links).toMatchObject([{ type: 'community', id: community, name: 'Purok Malinis' }])
    expect(await names(`record=community&id=${community}&q=plan`)).toContain('plan.pdf')
    expect((await show(fileId, leader)).code).toBe('not_found')
    expect(await names(`record=community&id=${community}&confidentiality=restricted`, leader)).toEqual([])
    const again = await app.call(staff, 'POST', `${url}/${fileId}/links`, { body: onCommunity() })
    expect(again.json().code).toBe('already_exists')
    const folder = await app.call(staff, 'POST', `${url}/${fileId}/links`, {
      body: { record: { type: 'folder', id: community } },
    })
    expect(folder.json().code).toBe('invalid_input')
    // A reader of the file who may not see the record does not learn of the link.
    const partner = await app.createUser({
      role: 'partner',
      organisationId: ministry,
      grants: [{ permission: 'file.read_restricted', effect: 'allow', scope: 'organisation' }],
    })
    expect((await show(fileId, partner)).links).toEqual([])
    const { linkId } = linked.json().links[0]
    expect((await app.call(staff, 'DELETE', `${url}/${fileId}/links/${linkId}`)).statusCode).toBe(204)
    expect((await app.call(staff, 'DELETE', `${url}/${fileId}/links/${linkId}`)).json().code).toBe('not_found')
  })

  test('a permission given or denied to one person counts', async () => {
    const id = await app.createFile({ record: onCommunity().record, confidentiality: 'restricted' })
    const allowed = await app.createUser({
      role: 'community_leader',
      communityIds: [community],
      grants: [{ permission: 'file.read_restricted', effect: 'allow', scope: 'communities' }],
    })
    expect((await show(id, allowed)).id).toBe(id)
    const denied = await app.createUser({
      role: 'staff',
      grants: [{ permission: 'file.read_restricted', effect: 'deny' }],
    })
    expect((await show(id, denied)).code).toBe('not_found')
    const blind = await app.createUser({ role: 'staff', grants: [{ permission: 'file.read', effect: 'deny' }] })
    expect((await app.call(blind, 'PATCH', `${url}/${id}`, { body: { version: 1 } })).json().code).toBe('not_found')
  })
})

describe('folders', () => {
  const post = (body: object, who = staff, headers?: Record<string, string>) =>
    app.call(who, 'POST', '/api/v1/folders', { body, ...(headers && { headers }) })
  const patch = (id: string, body: object, who = staff) => app.call(who, 'PATCH', `/api/v1/folders/${id}`, { body })

  test('make a tree without rings, with names that are told apart', async () => {
    const headers = { 'idempotency-key': 'folder-tree-1' }
    const top = (await post({ name: 'Reports' }, staff, headers)).json()
    expect((await post({ name: 'Reports' }, staff, headers)).json().id).toBe(top.id)
    expect((await post({ name: 'REPORTS ' })).json()).toMatchObject({
      code: 'already_exists',
      fields: [{ path: 'name' }],
    })
    const year = (await post({ name: '2026', parentId: top.id })).json()
    const month = (await post({ name: 'March', parentId: year.id })).json()
    expect(month.path).toEqual([
      { id: top.id, name: 'Reports' },
      { id: year.id, name: '2026' },
    ])
    for (const parentId of [month.id, top.id])
      expect((await patch(top.id, { version: 1, parentId })).json()).toMatchObject({
        code: 'invalid_input',
        fields: [{ path: 'parentId' }],
      })
    // Two moves that together would make a ring.
    const [a, b] = [(await post({ name: 'A' })).json(), (await post({ name: 'B' })).json()]
    const both = await Promise.all([
      patch(a.id, { version: 1, parentId: b.id }),
      patch(b.id, { version: 1, parentId: a.id }),
    ])
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 400])
    expect((await patch(month.id, { version: 1, parentId: null })).json()).toMatchObject({ parentId: null, path: [] })
    expect((await patch(month.id, { version: 1, name: 'x' })).json().code).toBe('stale_version')
  })

  test('are archived only when empty, take nothing then, and come back', async () => {
    const top = (await post({ name: 'To archive' })).json()
    const { fileId } = await add('in it', 'in.pdf', { record: { type: 'folder', id: top.id } })
    expect((await patch(top.id, { version: 1, archived: true })).json().code).toBe('wrong_state')
    await app.call(staff, 'POST', `${url}/${fileId}/archive`, { body: { version: 1, reason: 'x' } })
    expect((await patch(top.id, { version: 1, archived: true })).json()).toMatchObject({
      archived: true,
      can: { upload: false },
    })
    await expect(add('x', 'x.pdf', { record: { type: 'folder', id: top.id } })).rejects.toMatchObject({
      code: 'wrong_state',
    })
    const restored = await app.call(staff, 'POST', `${url}/${fileId}/restore`, { body: { version: 2 } })
    expect(restored.json().code).toBe('wrong_state')
    expect((await post({ name: 'x', parentId: top.id })).json().code).toBe('wrong_state')
    expect((await patch(top.id, { version: 2, archived: false })).json().archived).toBe(false)
  })

  test('of an organisation stay with it', async () => {
    const own = (await post({ name: 'Ministry' }, focal)).json()
    expect(own.organisation.id).toBe(ministry)
    const office = (await post({ name: 'Of the office' })).json()
    expect((await post({ name: 'x', parentId: office.id }, focal)).json().code).toBe('forbidden')
    expect((await patch(office.id, { version: 1, name: 'x' }, focal)).json().code).toBe('forbidden')
    expect((await patch(own.id, { version: 1, parentId: office.id })).json()).toMatchObject({
      fields: [{ path: 'parentId' }],
    })
    const [other] = await app.query<{ id: string }>(`SELECT id FROM organisations WHERE acronym = 'MPW'`)
    expect((await post({ name: 'x', organisationId: other?.id }, focal)).json().code).toBe('forbidden')
    expect((await post({ name: 'x', organisationId: '00000000-0000-7000-8000-000000000000' })).json().code).toBe(
      'invalid_input',
    )
    const partner = await app.createUser({ role: 'partner', organisationId: ministry })
    const seen = (await app.call(partner, 'GET', '/api/v1/folders')).json().items
    expect(seen.every((folder: { organisation: { id: string } | null }) => folder.organisation?.id === ministry)).toBe(
      true,
    )
    expect((await app.call(partner, 'GET', `/api/v1/folders/${office.id}`)).json().code).toBe('not_found')
  })
})

describe('links that share', () => {
  const share = async (id: string, body: object = { days: 1 }, who = staff) =>
    app.call(who, 'POST', `${url}/${id}/shares`, { body })
  const open = (secret: string, path = '') => app.call(undefined, 'GET', `/api/v1/shared/${secret}${path}`)

  test('show the newest version to whoever has them, until they end', async () => {
    const { fileId } = await add('for the partner', 'Report.pdf', onCommunity())
    const { secret, share: made } = (await share(fileId, { days: 2, note: 'For UNICEF' })).json()
    expect((await open(secret)).json()).toMatchObject({
      name: 'Report.pdf',
      mediaType: 'application/pdf',
      bytes: 15,
      hasPreview: true,
    })
    const content = await open(secret, '/content')
    expect([content.body, content.headers['content-disposition']]).toEqual([
      'for the partner',
      `inline; filename="Report.pdf"; filename*=UTF-8''Report.pdf`,
    ])
    await add('the newer one', 'Report.pdf', { fileId })
    expect((await open(secret, '/content?download=true')).body).toBe('the newer one')
    // The secret itself is nowhere.
    const kept = JSON.stringify([
      await app.query('SELECT * FROM file_shares'),
      await app.query('SELECT * FROM audit_events'),
    ])
    expect(kept).not.toContain(secret)
    const [seen] = (await app.call(staff, 'GET', `${url}/${fileId}/shares`)).json().items
    expect(seen).toMatchObject({ id: made.id, note: 'For UNICEF', usedCount: 2, revokedAt: null })
    const uses = (await app.call(staff, 'GET', `${url}/${fileId}/uses`)).json()
    expect(uses.items).toMatchObject([
      { deed: 'downloaded', user: null, share: { id: made.id, note: 'For UNICEF' } },
      { deed: 'viewed', user: null, share: { id: made.id } },
    ])
    await app.query('UPDATE file_shares SET expires_at = $1 WHERE id = $2', [app.clock.now(), made.id])
    const ended = await open(secret)
    expect([ended.statusCode, ended.json().code]).toEqual([410, 'link_expired'])
  })

  test('revoked, of an archived or infected file, of a person who left, and made up: all the same answer', async () => {
    const add1 = async () => (await add(`shared ${Math.random()}`, 'a.pdf', onCommunity())).fileId
    const revoked = await add1()
    const made = (await share(revoked)).json()
    expect(
      (await app.call(focal, 'POST', `${url}/${revoked}/shares/${made.share.id}/revoke`, { body: {} })).json().code,
    ).toBe('forbidden')
    const revoke = () => app.call(staff, 'POST', `${url}/${revoked}/shares/${made.share.id}/revoke`, { body: {} })
    const at = (await revoke()).json().revokedAt
    expect(at).not.toBeNull()
    expect((await revoke()).json().revokedAt).toBe(at)
    expect((await trail(revoked)).map(({ action }) => action)).toEqual([
      'file.added',
      'file.shared',
      'file.share_revoked',
    ])

    const archived = await add1()
    const ofArchived = (await share(archived)).json().secret
    await app.call(staff, 'POST', `${url}/${archived}/archive`, { body: { version: 1, reason: 'x' } })
    expect((await share(archived)).json().code).toBe('wrong_state')

    const infected = await add1()
    const ofInfected = (await share(infected)).json().secret
    const { sha256 } = await show(infected)
    await app.query(`UPDATE object_facts SET scan = 'infected' WHERE object_sha256 = $1`, [sha256])
    expect((await share(infected)).json().code).toBe('file_not_cleared')

    const gone = await app.createUser({ role: 'staff' })
    const ofGone = (await share(await add1(), { days: 3 }, gone)).json().secret
    expect((await open(ofGone)).statusCode).toBe(200)
    await app.query(`UPDATE users SET state = 'inactive' WHERE id = $1`, [gone.id])

    const answers = new Set<string>()
    for (const secret of [made.secret, ofArchived, ofInfected, ofGone, 'A'.repeat(43)])
      for (const path of ['', '/content', '/content?download=true']) {
        const { requestId, ...answer } = (await open(secret, path)).json()
        answers.add(JSON.stringify(answer))
      }
    expect([...answers]).toHaveLength(1)
    expect([...answers][0]).toContain('link_expired')
  })

  test('end when fewer may see the file than when they were made', async () => {
    const { fileId } = await add('a plan', 'plan.pdf', { ...onCommunity(), confidentiality: 'internal' })
    const { secret } = (await share(fileId)).json()
    const change = async (confidentiality: string) =>
      app.call(staff, 'PATCH', `${url}/${fileId}`, {
        body: { confidentiality, version: (await show(fileId)).version },
      })
    await change('public')
    expect((await open(secret)).statusCode).toBe(200)
    await change('restricted')
    expect((await open(secret, '/content')).json().code).toBe('link_expired')
    expect((await trail(fileId)).map(({ action }) => action)).toContain('file.share_revoked')
    expect((await open((await share(fileId)).json().secret)).statusCode).toBe(200)
  })

  test('of a picture give the one without place and time, never the original', async () => {
    const record = onCommunity().record
    const original = 'GPS 7.2 124.1'
    const id = await app.createFile({
      record,
      name: 'School.JPG',
      mediaType: 'image/jpeg',
      content: original,
      derived: Buffer.from('small'),
    })
    const { secret } = (await share(id)).json()
    for (const path of ['/content', '/content?download=true']) {
      const reply = await open(secret, path)
      expect([reply.body, reply.headers['content-type']]).toEqual(['small', 'image/webp'])
      expect(reply.headers['content-disposition']).toContain('filename="School.webp"')
    }
    const waiting = await app.createFile({ record, mediaType: 'image/jpeg', content: 'GPS too', thumbnails: 'waiting' })
    const early = (await share(waiting)).json().secret
    for (const path of ['', '/content']) expect((await open(early, path)).json().code).toBe('file_not_cleared')
  })
})

describe('opening', () => {
  const get = (id: string, path: string, who = staff, headers: Record<string, string> = {}) =>
    app.call(who, 'GET', `${url}/${id}/${path}`, { headers })

  test('a picture comes without place and time; the original is for those who may have it', async () => {
    const record = onCommunity().record
    const id = await app.createFile({
      record,
      name: 'a.jpg',
      mediaType: 'image/jpeg',
      content: 'GPS 1',
      derived: Buffer.from('clean 1'),
    })
    for (const who of [staff, leader]) expect((await get(id, 'content', who)).body).toBe('clean 1')
    expect((await get(id, 'content?download=true', leader)).body).toBe('clean 1')
    expect((await get(id, 'thumbnails/small', leader)).body).toBe('clean 1')
    expect((await get(id, 'original')).body).toBe('GPS 1')
    expect((await get(id, 'original')).headers['content-disposition']).toMatch(/^attachment/)
    for (const thumbnails of ['waiting', 'failed', 'none']) {
      const early = await app.createFile({ record, mediaType: 'image/jpeg', content: `GPS ${thumbnails}`, thumbnails })
      expect((await get(early, 'content', leader)).json().code).toBe('file_not_cleared')
      expect((await get(early, 'content')).body).toBe(`GPS ${thumbnails}`)
      expect((await get(early, 'thumbnails/large')).json().code).toBe('not_found')
    }
  })

  test.each(['unscanned', 'infected'])('what is %s opens for nobody', async (scan) => {
    const administrator = await app.createUser({ role: 'administrator' })
    const id = await app.createFile({ record: onCommunity().record, content: scan, scan, text: 'words inside' })
    for (const path of ['content', 'content?download=true', 'original', 'thumbnails/small'])
      expect((await get(id, path, administrator)).json().code).toBe('file_not_cleared')
    expect(
      (await list(`q=inside&record=community&id=${community}`)).items.find((file: { id: string }) => file.id === id)
        .excerpt,
    ).toBeNull()
  })

  test('older versions, one that never was, and content that is lost', async () => {
    const { fileId } = await add('version one', 'first name.pdf', onCommunity())
    await add('version two', 'second name.pdf', { fileId })
    const first = await get(fileId, 'content?version=1')
    expect([first.body, first.headers['content-disposition']]).toEqual([
      'version one',
      `inline; filename="first name.pdf"; filename*=UTF-8''first%20name.pdf`,
    ])
    expect((await get(fileId, 'content')).body).toBe('version two')
    expect((await get(fileId, 'content?version=3')).json().code).toBe('not_found')
  })

  test('parts, what the reader has already, and its size alone', async () => {
    const content = 'abcdefghij'.repeat(1_000)
    const id = await app.createFile({
      record: onCommunity().record,
      name: 'Ang Ulat.txt',
      mediaType: 'text/plain',
      content,
    })
    const ask = (headers: Record<string, string>, method = 'GET') =>
      app.call(staff, method, `${url}/${id}/content`, { headers: { 'accept-encoding': 'br, gzip', ...headers } })
    const whole = await ask({})
    const { etag } = whole.headers as { etag: string }
    expect([whole.statusCode, whole.body, whole.headers['content-encoding']]).toEqual([200, content, undefined])
    expect(whole.headers).toMatchObject({ 'content-length': '10000', 'accept-ranges': 'bytes' })
    const part = await ask({ range: 'bytes=9995-' })
    expect([part.statusCode, part.body]).toEqual([206, 'fghij'])
    expect(part.headers).toMatchObject({ 'content-range': 'bytes 9995-9999/10000', 'content-length': '5', etag })
    expect((await ask({ range: 'bytes=0-4', 'if-range': '"another"' })).statusCode).toBe(200)
    const beyond = await ask({ range: 'bytes=10000-' })
    expect([beyond.statusCode, beyond.json().code, beyond.headers['content-range']]).toEqual([
      416,
      'range_not_satisfiable',
      'bytes */10000',
    ])
    expect(beyond.headers['cache-control']).toBe('no-store')
    const known = await ask({ 'if-none-match': etag })
    expect([known.statusCode, known.body, known.headers.etag]).toEqual([304, '', etag])
    const head = await ask({}, 'HEAD')
    expect([head.statusCode, head.body, head.headers['content-length'], head.headers.etag]).toEqual([
      200,
      '',
      '10000',
      etag,
    ])
    // Whoever lost the right gets nothing, with whatever tag.
    const stranger = await app.createUser({ role: 'partner', organisationId: ministry })
    expect(
      (await app.call(stranger, 'GET', `${url}/${id}/content`, { headers: { 'if-none-match': etag } })).statusCode,
    ).toBe(404)
  })

  test('only what runs nothing is shown in the page', async () => {
    const record = onCommunity().record
    const heads = async (mediaType: string, name: string) => {
      const id = await app.createFile({
        record,
        name,
        mediaType,
        content: `<script>${mediaType}`,
        ...(mediaType.startsWith('image') && { derived: Buffer.from('w') }),
      })
      const { headers } = await get(id, 'content')
      return headers
    }
    for (const mediaType of [
      'text/html',
      'image/svg+xml',
      'application/xhtml+xml',
      'text/csv',
      'application/zip',
      'application/geo+json',
    ]) {
      const headers = await heads(mediaType, 'x.html')
      expect([mediaType, headers['content-disposition']?.toString().split(';')[0]]).toEqual([mediaType, 'attachment'])
      expect(headers['content-type']).not.toMatch(/html|svg/)
      expect(headers['content-security-policy']).toBe("sandbox; default-src 'none'; frame-ancestors 'self'")
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
    for (const mediaType of ['image/png', 'application/pdf', 'text/plain', 'audio/mpeg', 'video/mp4']) {
      const headers = await heads(mediaType, 'x')
      expect([mediaType, headers['content-disposition']?.toString().split(';')[0]]).toEqual([mediaType, 'inline'])
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'private, no-cache',
      })
      expect(headers['content-security-policy']).toContain("default-src 'none'")
    }
  })

  test('the large picture of a page is a look at it, a small one in a list is none', async () => {
    const content = { mediaType: 'image/jpeg', content: 'GPS 2', derived: Buffer.from('clean 2') }
    const id = await app.createFile({ record: onCommunity().record, confidentiality: 'restricted', ...content })
    for (const size of ['small', 'medium']) await get(id, `thumbnails/${size}`)
    await app.call(staff, 'HEAD', `${url}/${id}/thumbnails/large`)
    expect(await trail(id)).toEqual([])
    expect((await get(id, 'thumbnails/large')).body).toBe('clean 2')
    expect((await trail(id)).map(({ action }) => action)).toEqual(['file.viewed'])
  })

  test('who looked and who took is written once an hour, what is restricted in the trail too', async () => {
    const { fileId } = await add('restricted words', 'r.pdf', { ...onCommunity(), confidentiality: 'restricted' })
    for (const path of ['content', 'content', 'content?download=true', 'original']) await get(fileId, path)
    await app.call(staff, 'HEAD', `${url}/${fileId}/content`)
    const uses = async () => (await app.call(staff, 'GET', `${url}/${fileId}/uses`)).json()
    expect((await uses()).items.map((use: { deed: string }) => use.deed)).toEqual(['original', 'downloaded', 'viewed'])
    app.clock.pass(3_600)
    await get(fileId, 'content')
    const page = (await app.call(staff, 'GET', `${url}/${fileId}/uses?limit=3`)).json()
    expect([page.items.length, page.total, page.items[0].user]).toEqual([3, 4, { id: staff.id, name: 'Staff Person' }])
    const rest = (await app.call(staff, 'GET', `${url}/${fileId}/uses?limit=3&cursor=${page.nextCursor}`)).json()
    expect(rest).toMatchObject({ items: [{ deed: 'viewed' }], nextCursor: null, total: null })
    expect((await trail(fileId)).map(({ action }) => action)).toEqual([
      'file.added',
      'file.viewed',
      'file.downloaded',
      'file.original_taken',
      'file.viewed',
    ])
  })
})
