import { expect, it } from 'vitest'
import { journeys } from './rig.ts'
import { arrives, button, eventually, sees, signIn } from './steps.ts'

journeys('signing in', (rig) => {
  it('refuses a wrong password, signs in and leads to the page that was asked for', async () => {
    const user = await rig.createUser({ role: 'staff', name: 'Aisha Macarambon' })
    const page = await rig.open('/communities?status=confirmed')
    await arrives(page, 'Sign in')
    await signIn(page, user.email, 'not the password at all')
    await page.getByRole('alert').getByText('password').waitFor()
    await signIn(page, user.email)
    await arrives(page, 'Communities')
    expect(new URL(page.url()).search).toBe('?status=confirmed')
    await page.getByRole('button', { name: 'Confirmed', pressed: true }).waitFor()
  })

  it('names what is missing beside the field', async () => {
    const page = await rig.open('/sign-in')
    await button(page, 'Sign in').click()
    await sees(page, 'Type your e-mail address.')
    await sees(page, 'Type your password.')
    expect(await page.getByLabel('E-mail').getAttribute('aria-invalid')).toBe('true')
  })

  it('signs out, and the way back shows nothing of the person', async () => {
    const user = await rig.createUser({ role: 'staff', name: 'Noraida Guro' })
    const page = await rig.open('/', { as: user })
    await arrives(page, 'Welcome, Noraida Guro')
    await button(page, 'Menu of Noraida Guro').click()
    await button(page, 'Sign out').click()
    await arrives(page, 'Sign in')
    await page.goBack()
    await arrives(page, 'Sign in')
    await eventually(() => page.getByText('Noraida Guro').count()).toBe(0)
  })

  it('ends a session from another device; the ended one asks for the password again', async () => {
    const user = await rig.createUser({ role: 'staff', name: 'Samira Ali' })
    const lost = await rig.open('/places', { as: user })
    await arrives(lost, 'Places')
    const here = await rig.open('/sign-in')
    await signIn(here, user.email)
    await arrives(here, 'Welcome, Samira Ali')
    await here.goto(`${rig.url}/account/security`)
    await button(here, 'End all others').click()
    await button(here.getByRole('dialog'), 'End all others').click()
    await sees(here, 'All other sessions are ended.')
    await arrives(lost, 'Sign in')
    await sees(lost, 'Sign in to go on to the page you asked for.')
    await signIn(lost, user.email)
    await arrives(lost, 'Places')
  })
})
