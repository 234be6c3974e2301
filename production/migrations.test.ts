import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { afterEach, expect, test, vi } from 'vitest'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { barangays, createUser } from '#testing/factories.ts'
import { type Installation, install } from '#testing/peers/installation.ts'
import { checkOut, findPreviousRelease } from '#testing/peers/previous-release.ts'
import { makeRelease } from '#testing/peers/release.ts'
import type { TestDb } from '#testing/test-db.ts'

vi.setConfig({ testTimeout: 600_000 })

const password = 'a long enough passphrase 7'
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function emptyDb(): Promise<EmptyDb> {
  const db = await createEmptyDb()
  cleanups.push(db.drop)
  return db
}

function installed(url: string, bin?: string): Installation {
  const obcms = install({ DATABASE_URL: url, PORT: '0' }, bin)
  cleanups.push(obcms.close)
  return obcms
}

/** This code with one migration more, as the next release will have. */
function nextRelease(file: string, text: string): { bin: string } {
  const release = makeRelease()
  release.writeMigration(file, text)
  cleanups.push(release.remove)
  return release
}

/** What people do all day, through the API of a running release. */
async function work(address: string, db: EmptyDb): Promise<void> {
  const passwordHash = await hash(password, { memoryCost: 19456, timeCost: 2, parallelism: 1 })
  const { email } = await createUser(db as unknown as TestDb, new Date(), { role: 'staff', passwordHash })
  let cookie = ''
  async function send(method: string, path: string, body?: object): Promise<Response> {
    const reply = await fetch(`${address}${path}`, {
      method,
      headers: { cookie, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    })
    expect(reply.status, `${method} ${path}: ${reply.ok ? '' : await reply.clone().text()}`).toBeLessThan(300)
    return reply
  }
  const signedIn = await send('POST', '/api/v1/session', { email, password })
  cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const made = await send('POST', '/api/v1/communities', {
    name: `Registered by ${email}`,
    barangayCode: barangays.saranganiAlabel,
    status: 'confirmed',
    statusSource: 'test',
    statusDate: '2026-01-15',
  })
  const { id, version } = (await made.json()) as { id: string; version: number }
  await send('PATCH', `/api/v1/communities/${id}`, { version, population: 321 })
  const list = (await (await send('GET', '/api/v1/communities')).json()) as {
    items: { id: string; population: number }[]
  }
  expect(list.items.find((row) => row.id === id)?.population).toBe(321)
  expect(await (await send('GET', '/api/v1/communities/export?format=csv')).text()).toContain(`Registered by ${email}`)
}

async function serve(obcms: Installation) {
  const web = obcms.begin(['serve'])
  const address = await web.hears(/"address":"(http[^"]+)"/)
  return { web, address }
}

const expansion = [
  '0990_next.sql',
  'ALTER TABLE communities ADD COLUMN next_note text;\nCREATE TABLE next_things (id int);',
] as const

const previous = findPreviousRelease()
const { missing, commit } = { missing: undefined, commit: '', ...previous }

test.skipIf(missing)(
  `the last release works while and after this one migrates${missing ? `: ${missing}` : ''}`,
  async () => {
    const db = await emptyDb()
    const last = checkOut(commit)
    cleanups.push(last.remove)
    const older = installed(db.url, last.bin)
    expect(await older.run(['migrate'])).toMatchObject({ code: 0 })
    expect(await older.run(['build'])).toMatchObject({ code: 0 })
    const { web, address } = await serve(older)
    const newer = installed(db.url, nextRelease(...expansion).bin)
    expect(await newer.run(['migrate'])).toMatchObject({
      code: 0,
      said: expect.stringContaining('Migration 0990_next'),
    })
    await work(address, db)
    web.child.kill('SIGTERM')
    expect(await web.code).toBe(0)

    // The way back. Version 0.1.0 did not know yet which migrations leave it working, and refuses all that it does not know.
    if (existsSync(join(last.root, 'src/server/platform/migration-files.ts'))) {
      await work((await serve(older)).address, db)
    } else {
      expect(await older.run(['serve'])).toEqual({
        code: 1,
        said: expect.stringMatching(
          /^obcms: The database is newer than this OBCMS \(it knows .*0990_next\); start the newer/,
        ),
      })
    }
  },
)

test('this release works while and after the next one migrates, and can be gone back to', async () => {
  const db = await emptyDb()
  const ours = installed(db.url)
  expect(await ours.run(['build'])).toMatchObject({ code: 0 })
  expect(await ours.run(['migrate'])).toMatchObject({ code: 0 })
  const { web, address } = await serve(ours)
  expect(await installed(db.url, nextRelease(...expansion).bin).run(['migrate'])).toEqual({
    code: 0,
    said: 'Migration 0990_next\n',
  })
  await work(address, db)
  web.child.kill('SIGTERM')
  expect(await web.code).toBe(0)

  // The steps of a rollback: the older migrate has nothing to do, and the older web works on.
  expect(await ours.run(['migrate'])).toEqual({
    code: 0,
    said: expect.stringContaining('works with it: nothing to do'),
  })
  const back = await serve(ours)
  await work(back.address, db)
})
