import { beforeAll, it } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { journeys, password } from './rig.ts'
import { arrives, button, choice, expectFit, field, link, option, phone, sees, settled, signIn } from './steps.ts'

journeys('a page', (rig) => {
  let admin: TestUser
  let communityId: string
  beforeAll(async () => {
    admin = await rig.createUser({ role: 'administrator', name: 'Noor-ain Macapagal' })
    communityId = await rig.createCommunity({
      name: 'Purok Mapayapa',
      population: 1250,
      latitude: 6.1,
      longitude: 125.3,
    })
  })

  it('that is not allowed', async () => {
    const page = await rig.open('/people', { as: await rig.createUser({ role: 'partner' }) })
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
    await page.getByRole('searchbox').fill('anything else')
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
    const page = await rig.open(`/communities/${communityId}/edit`, { as: admin })
    await field(page, 'Population').fill('1300')
    await rig.query('UPDATE communities SET population = 1275, version = version + 1 WHERE id = $1', [communityId])
    await button(page, 'Save changes').click()
    await sees(page, 'Somebody else saved first')
    await expectFit(page)
  })

  it('with the history of a record', async () => {
    const page = await rig.open(`/communities/${communityId}?tab=history`, { as: admin })
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
