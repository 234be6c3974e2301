import { beforeAll, expect, it } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { journeys } from './rig.ts'
import { button, choice, expectFit, option, sees, settled } from './steps.ts'

journeys('the state of the system', (rig) => {
  let admin: TestUser
  beforeAll(async () => {
    admin = await rig.createUser({ role: 'administrator', name: 'Noor-ain Macapagal' })
  })

  it('shows processes, a day of figures with their table, findings and security events', async () => {
    const partner = await rig.createUser({ role: 'partner', name: 'Refused Person' })
    const refused = await rig.browse(partner)
    expect((await refused.request.get(`${rig.url}/api/v1/system`)).status()).toBe(403)
    await refused.context().close()
    // Kept within a second.
    await expect
      .poll(() => rig.query(`SELECT FROM security_events WHERE event = 'denied'`), { timeout: 15_000 })
      .toHaveLength(1)

    const page = await rig.open('/system', { as: admin })
    await sees(page, 'All is well')
    await page.getByRole('rowheader', { name: /^Web and jobs/ }).waitFor()
    await sees(page, 'OBCMS runs in development mode')
    const memory = page.getByRole('figure').filter({ hasText: 'Memory' })
    await memory
      .getByRole('img', { name: /^Memory. Memory: now [\d,]+ MB, at most [\d,]+ MB at \d\d:\d\d\.$/ })
      .waitFor()
    await memory.getByText('Figures').click()
    await memory
      .getByRole('cell', { name: /\d MB$/ })
      .first()
      .waitFor()

    await choice(page, 'Event').click()
    await option(page, 'Not permitted').click()
    await page.getByRole('cell', { name: 'Refused Person' }).waitFor()
    await sees(page, 'permission: system.read')
    await expectFit(page)
  })

  it('without an answer says so, and of when the figures are', async () => {
    const page = await rig.open('/', { as: admin })
    await page.clock.install()
    await page.goto(`${rig.url}/system`)
    await sees(page, 'All is well')
    await settled(page)
    await page.context().setOffline(true)
    await button(page, 'Check again').click()
    // It asks by itself, and tries again before it gives up.
    await page.clock.fastForward('00:20')
    await page.getByRole('heading', { name: 'No answer at the moment' }).waitFor()
    await sees(page, /^Could not be refreshed\. These figures are of \d\d:\d\d:\d\d\.$/)
    await expectFit(page)
  })

  it('that was never answered shows no figure at all', async () => {
    const page = await rig.open('/', { as: admin })
    await page.context().route('**/api/v1/system**', (route) => route.abort())
    await page.goto(`${rig.url}/system`)
    await expect.poll(() => page.getByRole('heading', { name: 'No connection' }).count(), { timeout: 30_000 }).toBe(4)
    await expectFit(page)
  })
})
