import { expect, it } from 'vitest'
import { journeys } from './rig.ts'
import { arrives, button, choice, field, link, option, problemOf, sees, tabTo } from './steps.ts'

journeys('registering a community', (rig) => {
  it('finds the barangay by three letters and registers with the keyboard alone', async () => {
    const page = await rig.open('/communities', { as: await rig.createUser({ role: 'staff' }) })
    await sees(page, 'No communities yet')
    const keys = page.keyboard
    await tabTo(page, link(page, 'Register a community').first())
    await keys.press('Enter')
    await arrives(page, 'Register a community')
    await tabTo(page, field(page, 'Name'))
    await keys.type('Sitio Lampara Muslim Community')
    await tabTo(page, choice(page, 'Barangay'))
    await keys.type('cal')
    await option(page, /^Calabanit Barangay Glan, Sarangani/).waitFor()
    await keys.press('Enter')
    await sees(page, 'Glan, Sarangani, Region XII (SOCCSKSARGEN)')
    expect(await choice(page, 'Barangay').inputValue()).toBe('Calabanit')
    await tabTo(page, page.getByRole('radio', { name: 'Confirmed' }))
    await keys.press('Space')
    await tabTo(page, field(page, 'Source of the status'))
    await keys.type('Field visit, MANA Team')
    await tabTo(page, page.getByLabel('Date of the status'))
    await keys.type('01152026')
    await tabTo(page, field(page, 'Population'))
    await keys.type('1,250')
    await keys.press('Enter')
    await arrives(page, 'Sitio Lampara Muslim Community')
    await sees(page, /Registered\. Its office ID is OBC-12-\d+\./)
    const [row] = await rig.query('SELECT population, barangay_code, status_date::text FROM communities')
    expect(row).toEqual({ population: 1250, barangay_code: '1208002007', status_date: '2026-01-15' })
  })

  it('says beside each field what to do, and leads there', async () => {
    const page = await rig.open('/communities/new', { as: await rig.createUser({ role: 'staff' }) })
    await field(page, 'Population').fill('-5')
    await button(page, 'Register').click()
    const summary = page.getByRole('alert').filter({ hasText: 'fields need a look' })
    await summary.getByText('6 fields need a look').waitFor()
    expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await problemOf(field(page, 'Name'))).toBe('Fill in this field.')
    expect(await problemOf(choice(page, 'Barangay'))).toBe('Fill in this field.')
    expect(await problemOf(field(page, 'Population'))).toBe('Type a whole number, 0 or more.')
    await link(summary, 'Population').click()
    expect(await field(page, 'Population').evaluate((element) => element === document.activeElement)).toBe(true)
    await field(page, 'Population').fill('5')
    await summary.getByText('5 fields need a look').waitFor()
  })

  it('registers once, however often the button is pressed', async () => {
    const page = await rig.open('/communities/new?barangay=1208001001', {
      as: await rig.createUser({ role: 'staff' }),
    })
    await field(page, 'Name').fill('Pressed twice')
    await page.getByRole('radio', { name: 'Presumed' }).check()
    await field(page, 'Source of the status').fill('Letter of the barangay')
    await page.getByLabel('Date of the status').fill('2026-02-01')
    await button(page, 'Register').dblclick()
    await arrives(page, 'Pressed twice')
    expect(await rig.query("SELECT FROM communities WHERE name = 'Pressed twice'")).toHaveLength(1)
  })

  it('changes only what was changed and keeps the history of it', async () => {
    const communityId = await rig.createCommunity({
      name: 'Purok Amanah',
      population: 400,
      primaryGroup: 'maguindanaon',
    })
    const page = await rig.open(`/communities/${communityId}`, {
      as: await rig.createUser({ role: 'staff', name: 'Bai Norhaya' }),
    })
    await arrives(page, 'Purok Amanah')
    await link(page, 'Edit').click()
    await arrives(page, 'Edit Purok Amanah')
    await field(page, 'Population').fill('430')
    const sent = page.waitForRequest((request) => request.method() === 'PATCH')
    await button(page, 'Save changes').click()
    expect((await sent).postDataJSON()).toEqual({ population: 430, version: 1 })
    await sees(page, 'Your changes are saved.')
    await page.getByRole('tab', { name: 'History' }).click()
    const newest = page.getByRole('listitem').filter({ hasText: 'Bai Norhaya' })
    await newest.getByRole('row', { name: /Population 400 430/ }).waitFor()
    expect(await newest.getByRole('row').count()).toBe(2)
    const [row] = await rig.query('SELECT population, primary_group, status FROM communities WHERE id = $1', [
      communityId,
    ])
    expect(row).toEqual({ population: 430, primary_group: 'maguindanaon', status: 'confirmed' })
  })

  it('archives with a reason and brings back', async () => {
    const communityId = await rig.createCommunity({ name: 'Registered twice' })
    const page = await rig.open(`/communities/${communityId}`, { as: await rig.createUser({ role: 'administrator' }) })
    await button(page, 'Archive').click()
    const dialog = page.getByRole('dialog')
    await button(dialog, 'Archive').click()
    await sees(dialog, 'Fill in this field.')
    await field(dialog, 'Reason').fill('See OBC-12-000001')
    await button(dialog, 'Archive').click()
    await sees(page, 'This community is archived')
    await sees(page, /See OBC-12-000001/)
    await button(page, 'Restore').click()
    await button(dialog, 'Restore').click()
    await link(page, 'Edit').waitFor()
  })
})
