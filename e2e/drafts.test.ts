import { expect, it } from 'vitest'
import { journeys } from './rig.ts'
import { arrives, button, eventually, field, link, sees, signIn } from './steps.ts'

const noAnswer = 'The server did not answer. Check the connection and try again.'

journeys('unfinished work', (rig) => {
  it('survives a closed tab', async () => {
    const page = await rig.open('/communities/new', { as: await rig.createUser({ role: 'staff' }) })
    await field(page, 'Name').fill('Half written')
    await field(page, 'Notes').fill('Ask Datu Ali about the madrasah')
    await page.close()
    const again = await rig.open('/communities/new', { beside: page })
    await sees(again, 'There is unfinished work on this device')
    await sees(again, /“Half written”/)
    await button(again, 'Go on with it').click()
    expect(await field(again, 'Name').inputValue()).toBe('Half written')
    expect(await field(again, 'Notes').inputValue()).toBe('Ask Datu Ali about the madrasah')
  })

  it('asks before the page is left, and can be thrown away', async () => {
    const page = await rig.open('/communities/new', { as: await rig.createUser({ role: 'staff' }) })
    await field(page, 'Name').fill('Not meant')
    await link(page.getByRole('navigation', { name: 'Main menu' }), 'Map').click()
    const question = page.getByRole('dialog', { name: 'Leave without saving?' })
    await button(question, 'Stay here').click()
    expect(await field(page, 'Name').inputValue()).toBe('Not meant')
    await link(page.getByRole('navigation', { name: 'Main menu' }), 'Map').click()
    await button(question, 'Leave and throw it away').click()
    await arrives(page, 'Map')
    await page.goto(`${rig.url}/communities/new`)
    await field(page, 'Name').waitFor()
    expect(await field(page, 'Name').inputValue()).toBe('')
  })

  it('keeps everything when the line is lost while saving, and saves when it is back', async () => {
    const communityId = await rig.createCommunity({ name: 'Purok Saliling', population: 120 })
    const page = await rig.open(`/communities/${communityId}/edit`, { as: await rig.createUser({ role: 'staff' }) })
    await field(page, 'Population').fill('135')
    await field(page, 'Notes').fill('Counted house by house')
    await page.context().setOffline(true)
    await sees(page, /There is no connection\./)
    await button(page, 'Save changes').click()
    await sees(page, noAnswer)
    expect(await field(page, 'Population').inputValue()).toBe('135')
    expect(await field(page, 'Notes').inputValue()).toBe('Counted house by house')
    await page.context().setOffline(false)
    await eventually(() => page.getByText(/There is no connection\./).count()).toBe(0)
    await button(page, 'Save changes').click()
    await sees(page, 'Your changes are saved.')
    const [row] = await rig.query('SELECT population, notes FROM communities WHERE id = $1', [communityId])
    expect(row).toEqual({ population: 135, notes: 'Counted house by house' })
  })

  it('registers once when the answer was lost and the person tries again', async () => {
    const page = await rig.open('/communities/new?barangay=1208001001', {
      as: await rig.createUser({ role: 'staff' }),
    })
    await field(page, 'Name').fill('Answer lost')
    await page.getByRole('radio', { name: 'Presumed' }).check()
    await field(page, 'Source of the status').fill('Letter of the barangay')
    await page.getByLabel('Date of the status').fill('2026-02-01')
    await page.route('**/api/v1/communities', async (route) => {
      await route.fetch()
      await route.abort('connectionreset')
    })
    await button(page, 'Register').click()
    await sees(page, noAnswer)
    await page.unroute('**/api/v1/communities')
    await button(page, 'Register').click()
    await arrives(page, 'Answer lost')
    expect(await rig.query("SELECT FROM communities WHERE name = 'Answer lost'")).toHaveLength(1)
  })

  it('waits behind the sign-in when the person signed out in another tab', async () => {
    const communityId = await rig.createCommunity({ name: 'Purok Tahanan' })
    const user = await rig.createUser({ role: 'staff' })
    const page = await rig.open(`/communities/${communityId}/edit`, { as: user })
    await field(page, 'Notes').fill('Typed before signing out')
    await page.request.delete(`${rig.url}/api/v1/session`, { headers: { origin: rig.url } })
    await arrives(page, 'Sign in')
    await signIn(page, user.email)
    await button(page, 'Go on with it').click()
    expect(await field(page, 'Notes').inputValue()).toBe('Typed before signing out')
    await button(page, 'Save changes').click()
    await sees(page, 'Your changes are saved.')
  })
})
