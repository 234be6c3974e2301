/** `npm run screenshots`: every page with the demonstration set, at three widths, light and dark, into var/screenshots. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type APIRequestContext, type BrowserContext, chromium, type Page } from 'playwright-core'
import { browserOptions, findBrowser } from './browser.ts'
import { addressOf, routes } from './routes.ts'
import { sendFile } from './send-file.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'var/screenshots')
const widths = [1440, 820, 360]
const schemes = ['light', 'dark'] as const
const highest = 4000
const email = 'noraida.guro@example.org'
const password = 'kape at tinapay tuwing umaga'

async function startDemo(dataDir: string): Promise<{ url: string; stop(): Promise<void> }> {
  const obcms = spawn(process.execPath, [join(root, 'bin/obcms'), 'start', '--demo'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: process.env.PORT ?? '8765',
      OBCMS_ADMIN_EMAIL: email,
      OBCMS_ADMIN_PASSWORD: password,
    },
  })
  const gone = new Promise<void>((done) => obcms.once('exit', () => done()))
  for await (const line of createInterface(obcms.stdout)) {
    const url = /is ready on (\S+)/.exec(line)?.[1]
    if (url) {
      obcms.stdout.resume()
      return {
        url,
        stop: async () => {
          obcms.kill('SIGTERM')
          await gone
        },
      }
    }
  }
  throw new Error('OBCMS did not start: see above.')
}

/** What makes lists of people, requests and imports worth looking at. @returns what stands for ids in addresses */
async function furnish(api: APIRequestContext, url: string): Promise<Record<string, string>> {
  const post = async (path: string, options: object) => {
    const reply = await api.post(`${url}/api/v1${path}`, options)
    if (!reply.ok()) throw new Error(`${path}: ${await reply.text()}`)
    return reply.headers()['content-type']?.includes('json') ? reply.json() : undefined
  }
  const get = async (path: string) => (await api.get(`${url}/api/v1${path}`)).json()
  const { items: ministries } = await get('/registrations/organisations')
  const ministry = (acronym: string) =>
    ministries.find((row: { id: string; acronym: string }) => row.acronym === acronym)?.id as string
  const people = [
    { name: 'Alimudin Pangarungan', role: 'staff', team: 'mana', position: 'Community Affairs Officer II' },
    { name: 'Sittie Rahma Dimaporo', role: 'staff', team: 'monitoring', position: 'Statistician I' },
    { name: 'Yasmin Abdulgani', role: 'executive', position: 'Executive Director' },
    { name: 'Jamal Datumanong', role: 'lgu_focal', placeCodes: ['1208000000'], position: 'Municipal Planning Officer' },
    {
      name: 'Bai Soraya Ampatuan',
      role: 'moa_focal',
      organisationId: ministry('MBHTE'),
      position: 'Planning Officer III',
    },
  ]
  let userId = ''
  for (const person of people) {
    const address = `${person.name.toLowerCase().replace(/\W+/g, '.')}@example.org`
    const made = await post('/invitations', {
      data: { email: address, ...person },
      headers: { 'idempotency-key': `screenshots-${address}` },
    })
    userId = made.id
  }
  const asked = { phone: '0917 123 4567', password: 'a long enough passphrase 7' }
  await post('/registrations', {
    data: {
      ...asked,
      role: 'moa_focal',
      organisationId: ministry('MOH'),
      name: 'Hanan Macaraya',
      email: 'hanan.macaraya@example.org',
      position: 'Nurse V',
    },
  })
  await post('/registrations', {
    data: {
      ...asked,
      role: 'researcher',
      name: 'Esmael Guiamad',
      email: 'esmael.guiamad@example.org',
      position: 'Doctoral student',
      note: 'A study of access to Arabic schools in SOCCSKSARGEN, for Mindanao State University.',
    },
  })
  const { items: communities } = await get('/communities?status=confirmed&located=true&limit=20&sort=-population')
  const communityId = communities[0].id as string
  await post(`/communities/${communityId}/contacts`, {
    data: { name: 'Datu Ali Sangki', role: 'tribal_leader', phone: '0917 123 4567', verifiedOn: '2026-01-15' },
    headers: { 'idempotency-key': 'screenshots-contact-0001' },
  })
  const upload = async (name: string, rows: string[]) => {
    const buffer = Buffer.from(
      ['Community name,Barangay PSGC,Status,OBC population,Remarks,Colour', ...rows].join('\r\n'),
    )
    return (await post('/imports', { multipart: { file: { name, mimeType: 'text/csv', buffer } } })).id as string
  }
  await upload('MANA Region XII batch 1.csv', ['Purok Darussalam,1208001001,Presumed,140,,green'])
  const importId = await upload('MANA Region XII batch 2.csv', [
    'Purok Darussalam,1208001001,Presumed,140,,green',
    'Sitio Bakung,9999999999,Presumed,80,Ask the barangay,red',
    'Purok Nur,1208001001,Confirmed,minus two,,blue',
    'Purok Salam,1208001001,Maybe,55,,',
  ])
  for (let tries = 0; tries < 60 && (await get(`/imports/${importId}`)).state !== 'checked'; tries += 1)
    await new Promise((done) => setTimeout(done, 500))
  const fileId = await sendFile(api, url, {
    name: 'Minutes of the consultation, 14 January 2026.txt',
    content: Buffer.from('The elders asked for a deep well beside the madrasah.\n'.repeat(20)),
    intent: { record: { type: 'community', id: communityId }, type: 'minutes', tags: ['water', 'visit'] },
  })
  const folder = await post('/folders', {
    data: { name: 'MANA reports 2026' },
    headers: { 'idempotency-key': 'screenshots-folder-0001' },
  })
  await sendFile(api, url, {
    name: 'Beneficiaries.csv',
    content: Buffer.from('name,sitio\nPurok One,Lampara\n'),
    intent: { record: { type: 'folder', id: folder.id }, type: 'list', confidentiality: 'restricted' },
  })
  const { secret } = await post(`/files/${fileId}/shares`, {
    data: { days: 7, note: 'Engineer of MENRE' },
    headers: { 'idempotency-key': 'screenshots-share-00001' },
  })
  return { userId, communityId, importId, fileId, secret, code: '1208000000' }
}

