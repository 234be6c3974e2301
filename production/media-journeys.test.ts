import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { beforeAll, expect, it } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { journeys } from '../e2e/rig.ts'
import { sendFile } from '../e2e/send-file.ts'
import { arrives, button, choice, eventually, expectFit, link, sees } from '../e2e/steps.ts'

/** Noise, so that a picture of this size has several parts to send. */
const photo = (side: number): Promise<Buffer> =>
  sharp({
    create: {
      width: side,
      height: side,
      channels: 3,
      noise: { type: 'gaussian', mean: 120, sigma: 40 },
      background: '#888',
    },
  })
    .jpeg({ quality: 90 })
    .toBuffer()

const text = (words: string): Buffer => Buffer.from(`${words}\n`)

async function choose(page: Page, files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await button(page.getByRole('dialog'), /^Choose files|^Choose the file/).click()
  await (await chooser).setFiles(files)
}

/** Files and notes of uploads that the browser keeps. */
const leftOn = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((done) => {
        const opening = indexedDB.open('obcms-uploads', 1)
        opening.onsuccess = () => {
          const asking = opening.result.transaction('files').objectStore('files').count()
          asking.onsuccess = () =>
            done(asking.result + Object.keys(localStorage).filter((name) => name.startsWith('obcms.upload')).length)
        }
      }),
  )

