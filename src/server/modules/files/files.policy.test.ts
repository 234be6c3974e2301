import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Role, roles } from '#contract/access.ts'
import { type Confidentiality, confidentialities } from '#contract/files.options.ts'
import type { FileRecord } from '#contract/files.ts'
import { actorFor } from '#testing/actor.ts'
import { barangays, type TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

/** Every role × confidentiality × kind of record, on every door of a file. */

const records = [
  'officeFolder',
  'ownFolder',
  'otherFolder',
  'communityIn',
  'communityOut',
  'placeIn',
  'placeOut',
  'ownOrganisation',
  'otherOrganisation',
] as const
type RecordName = (typeof records)[number]

const every = [...records]
const own = ['ownFolder', 'ownOrganisation'] satisfies RecordName[]
const assigned = ['communityIn', 'placeIn'] satisfies RecordName[]
const none: RecordName[] = []

/** Written by hand from the rules, not from the code: on which records a role reads files of each degree, and may do more. */
const matrix: Record<
  string,
  Record<Confidentiality | 'upload' | 'edit' | 'archive' | 'share' | 'original' | 'uses', readonly RecordName[]>
> = {
  administrator: {
    public: every,
    internal: every,
    restricted: every,
    upload: every,
    edit: every,
    archive: every,
    share: every,
    original: every,
    uses: every,
  },
  executive: {
    public: every,
    internal: every,
    restricted: every,
    upload: every,
    edit: every,
    archive: every,
    share: every,
    original: every,
    uses: every,
  },
  staff: {
    public: every,
    internal: every,
    restricted: every,
    upload: every,
    edit: every,
    archive: every,
    share: every,
    original: every,
    uses: every,
  },
  ocm: {
    public: every,
    internal: every,
    restricted: none,
    upload: none,
    edit: none,
    archive: none,
    share: none,
    original: none,
    uses: none,
  },
  moa_focal: {
    public: every,
    internal: own,
    restricted: own,
    upload: own,
    edit: own,
    archive: own,
    share: none,
    original: own,
    uses: none,
  },
  lgu_focal: {
    public: assigned,
    internal: assigned,
    restricted: none,
    upload: assigned,
    edit: none,
    archive: none,
    share: none,
    original: none,
    uses: none,
  },
  partner: {
    public: own,
    internal: own,
    restricted: none,
    upload: own,
    edit: none,
    archive: none,
    share: none,
    original: none,
    uses: none,
  },
  community_leader: {
    public: ['communityIn'],
    internal: ['communityIn'],
    restricted: none,
    upload: ['communityIn'],
    edit: none,
    archive: none,
    share: none,
    original: none,
    uses: none,
  },
  researcher: {
    public: ['officeFolder', 'ownFolder', 'otherFolder', 'communityIn', 'communityOut', 'placeIn', 'placeOut'],
    internal: none,
    restricted: none,
    upload: none,
    edit: none,
    archive: none,
    share: none,
    original: none,
    uses: none,
  },
  facilitator: {
    public: none,
    internal: none,
    restricted: none,
    upload: none,
    edit: none,
    archive: none,
    share: none,
    original: none,
    uses: none,
  },
  participant: {
    public: none,
    internal: none,
    restricted: none,
    upload: none,
    edit: none,
    archive: none,
    share: none,
    original: none,
    uses: none,
  },
}

let app: TestApp
let people: Map<string, TestUser>
let at: Record<RecordName, FileRecord>
const files: { id: string; record: RecordName; confidentiality: Confidentiality }[] = []
let ownOrganisation: string

beforeAll(async () => {
  app = await createTestApp()
  const organisations = await app.query<{ id: string }>('SELECT id FROM organisations ORDER BY id LIMIT 2')
  const [mine = '', other = ''] = organisations.map(({ id }) => id)
  ownOrganisation = mine
  const staff = await app.createUser({ role: 'staff' })
  const folder = async (name: string, organisationId: string | null): Promise<FileRecord> => ({
    type: 'folder',
    id: (await app.call(staff, 'POST', '/api/v1/folders', { body: { name, organisationId } })).json().id,
  })
  const communityIn = await app.createCommunity({ barangayCode: barangays.saranganiAlabel })
  at = {
    officeFolder: await folder('Office', null),
    ownFolder: await folder('Own', mine),
    otherFolder: await folder('Other', other),
    communityIn: { type: 'community', id: communityIn },
    communityOut: { type: 'community', id: await app.createCommunity({ barangayCode: barangays.zamboanga }) },
    placeIn: { type: 'place', id: barangays.saranganiAlabel },
    placeOut: { type: 'place', id: barangays.zamboanga },
    ownOrganisation: { type: 'organisation', id: mine },
    otherOrganisation: { type: 'organisation', id: other },
  }
  for (const record of records)
    for (const confidentiality of confidentialities)
      files.push({
        record,
        confidentiality,
        id: await app.createFile({
          record: at[record],
          confidentiality,
          content: 'one picture',
          mediaType: 'image/jpeg',
          derived: Buffer.from('one small picture'),
        }),
      })
  people = new Map()
  for (const role of Object.keys(roles) as Role[])
    people.set(
      role,
      await app.createUser({
        role,
        organisationId: mine,
        // The province: what lies in it is reached.
        placeCodes: [`${barangays.saranganiAlabel.slice(0, 5)}00000`],
        communityIds: [communityIn],
      }),
    )
})
afterAll(() => app.close())

const doors = [
  { door: 'show', method: 'GET', path: '', needs: 'file.read', deed: undefined },
  { door: 'content', method: 'GET', path: '/content', needs: 'file.read', deed: undefined },
  { door: 'thumbnail', method: 'GET', path: '/thumbnails/small', needs: 'file.read', deed: undefined },
  { door: 'original', method: 'GET', path: '/original', needs: 'file.read_original', deed: 'original' },
  { door: 'edit', method: 'PATCH', path: '', needs: 'file.edit', deed: 'edit', body: { version: 1 } },
  // One who may is told that his version is stale: the file stays as it is.
  {
    door: 'archive',
    method: 'POST',
    path: '/archive',
    needs: 'file.archive',
    deed: 'archive',
    body: { version: 7, reason: 'x' },
  },
  { door: 'share', method: 'POST', path: '/shares', needs: 'file.share', deed: 'share', body: { days: 1 } },
  { door: 'shares', method: 'GET', path: '/shares', needs: 'file.share', deed: 'share' },
  { door: 'uses', method: 'GET', path: '/uses', needs: 'file.read_uses', deed: 'uses' },
] as const

describe.each(Object.keys(matrix))('%s', (role) => {
  const may = (matrix as Record<string, (typeof matrix)[string]>)[role] as (typeof matrix)[string]
  const grants: Record<string, string> = roles[role as Role].grants
  const person = () => people.get(role) as TestUser
  const reads = ({ record, confidentiality }: (typeof files)[number]) => may[confidentiality].includes(record)

  test('lists what it reads, in all and folder by folder, and counts the same', async () => {
    const all = await app.call(person(), 'GET', '/api/v1/files?limit=200')
    if (!grants['file.read']) {
      expect(all.json().code).toBe('forbidden')
      return
    }
    const expected = files.filter(reads)
    const ids = (reply: typeof all) =>
      reply
        .json()
        .items.map(({ id }: { id: string }) => id)
        .sort()
    expect(ids(all)).toEqual(expected.map(({ id }) => id).sort())
    expect(all.json().total).toBe(expected.length)
    for (const record of records) {
      const { type, id } = at[record]
      const listed = await app.call(person(), 'GET', `/api/v1/files?record=${type}&id=${id}&sort=name`)
      expect([record, ids(listed)]).toEqual([
        record,
        expected
          .filter((file) => file.record === record)
          .map(({ id }) => id)
          .sort(),
      ])
    }
    const folders = (await app.call(person(), 'GET', '/api/v1/folders')).json().items as {
      name: string
      files: number
    }[]
    const names = { officeFolder: 'Office', ownFolder: 'Own', otherFolder: 'Other' } as const
    for (const [record, name] of Object.entries(names)) {
      const seen = folders.find((folder) => folder.name === name)
      const count = expected.filter((file) => file.record === record).length
      expect([name, seen?.files]).toEqual([name, count === 0 ? undefined : count])
    }
  })

  test.each(doors)('$door', async ({ method, path, needs, deed, ...door }) => {
    const got: string[] = []
    const wanted: string[] = []
    for (const file of files) {
      const label = `${file.record} ${file.confidentiality}`
      const reply = await app.call(
        person(),
        method,
        `/api/v1/files/${file.id}${path}`,
        'body' in door ? { body: door.body } : {},
      )
      const code = reply.statusCode < 400 ? 'ok' : reply.json().code
      got.push(`${label}: ${code === 'stale_version' ? 'ok' : code}`)
      const answer = !grants[needs]
        ? 'forbidden'
        : !reads(file)
          ? 'not_found'
          : deed && !may[deed].includes(file.record)
            ? 'forbidden'
            : 'ok'
      wanted.push(`${label}: ${answer}`)
    }
    expect(got).toEqual(wanted)
  })

  test('adds where it reads and may add', async () => {
    const actor = actorFor({ id: person().id, name: role }, role as Role, {
      organisationId: ownOrganisation,
      placeCodes: [`${barangays.saranganiAlabel.slice(0, 5)}00000`],
      communityIds: at.communityIn.type === 'community' ? [at.communityIn.id] : [],
    })
    const permitted: string[] = []
    for (const record of records)
      for (const confidentiality of confidentialities) {
        const answer = await app.composition.files.mayAdd(actor, { record: at[record], confidentiality }).then(
          () => 'ok',
          (error: { code: string }) => error.code,
        )
        if (answer === 'ok') permitted.push(`${record} ${confidentiality}`)
        else expect(['forbidden', 'not_found']).toContain(answer)
      }
    expect(permitted).toEqual(
      files
        .filter((file) => reads(file) && may.upload.includes(file.record))
        .map((file) => `${file.record} ${file.confidentiality}`),
    )
    for (const file of files) {
      const answer = await app.composition.files.mayAdd(actor, { fileId: file.id }).then(
        () => 'ok',
        (error: { code: string }) => error.code,
      )
      expect(answer).toBe(!reads(file) ? 'not_found' : may.upload.includes(file.record) ? 'ok' : 'forbidden')
    }
  })
})

test('the matrix knows every role', () => {
  expect(Object.keys(matrix).sort()).toEqual(Object.keys(roles).sort())
})
