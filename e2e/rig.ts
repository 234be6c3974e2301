import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { hash } from '@node-rs/argon2'
import { pino } from 'pino'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { compose } from '#server/compose.ts'
import { systemClock } from '#server/platform/clock.ts'
import { loadConfig } from '#server/platform/config.ts'
import { openJobs } from '#server/platform/jobs.ts'
import { folderMail, type Mail } from '#server/platform/mail.ts'
import { fileStorage } from '#server/platform/storage.ts'
import { buildSite, siteDir } from '#server/roots/site.ts'
import {
  type CommunityOptions,
  createCommunity,
  createUser,
  type TestUser,
  type UserOptions,
} from '#testing/factories.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)

/** Why the journeys cannot run here; undefined when they can. */
export const noBrowser = executablePath ? undefined : 'no Chromium on this machine (Debian: apt-get install chromium)'

export const password = 'a long enough passphrase 7'
let passwordHash: string | undefined

export interface Rig extends TestDb {
  url: string
  mail: Mail
  createUser(options?: UserOptions): Promise<TestUser>
  createCommunity(options?: CommunityOptions): Promise<string>
  /** A page of a fresh browser profile; with `as`, signed in already. Fails the test on script errors. */
  open(path: string, options?: BrowserContextOptions & { as?: TestUser }): Promise<Page>
  close(): Promise<void>
}

/** The real system on a database of its own: built pages, web and jobs, on a free port of the loopback. */
export async function startRig(): Promise<Rig> {
  await buildSite()
  const test = await createTestDb()
  const dataDir = mkdtempSync(join(tmpdir(), 'obcms-e2e-'))
  const log = pino({ level: 'silent' })
  const jobs = await openJobs({ url: test.url, log, works: true })
  const mail = folderMail(join(dataDir, 'mail'), systemClock)
  const composition = compose({
    config: loadConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent' }),
    secretKey: 'a test key that is long enough to be a secret key of fifty',
    baseUrl: 'http://localhost:8000',
    db: test.db,
    clock: systemClock,
    log,
    mail,
    storage: fileStorage(join(dataDir, 'files')),
    enqueue: jobs.enqueue,
  })
  const { app } = await composition.createServer(siteDir)
  await jobs.work(composition.registrations)
  const url = (await app.listen({ host: '127.0.0.1', port: 0 })).replace('127.0.0.1', 'localhost')
  const browser: Browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  passwordHash ??= await hash(password, { memoryCost: 19456, timeCost: 2, parallelism: 1 })
  const errors: Error[] = []
  return {
    ...test,
    url,
    mail,
    createUser: (options) => createUser(test, new Date(), { passwordHash, ...options }),
    createCommunity: (options) => createCommunity(test, new Date(), options),
    async open(path, { as, ...options } = {}) {
      const context = await browser.newContext({ locale: 'en-PH', timezoneId: 'Asia/Manila', ...options })
      context.setDefaultTimeout(15_000)
      if (as)
        await context.addCookies([{ name: 'obcms_session', value: as.token, url, httpOnly: true, sameSite: 'Lax' }])
      const page = await context.newPage()
      page.on('pageerror', (error) => errors.push(error))
      await page.goto(new URL(path, url).href)
      return page
    },
    async close() {
      await browser.close()
      await app.close()
      await jobs.close()
      await test.close()
      rmSync(dataDir, { recursive: true, force: true })
      expect(errors, 'script errors in the pages').toEqual([])
    },
  }
}

/** Finds nothing serious or critical on the page (WCAG 2.2 AA). */
export async function expectAccessible(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  const serious = violations.filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
  expect(
    serious.map(
      (violation) => `${violation.id}: ${violation.help}\n  ${violation.nodes.map((node) => node.html).join('\n  ')}`,
    ),
    page.url(),
  ).toEqual([])
}
