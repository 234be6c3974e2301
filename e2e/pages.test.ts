import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { journeys, password } from './rig.ts'
import { addressOf, pagesLoaded, routes } from './routes.ts'
import {
  arrives,
  button,
  choice,
  expectAccessible,
  field,
  link,
  option,
  sees,
  settled,
  signIn,
  wordsCutOff,
} from './steps.ts'

const phone = { width: 360, height: 740 }
const tablet = { width: 820, height: 1180 }
const desktop = { width: 1280, height: 900 }

/** Light and dark on a desktop, then a tablet and a phone: nothing serious anywhere, nothing cut off, nothing that scrolls sideways. */
async function expectFit(page: Page): Promise<void> {
  await settled(page)
  await expectAccessible(page, 'light')
  await page.emulateMedia({ colorScheme: 'dark' })
  await settled(page)
  // Only the colours differ.
  await expectAccessible(page, 'dark', ['color-contrast'])
  await page.setViewportSize(tablet)
  await settled(page)
  expect(await wordsCutOff(page), 'cut off at 820 px').toEqual([])
  await page.setViewportSize(phone)
  await settled(page)
  expect(await wordsCutOff(page), 'cut off at 360 px').toEqual([])
  await expectAccessible(page, '360 px')
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(width, 'scrolls sideways at 360 px').toBeLessThanOrEqual(phone.width)
  await page.setViewportSize(desktop)
  await page.emulateMedia({ colorScheme: 'light' })
}

journeys('every page', (rig) => {
  let admin: TestUser
  let partner: TestUser
  /** What stands for `$communityId` and the like. */
  const ids: Record<string, string> = {}
  /** The secret of a mailed link, by the page it leads to. */
  const mailed: Record<string, string> = {}

  beforeAll(async () => {
    admin = await rig.createUser({ role: 'administrator', name: 'Noor-ain Macapagal' })
    partner = await rig.createUser({ role: 'partner' })
    ids.userId = partner.id
    ids.code = '1208000000'
    ids.communityId = await rig.createCommunity({
      name: 'Purok Mapayapa',
      population: 1250,
      primaryGroup: 'maguindanaon',
      latitude: 6.1,
      longitude: 125.3,
    })
    await rig.createCommunity({ name: 'Sitio Walang Bilang', barangayCode: '0931700002', status: 'presumed' })

    const page = await rig.browse(admin)
    const api = async (path: string, options: object) => {
      const reply = await page.request.post(`${rig.url}/api/v1${path}`, options)
      expect(reply.ok(), await reply.text()).toBe(true)
      return reply.status() === 202 ? undefined : reply.json()
    }
    const invited = { name: 'Invited Person', email: 'invited@example.org', role: 'researcher' }
    await api('/invitations', { data: invited, headers: { 'idempotency-key': 'one-invitation-0001' } })
    await api('/registrations', {
      data: {
        role: 'researcher',
        name: 'Waiting Person',
        email: 'waiting@example.org',
        position: 'Student',
        phone: '0917 123 4567',
        note: 'A thesis on schools.',
        password,
      },
    })
    const buffer = Buffer.from('Community name,Barangay PSGC\r\nPurok One,1208001001\r\nPurok Two,99')
    const sent = await api('/imports', { multipart: { file: { name: 'list.csv', mimeType: 'text/csv', buffer } } })
    ids.importId = sent.id
    mailed['/accept-invitation'] = (await rig.letterTo(invited.email, 'Invitation')).text.match(/#\S+/)?.[0] ?? ''
    mailed['/reset-password'] = `#${'x'.repeat(43)}`
    await page.context().close()
  })

  it('is found in the router', () => {
    expect(routes.length).toBe(pagesLoaded + 1)
  })

  it.each(routes)('$path', async ({ path, needsSession }) => {
    const page = await rig.open(`${addressOf(path, ids)}${mailed[path] ?? ''}`, {
      viewport: desktop,
      ...(needsSession && { as: admin }),
    })
    await expectFit(page)
  })

  it('that is not allowed', async () => {
    const page = await rig.open('/people', { as: partner })
    await sees(page, 'Your account may not open this')
    await expectFit(page)
  })

  it('of a record that does not exist', async () => {
    const page = await rig.open('/communities/0192a000-0000-7000-8000-000000000000', { as: admin })
    await sees(page, 'There is nothing here')
    await expectFit(page)
  })

  it('without a line', async () => {
    const page = await rig.open('/communities', { as: admin })
    await link(page, 'Purok Mapayapa').hover()
    await settled(page)
    await page.context().setOffline(true)
    await field(page, /Name, sitio/)
      .or(page.getByRole('searchbox'))
      .fill('anything else')
    await page.getByRole('heading', { name: 'No connection' }).waitFor()
    await expectFit(page)
  })

  it('with a refused form', async () => {
    const page = await rig.open('/communities/new', { as: admin })
    await button(page, 'Register').click()
    await sees(page, /fields need a look/)
    await expectFit(page)
  })

  it('with the place picker open', async () => {
    const page = await rig.open('/communities/new', { as: admin })
    await choice(page, 'Barangay').fill('ala')
    await option(page, /^Ala/).first().waitFor()
    await expectFit(page)
  })

  it('with two values of a stale save', async () => {
    const page = await rig.open(`/communities/${ids.communityId}/edit`, { as: admin })
    await field(page, 'Population').fill('1300')
    await rig.query('UPDATE communities SET population = 1275, version = version + 1 WHERE id = $1', [ids.communityId])
    await button(page, 'Save changes').click()
    await sees(page, 'Somebody else saved first')
    await expectFit(page)
  })

  it('with the history of a record', async () => {
    const page = await rig.open(`/communities/${ids.communityId}?tab=history`, { as: admin })
    await expectFit(page)
  })

  it('with the map as a table', async () => {
    const page = await rig.open('/map?view=table', { as: admin })
    await page.getByRole('table', { name: 'Communities on the map' }).waitFor()
    await expectFit(page)
  })

  it('with the palette, a menu or a dialog open', async () => {
    const page = await rig.open('/', { as: admin })
    await arrives(page, /^Welcome/)
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: /^Communities/ }).waitFor()
    await expectFit(page)
    await page.keyboard.press('Escape')
    await button(page, `Menu of ${admin.name}`).click()
    await expectFit(page)
    await page.keyboard.press('Escape')
    await page.setViewportSize(phone)
    await button(page, 'Open the menu').click()
    await page.getByRole('dialog', { name: 'Main menu' }).waitFor()
    await expectFit(page)
  })

  it('while two-factor sign-in is set up', async () => {
    const user = await rig.createUser({ role: 'staff' })
    const page = await rig.open('/account/security', { as: user })
    await button(page, 'Set up two-factor sign-in').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/^Password/).fill(password)
    await button(dialog, 'Go on').click()
    await dialog.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor()
    await expectFit(page)
  })

  it('after a refused sign-in', async () => {
    const page = await rig.open('/sign-in')
    await signIn(page, 'nobody@example.org', 'not the password at all')
    await page.getByRole('alert').waitFor()
    await expectFit(page)
  })
})