journeys('files', (rig) => {
  let staff: TestUser
  let communityId: string

  beforeAll(async () => {
    staff = await rig.createUser({ role: 'staff', name: 'Sittie Rahma Dimaporo' })
    communityId = await rig.createCommunity({ name: 'Purok Mapayapa' })
  })

  it('photos over a line that drops, with the page loaded again in between, are all safe and none is there twice', async () => {
    const page = await rig.open(`/communities/${communityId}?tab=files`, { as: staff })
    let requests = 0
    let cut = false
    await page.route('**/api/v1/uploads**', async (route) => {
      if (route.request().method() === 'GET') return route.continue()
      requests += 1
      if (cut || requests > 5) return route.abort('connectionreset')
      return route.continue()
    })
    await button(page, 'Add files').click()
    const names = ['bahay 1.jpg', 'bahay 2.jpg', 'masjid.jpg', 'madrasah Ñ.jpg']
    const files = await Promise.all(
      names.map(async (name, index) => ({ name, mimeType: 'image/jpeg', buffer: await photo(900 + index) })),
    )
    await choose(page, [
      ...files,
      { name: 'run me.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') },
    ])
    await sees(page, /This kind of file is not taken/)
    await choice(page.getByRole('dialog'), 'Tags').fill('visit 2026')
    await page.keyboard.press('Enter')
    await button(page, /^Send 4 files/).click()

    const tray = page.getByRole('region', { name: 'Files on their way' })
    await sees(tray, /no line; it goes on by itself/)
    cut = true
    const sentBefore = await rig.query('SELECT FROM uploads')
    expect(sentBefore.length).toBeGreaterThan(0)

    await page.reload()
    await sees(tray, /of 4 files are safe/)
    await sees(tray, 'madrasah Ñ.jpg')
    requests = Number.NEGATIVE_INFINITY
    cut = false
    await eventually(() => tray.getByText('4 of 4 files are safe').count()).toBe(1)
    const rows = await rig.query<{ name: string; tags: string[] }>(
      'SELECT name, tags FROM files WHERE community_id = $1 ORDER BY name COLLATE "C"',
      [communityId],
    )
    expect(rows).toEqual([...names].sort().map((name) => ({ name, tags: ['visit 2026'] })))
    const states = await rig.query('SELECT DISTINCT state FROM uploads')
    expect(states).toEqual([{ state: 'kept' }])

    await button(tray, 'Close the receipt').click()
    const table = page.getByRole('table', { name: 'Files' })
    await link(table, /madrasah Ñ\.jpg/).waitFor()
    // Nothing of it is left on the computer.
    const left = await page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('obcms.upload')))
    expect(left).toEqual([])
  })

  it('pausing holds everything, and signing out asks first and leaves nothing on the computer', async () => {
    const page = await rig.open(`/communities/${communityId}?tab=files`, {
      as: await rig.createUser({ role: 'staff', name: 'Omar Encoder' }),
    })
    await page.route('**/api/v1/uploads**', (route) =>
      route.request().method() === 'GET' ? route.continue() : route.abort('connectionreset'),
    )
    await button(page, 'Add files').click()
    await choose(page, [{ name: 'field notes.txt', mimeType: 'text/plain', buffer: text('notes of a visit') }])
    await button(page, /^Send 1 file/).click()
    const tray = page.getByRole('region', { name: 'Files on their way' })
    await sees(tray, /no line/)
    await button(tray, 'Pause all').click()
    await sees(tray, /paused/)
    await expectFit(page)
    await link(page.getByRole('navigation', { name: 'Main menu' }), 'Places').click()
    await arrives(page, 'Places')
    await sees(tray, 'field notes.txt')
    await button(page, 'Menu of Omar Encoder').click()
    await button(page, 'Sign out').click()
    const question = page.getByRole('dialog', { name: 'Some files are not safe yet' })
    await button(question, 'Sign out').click()
    await arrives(page, 'Sign in')
    expect(await leftOn(page)).toBe(0)
  })

  it('of a refused file nothing stays on the computer', async () => {
    const page = await rig.open(`/communities/${communityId}?tab=files`, { as: staff })
    await button(page, 'Add files').click()
    await choose(page, [{ name: 'plan.pdf', mimeType: 'application/pdf', buffer: text('no PDF at all') }])
    await button(page, /^Send 1 file/).click()
    await sees(page.getByRole('region', { name: 'Files on their way' }), /plan\.pdf is called like a PDF/)
    await eventually(() => leftOn(page)).toBe(0)
  })

  it('a file is found by the words in it, gets a new version, and is shared by a link until it is revoked', async () => {
    const page = await rig.open('/files', { as: staff })
    const fileId = await sendFile(page.request, rig.url, {
      name: 'Minutes.txt',
      content: text('The elders asked for a deep well beside the madrasah.'),
      intent: { record: { type: 'community', id: communityId }, type: 'minutes', confidentiality: 'internal' },
    })
    await page.getByRole('searchbox').fill('elders well')
    await page.waitForURL(/q=elders/)
    const found = page.getByRole('table', { name: 'Files' })
    await eventually(async () => {
      await page.reload()
      return link(found, /Minutes\.txt/).count()
    }).toBe(1)
    await sees(found, /deep/)
    await link(found, /Minutes\.txt/).click()
    await arrives(page, 'Minutes.txt')
    await sees(page, /deep well beside the madrasah/)

    await button(page, 'New version').click()
    await choose(page, [{ name: 'Minutes signed.txt', mimeType: 'text/plain', buffer: text('Signed: a deep well.') }])
    await button(page, /^Send 1 file/).click()
    await sees(page, '1 of 1 file is safe')
    await sees(page, 'Version 2')
    await button(page, 'Close the receipt').click()

    await button(page, 'Edit').click()
    await rig.query(`UPDATE files SET type = 'report', version = version + 1 WHERE id = $1`, [fileId])
    await page.getByRole('dialog').getByRole('combobox', { name: 'Type' }).click()
    await page.getByRole('option', { name: 'Letter' }).click()
    await button(page.getByRole('dialog'), 'Save').click()
    await sees(page, 'Somebody else saved first')
    await sees(page, 'Stored now: Report')
    await button(page, 'Keep mine').click()
    await button(page.getByRole('dialog'), 'Save').click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(await rig.query('SELECT type FROM files WHERE id = $1', [fileId])).toEqual([{ type: 'letter' }])

    await button(page, 'Make a link').click()
    await page.getByRole('dialog').getByLabel('For whom').fill('MENRE engineer')
    await button(page.getByRole('dialog'), 'Make a link').click()
    const address = await page
      .getByRole('dialog')
      .getByText(/\/shared#/)
      .textContent()
    await button(page.getByRole('dialog'), 'Close').last().click()
    const stranger = await rig.open(address ?? '')
    await arrives(stranger, 'Minutes.txt')
    await sees(stranger, 'Signed: a deep well.')
    await expectFit(stranger)

    await button(page, 'Revoke').click()
    await button(page.getByRole('dialog'), 'Revoke').click()
    await sees(page, 'The link is revoked.')
    await stranger.reload()
    await arrives(stranger, 'This link has ended')
    await expectFit(stranger)
  })

  it('who may only read sees what is public and nothing to add with', async () => {
    const page = await rig.open(`/communities/${communityId}?tab=files`, {
      as: await rig.createUser({ role: 'researcher' }),
    })
    await page.getByRole('tab', { name: 'Files' }).waitFor()
    await sees(page, 'No files yet')
    expect(await button(page, 'Add files').count()).toBe(0)
    const internal = await rig.query<{ id: string }>("SELECT id FROM files WHERE confidentiality = 'internal' LIMIT 1")
    await page.goto(`${rig.url}/files/${internal[0]?.id}`)
    await sees(page, 'There is nothing here')
    const without = await rig.open('/', { as: await rig.createUser({ role: 'facilitator' }) })
    await arrives(without, /^Welcome/)
    expect(await link(without, 'Files').count()).toBe(0)
  })
})
