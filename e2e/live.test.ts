import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { journeys } from './rig.ts'
import { arrives, button, link, sees } from './steps.ts'

const header = 'Community name,Barangay PSGC,Status,OBC population'

async function upload(page: Page, name: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await button(page, 'Choose a file').click()
  const buffer = Buffer.from(`${header}\r\nPurok ${name.replace(/\W/g, ' ')},1208001001,Presumed,140`)
  await (await chooser).setFiles({ name, mimeType: 'text/csv', buffer })
  await arrives(page, name)
}

/** The page's stream is open. */
async function listens(page: Page): Promise<void> {
  const opened = page.waitForResponse((reply) => reply.url().includes('/api/v1/events') && reply.ok())
  await page.reload()
  await opened
}

journeys('what happens meanwhile', (rig) => {
  it('an import’s end is seen on other pages, without a reload, and leads there', async () => {
    const user = await rig.createUser({ role: 'staff' })
    const elsewhere = await rig.open('/places', { as: user })
    await listens(elsewhere)
    const list = await rig.open('/imports', { beside: elsewhere })
    const page = await rig.open('/imports', { beside: elsewhere })
    await sees(list, 'Nothing was imported yet')
    await upload(page, 'live.csv')
    await sees(page, '1 community can be registered')
    await list.getByRole('row', { name: /live\.csv Checked/ }).waitFor()
    await sees(elsewhere, 'live.csv was checked.')
    expect(await page.getByText('live.csv was checked.').count()).toBe(0)

    await button(page, 'Register 1 community').click()
    await button(page.getByRole('dialog'), 'Register 1 community').click()
    await sees(page, '1 community was registered')
    await list.getByRole('row', { name: /live\.csv Registered/ }).waitFor()
    const said = elsewhere.getByRole('status').filter({ hasText: 'The communities of live.csv were registered.' })
    await link(said, 'Open the import').last().click()
    await arrives(elsewhere, 'live.csv')
  })

  it('what was missed without a line comes when the line is back', async () => {
    const user = await rig.createUser({ role: 'staff' })
    const page = await rig.open('/places', { as: user })
    await listens(page)
    const other = await rig.browse(user)
    try {
      await other.goto(new URL('/imports', rig.url).href)
      await page.context().setOffline(true)
      await sees(page, 'There is no connection.')
      await upload(other, 'missed.csv')
      await sees(other, '1 community can be registered')
      expect(await page.getByText('missed.csv was checked.').count()).toBe(0)
      await page.context().setOffline(false)
      await sees(page, 'missed.csv was checked.')
    } finally {
      await other.context().close()
    }
  })

  it('says so in Filipino too', async () => {
    const user = await rig.createUser({ role: 'staff' })
    await rig.query(`UPDATE users SET language = 'fil' WHERE id = $1`, [user.id])
    const page = await rig.open('/places', { as: user, locale: 'fil-PH' })
    await listens(page)
    const id = crypto.randomUUID()
    await rig.query(
      `INSERT INTO events (user_id, kind, data, at) VALUES ($1, 'import.changed', $2, now() + interval '1 second')`,
      [user.id, { id, fileName: 'mga sitio.csv', state: 'refused', progress: {}, rows: {} }],
    )
    await sees(page, 'Tinanggihan ang mga sitio.csv.')
  })

  it('a session that ends elsewhere leads to the sign-in page at once', async () => {
    const user = await rig.createUser({ role: 'staff' })
    const page = await rig.open('/places', { as: user })
    await listens(page)
    const other = await rig.browse(user)
    try {
      await other.goto(new URL('/account', rig.url).href)
      const status = await other.evaluate(async () => (await fetch('/api/v1/session', { method: 'DELETE' })).status)
      expect(status).toBe(204)
      await arrives(page, 'Sign in')
    } finally {
      await other.context().close()
    }
  })
})
