import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { type Installation, install } from '#testing/peers/installation.ts'
import { checkOut, findPreviousRelease } from '#testing/peers/previous-release.ts'
import { makeRelease } from '#testing/peers/release.ts'
import { work } from './daily-work.ts'

vi.setConfig({ testTimeout: 600_000 })

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
  const obcms = install({ DATABASE_URL: url, PORT: '0', OVERLOAD_DELAY_MS: '0' }, bin)
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
