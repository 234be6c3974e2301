import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { journeys, type Rig } from './rig.ts'
import { arrives, button, choice, field, link, option, problemOf, sees, signIn } from './steps.ts'

const chosen = 'kape at tinapay tuwing umaga'
const linkIn = (text: string): string => /https?:\/\/\S+/.exec(text)?.[0] ?? ''

async function ministry(rig: Rig, acronym: string): Promise<string> {
  const [found] = await rig.query<{ id: string }>('SELECT id FROM organisations WHERE acronym = $1', [acronym])
  return found?.id ?? ''
}

async function askForAccount(page: Page, email: string, name: string): Promise<void> {
  await link(page, 'Ask for one').click()
  await arrives(page, 'Ask for an account')
  await page.getByRole('radio', { name: 'Ministry focal person' }).check()
  await choice(page, 'Ministry, office or agency').fill('basic')
  await option(page, /MBHTE/).click()
  await field(page, 'Full name').fill(name)
  await field(page, 'Position').fill('Planning Officer II')
  await field(page, 'E-mail').fill(email)
  await field(page, 'Phone').fill('0917 123 4567')
  await page.getByLabel(/^New password/).fill(chosen)
  await button(page, 'Send the request').click()
  await arrives(page, 'Your request is sent')
  await sees(page, 'The focal person of your ministry endorses the request.')
}

journeys('accounts', (rig) => {
  it('asks for an account, is endorsed by the ministry, approved by the office, and signs in', async () => {
    const focal = await rig.createUser({
      role: 'moa_focal',
      name: 'Focal of MBHTE',
      organisationId: await ministry(rig, 'MBHTE'),
    })
    await rig.createUser({ role: 'moa_focal', name: 'Focal of MOH', organisationId: await ministry(rig, 'MOH') })
    const email = 'sittie.usman@example.org'
    const page = await rig.open('/sign-in')
    await askForAccount(page, email, 'Sittie Usman')
    await link(page, 'Go to sign-in').click()
    await signIn(page, email, chosen)
    await page.getByRole('alert').waitFor()

    const waiting = await rig.letterTo(focal.email, 'waits for your endorsement')
    const endorsing = await rig.open(linkIn(waiting.text), { as: focal })
    await arrives(endorsing, 'Approvals')
    const request = endorsing.getByRole('listitem').filter({ hasText: 'Sittie Usman' })
    expect(await button(request, 'Approve').count()).toBe(0)
    await button(request, 'Endorse').click()
    await button(endorsing.getByRole('dialog'), 'Endorse').click()
    await sees(endorsing, 'Endorsed. The office decides now.')

    const approving = await rig.open('/', { as: await rig.createUser({ role: 'administrator', name: 'Director' }) })
    await link(approving, 'Sittie Usman').click()
    await arrives(approving, 'Approvals')
    await sees(approving, /Endorsed by Focal of MBHTE/)
    await button(approving.getByRole('listitem').filter({ hasText: 'Sittie Usman' }), 'Approve').click()
    await button(approving.getByRole('dialog'), 'Approve').click()
    await sees(approving, 'Approved. Sittie Usman gets a letter.')
    await sees(approving, 'Nothing waits here')

    const letter = await rig.letterTo(email, 'Your OBCMS account is ready')
    await page.goto(linkIn(letter.text))
    await signIn(page, email, chosen)
    await arrives(page, 'Welcome, Sittie Usman')
    expect(await link(page.getByRole('navigation', { name: 'Main menu' }), 'Imports').count()).toBe(0)
  })

  it('refuses a request with the reason in the letter', async () => {
    const email = 'stranger@example.org'
    const page = await rig.open('/sign-in')
    await askForAccount(page, email, 'A Stranger')
    const approving = await rig.open('/approvals', { as: await rig.createUser({ role: 'administrator' }) })
    const request = approving.getByRole('listitem').filter({ hasText: 'A Stranger' })
    await button(request, 'Refuse').click()
    const dialog = approving.getByRole('dialog')
    await button(dialog, 'Refuse').click()
    await sees(dialog, 'Fill in this field.')
    await field(dialog, 'Reason').fill('Nobody at the ministry knows this name.')
    await button(dialog, 'Refuse').click()
    await sees(approving, /Refused\. A Stranger gets a letter/)
    const letter = await rig.letterTo(email, 'was refused')
    expect(letter.text).toContain('Nobody at the ministry knows this name.')
    await link(page, 'Go to sign-in').click()
    await signIn(page, email, chosen)
    await page.getByRole('alert').waitFor()
  })

  it('sets a new password by mail and ends all sessions', async () => {
    const user = await rig.createUser({ role: 'staff', name: 'Forgetful Person' })
    const elsewhere = await rig.open('/places', { as: user })
    await arrives(elsewhere, 'Places')
    const page = await rig.open('/sign-in')
    await link(page, 'Forgot your password?').click()
    await page.getByLabel('E-mail').fill(user.email)
    await button(page, 'Send the link').click()
    await sees(page, `If ${user.email} has an account`)
    const address = linkIn((await rig.letterTo(user.email, 'Set a new OBCMS password')).text)
    await page.goto(address)
    await arrives(page, 'Set a new password')
    expect(new URL(page.url()).hash).toBe('')
    await page.getByLabel(/^New password/).fill('short')
    await sees(page, '7 more characters')
    await page.getByLabel(/^New password/).fill('password1234')
    await button(page, 'Set the password').click()
    await sees(page, /among the first that anyone would guess/)
    expect(await problemOf(page.getByLabel(/^New password/))).toMatch(/among the first/)
    await page.getByLabel(/^New password/).fill(chosen)
    await button(page, 'Set the password').click()
    await sees(page, 'Your new password is set. Sign in with it.')
    await signIn(page, user.email, chosen)
    await arrives(page, 'Welcome, Forgetful Person')
    // It is told, and asks for the password without a click.
    await arrives(elsewhere, 'Sign in')
    const again = await rig.open(address)
    await again.getByLabel(/^New password/).fill(chosen)
    await button(again, 'Set the password').click()
    await again.getByRole('alert').getByText(/link/).waitFor()
  })

  it('invites by mail; the invited person chooses a password and signs in', async () => {
    const page = await rig.open('/people', { as: await rig.createUser({ role: 'administrator' }) })
    await link(page, 'Invite a person').click()
    await arrives(page, 'Invite a person')
    await field(page, 'Full name').fill('Jamal Datumanong')
    await field(page, 'E-mail').fill('jamal@example.org')
    await choice(page, 'Role').click()
    await option(page, 'LGU or NGA focal person').click()
    await choice(page, 'Add a place').fill('alabel')
    await option(page, /^Alabel Municipality/).click()
    await button(page, 'Remove Alabel').waitFor()
    await button(page, 'Send the invitation').click()
    await sees(page, 'The invitation to Jamal Datumanong is on its way.')
    await arrives(page, 'Jamal Datumanong')
    await sees(page, 'Invited')

    const address = linkIn((await rig.letterTo('jamal@example.org', 'Invitation to OBCMS')).text)
    const guest = await rig.open(address)
    await arrives(guest, 'Welcome to OBCMS')
    await sees(guest, /LGU or NGA focal person.*jamal@example\.org/)
    await guest.getByLabel(/^New password/).fill(chosen)
    await button(guest, 'Accept the invitation').click()
    await sees(guest, 'Your account is ready. Sign in with your new password.')
    await signIn(guest, 'jamal@example.org', chosen)
    await arrives(guest, 'Welcome, Jamal Datumanong')
    const again = await rig.open(address)
    await arrives(again, 'This link does not work')
  })
})
