import { TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { journeys, password } from './rig.ts'
import { arrives, button, field, link, sees, signIn } from './steps.ts'

const step = 30_000
const wrong = /This code is wrong or was used before/

/** Goes through the set-up in the dialog; gives the codes of the app that was set up, and the recovery codes. */
async function setUp(page: Page) {
  await button(page, 'Set up two-factor sign-in').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^Password/).fill(password)
  await button(dialog, 'Go on').click()
  await dialog.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor()
  const secret = (await dialog.locator('pre').textContent())?.replace(/\s/g, '') ?? ''
  const app = new TOTP({ secret })
  await field(dialog, 'Code of your authenticator app').fill(app.generate())
  await button(dialog, 'Switch on').click()
  await sees(dialog, 'Keep these recovery codes')
  const recoveryCodes = await dialog.locator('ol > li').allTextContents()
  await button(dialog, /I have kept them/).click()
  await sees(page, /^On since/)
  // A code opens once, so the next sign-in takes the next one; the server allows for a clock that is half a minute off.
  return { recoveryCodes, nextCode: () => app.generate({ timestamp: Date.now() + step }) }
}

async function signInAgain(page: Page, email: string, name: string): Promise<void> {
  await button(page, `Menu of ${name}`).click()
  await button(page, 'Sign out').click()
  await arrives(page, 'Sign in')
  await signIn(page, email)
  await arrives(page, 'Second step')
}

journeys('two-factor sign-in', (rig) => {
  it('is set up, asks for a code, and takes each recovery code once', async () => {
    const user = await rig.createUser({ role: 'staff', name: 'Careful Person' })
    const page = await rig.open('/account/security', { as: user })
    const { recoveryCodes, nextCode } = await setUp(page)
    expect(recoveryCodes).toHaveLength(10)
    await sees(page, '10 recovery codes left.')

    await signInAgain(page, user.email, user.name)
    await field(page, 'Code of your authenticator app').fill('000000')
    await button(page, 'Go on').click()
    await sees(page, wrong)
    await field(page, 'Code of your authenticator app').fill(nextCode())
    await button(page, 'Go on').click()
    await arrives(page, 'Welcome, Careful Person')

    await signInAgain(page, user.email, user.name)
    await button(page, 'Use a recovery code instead').click()
    await field(page, 'Recovery code').fill(recoveryCodes[0] ?? '')
    await button(page, 'Go on').click()
    await arrives(page, 'Welcome, Careful Person')

    await signInAgain(page, user.email, user.name)
    await button(page, 'Use a recovery code instead').click()
    await field(page, 'Recovery code').fill(recoveryCodes[0] ?? '')
    await button(page, 'Go on').click()
    await sees(page, wrong)
    await field(page, 'Recovery code').fill(recoveryCodes[1] ?? '')
    await button(page, 'Go on').click()
    await arrives(page, 'Welcome, Careful Person')
    await page.goto(`${rig.url}/account/security`)
    await sees(page, '8 recovery codes left.')
  })

  it('is demanded of a role by an administrator, and nothing else opens before', async () => {
    const user = await rig.createUser({ role: 'researcher', name: 'Demanded Person' })
    const admin = await rig.open('/roles', { as: await rig.createUser({ role: 'administrator' }) })
    await admin.getByRole('switch', { name: 'Demand two-factor sign-in of Researcher' }).click({ force: true })
    await sees(admin, 'From now on the role Researcher needs two-factor sign-in.')

    const page = await rig.open('/sign-in')
    await signIn(page, user.email)
    await arrives(page, 'Password and security')
    await sees(page, 'Your role needs two-factor sign-in')
    await page.goto(`${rig.url}/communities`)
    await arrives(page, 'Password and security')
    await setUp(page)
    await link(page.getByRole('navigation', { name: 'Main menu' }), 'Communities').click()
    await arrives(page, 'Communities')
  })
})
