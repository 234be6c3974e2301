import { expect, it } from 'vitest'
import { journeys } from './rig.ts'
import { arrives, button, field, link, sees } from './steps.ts'

journeys('two people edit the same community', (rig) => {
  it('shows both values of a stale save, and nothing is lost', async () => {
    const communityId = await rig.createCommunity({ name: 'Purok Salam', population: 300 })
    const edit = `/communities/${communityId}/edit`
    const first = await rig.open(edit, { as: await rig.createUser({ role: 'staff', name: 'Amina First' }) })
    const second = await rig.open(edit, { as: await rig.createUser({ role: 'staff', name: 'Basilio Second' }) })
    await arrives(first, 'Edit Purok Salam')
    await arrives(second, 'Edit Purok Salam')

    await field(first, 'Population').fill('320')
    await field(first, 'Families').fill('71')
    await button(first, 'Save changes').click()
    await sees(first, 'Your changes are saved.')

    await field(second, 'Population').fill('350')
    await field(second, 'Sitio or purok').fill('Purok 7')
    await button(second, 'Save changes').click()
    await sees(second, 'Somebody else saved first')
    await sees(second, /Amina First changed this community on .*One field was changed by both of you/)
    await sees(second, 'Your other changes are kept: Sitio or purok.')
    await sees(second, 'Also kept, as changed by Amina First: Families.')
    expect(await button(second, 'Save the choice').isDisabled()).toBe(true)
    await sees(second.getByRole('group', { name: 'Population' }), '350')
    await sees(second.getByRole('group', { name: 'Population' }), '320')
    await second.getByRole('radio', { name: 'Population: Yours' }).check()
    await button(second, 'Save the choice').click()
    await sees(second, 'Your changes are saved, together with what somebody else changed meanwhile.')

    const [row] = await rig.query('SELECT population, families, sitio, version FROM communities WHERE id = $1', [
      communityId,
    ])
    expect(row).toEqual({ population: 350, families: 71, sitio: 'Purok 7', version: 3 })
    await second.getByRole('tab', { name: 'History' }).click()
    await second.getByRole('row', { name: /Population 300 320/ }).waitFor()
    await second.getByRole('row', { name: /Population 320 350/ }).waitFor()
  })

  it('joins changes of different fields without asking', async () => {
    const communityId = await rig.createCommunity({ name: 'Purok Nur', population: 300 })
    const page = await rig.open(`/communities/${communityId}`, { as: await rig.createUser({ role: 'staff' }) })
    await link(page, 'Edit').click()
    await field(page, 'Sitio or purok').fill('Purok 2')
    await rig.query('UPDATE communities SET families = 55, version = version + 1 WHERE id = $1', [communityId])
    await button(page, 'Save changes').click()
    await sees(page, 'together with what somebody else changed meanwhile')
    const [row] = await rig.query('SELECT families, sitio FROM communities WHERE id = $1', [communityId])
    expect(row).toEqual({ families: 55, sitio: 'Purok 2' })
  })
})
