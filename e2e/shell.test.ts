import { expect, it } from 'vitest'
import { journeys } from './rig.ts'
import { arrives, button, eventually, link, sees, tabTo } from './steps.ts'

journeys('the frame of every page', (rig) => {
  it('speaks Filipino when asked, keeps it, takes it to another device, and goes back to English', async () => {
    const user = await rig.createUser({ role: 'staff' })
    const page = await rig.open('/communities', { as: user })
    await arrives(page, 'Communities')
    await button(page, 'Language').click()
    await button(page, 'Filipino').click()
    await arrives(page, 'Mga komunidad')
    await link(page.getByRole('navigation', { name: 'Pangunahing menu' }), 'Mga lugar').waitFor()
    await eventually(async () => (await rig.query('SELECT language FROM users WHERE id = $1', [user.id]))[0]).toEqual({
      language: 'fil',
    })
    await page.reload()
    await arrives(page, 'Mga komunidad')
    expect(await page.locator('html').getAttribute('lang')).toBe('fil')
    const elsewhere = await rig.open('/communities', { as: user })
    await arrives(elsewhere, 'Mga komunidad')
    await button(page, 'Wika').click()
    await button(page, 'English').click()
    await arrives(page, 'Communities')
  })

  it('speaks Filipino to somebody whose browser asks for it', async () => {
    const page = await rig.open('/sign-in', { locale: 'fil-PH' })
    await arrives(page, 'Mag-sign in')
  })

  it('follows the device in light and dark, and keeps a choice', async () => {
    const page = await rig.open('/', { as: await rig.createUser({ role: 'staff' }), colorScheme: 'dark' })
    const scheme = () => page.locator('html').getAttribute('data-mantine-color-scheme')
    await eventually(scheme).toBe('dark')
    await button(page, 'Colours of the page').click()
    await button(page, 'Light').click()
    await eventually(scheme).toBe('light')
    await page.reload()
    await arrives(page, /^Welcome/)
    expect(await scheme()).toBe('light')
    await page.emulateMedia({ colorScheme: 'light' })
    await button(page, 'Colours of the page').click()
    await button(page, 'Dark').click()
    await page.reload()
    await arrives(page, /^Welcome/)
    expect(await scheme()).toBe('dark')
  })

  it('has its menu on a phone', async () => {
    const page = await rig.open('/', {
      as: await rig.createUser({ role: 'staff' }),
      viewport: { width: 360, height: 740 },
      hasTouch: true,
    })
    await button(page, 'Open the menu').tap()
    const menu = page.getByRole('dialog', { name: 'Main menu' })
    await link(menu, 'Places').tap()
    await arrives(page, 'Places')
    await menu.waitFor({ state: 'hidden' })
    await button(page, 'Open the menu').tap()
    await page.keyboard.press('Escape')
    await menu.waitFor({ state: 'hidden' })
    await button(page, 'Open the menu').tap()
    await button(menu, 'Close the menu').tap()
    await menu.waitFor({ state: 'hidden' })
  })

  it('finds pages, communities and places from the keyboard', async () => {
    await rig.createCommunity({ name: 'Kampong Malinaw' })
    const page = await rig.open('/', { as: await rig.createUser({ role: 'staff' }) })
    await arrives(page, /^Welcome/)
    const palette = page.getByRole('dialog', { name: 'Search pages, communities and places' })
    const openPalette = async () => {
      await palette.waitFor({ state: 'hidden' })
      await page.keyboard.press('Control+k')
      await palette.waitFor()
    }
    await openPalette()
    await palette.getByRole('option', { name: /^Imports/ }).waitFor()
    await page.keyboard.type('impo')
    await palette.getByRole('option', { name: /^Imports/, selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await arrives(page, 'Imports')
    await openPalette()
    await page.keyboard.type('kampong mal')
    await palette.getByRole('option', { name: /^Kampong Malinaw/, selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await arrives(page, 'Kampong Malinaw')
    await openPalette()
    await page.keyboard.type('zamboanga del norte')
    await palette
      .getByRole('option', { name: /^Zamboanga del Norte/ })
      .first()
      .click()
    await arrives(page, /Zamboanga del Norte/)
    await openPalette()
    await page.keyboard.press('Escape')
    await palette.waitFor({ state: 'hidden' })
  })

  it('offers the way past the menu first, and moves the focus to the heading of a new page', async () => {
    const page = await rig.open('/communities', { as: await rig.createUser({ role: 'staff' }) })
    await arrives(page, 'Communities')
    const focused = () => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200) ?? '')
    await page.keyboard.press('Tab')
    expect(await focused()).toContain('#content')
    await page.keyboard.press('Enter')
    await eventually(() => page.evaluate(() => document.activeElement?.id)).toBe('content')
    await tabTo(page, link(page, 'On the map').first())
    await page.keyboard.press('Enter')
    await arrives(page, 'Map')
    await eventually(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
    await page.goBack()
    await arrives(page, 'Communities')
  })

  it('says so when the line is away, and offers another try', async () => {
    const page = await rig.open('/', { as: await rig.createUser({ role: 'administrator' }) })
    await arrives(page, /^Welcome/)
    await link(page.getByRole('navigation', { name: 'Main menu' }), 'Roles').hover()
    await page.context().setOffline(true)
    await sees(page, /There is no connection\./)
    await link(page.getByRole('navigation', { name: 'Main menu' }), 'Organisations').click()
    await page.getByRole('heading', { name: 'No connection' }).waitFor()
    await page.context().setOffline(false)
    await button(page, 'Try again').click()
    await arrives(page, 'Organisations')
  })
})