async function settle(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor()
  await page.waitForFunction(() => !document.querySelector('.mantine-Skeleton-root, .mantine-Loader-root'))
  await page.evaluate(() => document.fonts.ready)
  // A map paints a while after its parts are there.
  await page.waitForTimeout((await page.locator('canvas').count()) ? 1500 : 200)
}

/** The window grows to the page, so that what sticks to its lower edge stands where it belongs. */
async function shoot(page: Page, name: string, width: number): Promise<void> {
  const base = width < 500 ? 740 : 900
  await page.setViewportSize({ width, height: base })
  await settle(page)
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewportSize({ width, height: Math.min(highest, Math.max(base, height)) })
  await settle(page)
  await page.screenshot({ path: join(out, `${name}.${width}.${await scheme(page)}.png`) })
}

const scheme = (page: Page) => page.evaluate(() => document.documentElement.dataset.mantineColorScheme)

const nameOf = (path: string): string => {
  if (path === '/') return 'home'
  if (path === '/$') return 'no-such-page'
  return path.replace(/\W+/g, '-').replace(/^-|-$/g, '')
}

/** Things that a page shows only after somebody did something. */
const moments: { name: string; path: string; act: (page: Page) => Promise<void> }[] = [
  {
    name: 'state-refused-form',
    path: '/communities/new',
    act: (page) => page.getByRole('button', { name: 'Register', exact: true }).click(),
  },
  {
    name: 'state-place-picker',
    path: '/communities/new',
    act: (page) => page.getByRole('combobox', { name: 'Barangay' }).fill('ala'),
  },
  { name: 'state-history', path: '/communities/$communityId?tab=history', act: async () => {} },
  { name: 'state-files', path: '/communities/$communityId?tab=files', act: async () => {} },
  { name: 'state-map-table', path: '/map?view=table', act: async () => {} },
  { name: 'state-no-match', path: '/communities?q=nothing+of+that+name', act: async () => {} },
  { name: 'state-place-search', path: '/places?q=sto+nino', act: async () => {} },
  {
    name: 'state-offline',
    path: '/communities',
    act: async (page) => {
      await page.context().setOffline(true)
      await page.getByRole('searchbox').fill('anything')
      await page.getByRole('heading', { name: 'No connection' }).waitFor()
    },
  },
  {
    name: 'state-palette',
    path: '/',
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').getByRole('combobox').fill('zam')
      await page
        .getByRole('option', { name: /Zamboanga/ })
        .first()
        .waitFor()
    },
  },
]

if (!findBrowser())
  throw new Error('There is no Chromium on this machine (Debian: apt-get install chromium-headless-shell).')
const dataDir = mkdtempSync(join(tmpdir(), 'obcms-screenshots-'))
const demo = await startDemo(dataDir)
const browser = await chromium.launch(browserOptions)
try {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const session = await browser.newContext({ extraHTTPHeaders: { origin: demo.url } })
  const reply = await session.request.post(`${demo.url}/api/v1/session`, { data: { email, password } })
  if (!reply.ok()) throw new Error(`No sign-in: ${await reply.text()}`)
  const ids = await furnish(session.request, demo.url)
  const storageState = await session.storageState()
  const contexts: BrowserContext[] = []
  const open = async (colorScheme: (typeof schemes)[number], signedIn: boolean) => {
    const context = await browser.newContext({
      colorScheme,
      reducedMotion: 'reduce',
      locale: 'en-PH',
      timezoneId: 'Asia/Manila',
      storageState: signedIn ? storageState : undefined,
    })
    context.setDefaultTimeout(90_000)
    contexts.push(context)
    return context.newPage()
  }
  const behind: Record<string, string> = { '/reset-password': `#${'x'.repeat(43)}`, '/shared': `#${ids.secret}` }
  for (const colorScheme of schemes) {
    const pages = { app: await open(colorScheme, true), open: await open(colorScheme, false) }
    for (const { path, needsSession } of routes) {
      const page = needsSession ? pages.app : pages.open
      await page.goto(demo.url + addressOf(path, ids) + (behind[path] ?? ''))
      for (const width of widths) await shoot(page, nameOf(path), width)
    }
    for (const { name, path, act } of moments) {
      for (const width of widths) {
        await pages.app.setViewportSize({ width, height: width < 500 ? 740 : 900 })
        await pages.app.goto(demo.url + addressOf(path, ids))
        await settle(pages.app)
        await act(pages.app)
        await shoot(pages.app, name, width)
        await pages.app.context().setOffline(false)
      }
    }
  }
  for (const context of contexts) await context.close()
} finally {
  await browser.close()
  await demo.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
