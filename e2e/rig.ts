import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { pino } from 'pino'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, vi } from 'vitest'
import { compose } from '#server/compose.ts'
import { memoryCache } from '#server/platform/cache/memory-cache.ts'
import { systemClock } from '#server/platform/clock.ts'
import { loadConfig } from '#server/platform/config.ts'
import { openJobs } from '#server/platform/jobs.ts'
import { folderMail, type KeptLetter } from '#server/platform/mail.ts'
import { createMetrics } from '#server/platform/metrics.ts'
import { createSecurity } from '#server/platform/security.ts'
import { createSecurityBuffer } from '#server/platform/security-buffer.ts'
import { deployChecks } from '#server/roots/check.ts'
import { buildSite, builtSite } from '#server/roots/site.ts'
import { backupStoreOf, storageOf } from '#server/roots/storage.ts'
import {
  type CommunityOptions,
  createCommunity,
  createUser,
  type TestUser,
  type UserOptions,
} from '#testing/factories.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'
import { browserOptions, findBrowser } from './browser.ts'

/** Why the journeys cannot run here; undefined when they can. */
const noBrowser = findBrowser()
  ? undefined
  : 'no Chromium on this machine (Debian: apt-get install chromium-headless-shell)'

/** The password of every person that the rig creates. */
export const password = 'a long enough passphrase 7'

type OpenOptions = BrowserContextOptions & {
  /** Signed in already. */
  as?: TestUser
  /** Another tab of the same browser. */
  beside?: Page
}

export interface Rig extends TestDb {
  url: string
  createUser(options?: UserOptions): Promise<TestUser>
  createCommunity(options?: CommunityOptions): Promise<string>
  /** The newest letter to this address; waits until it has arrived. */
  letterTo(email: string, subject: string): Promise<KeptLetter>
  /** A page of a fresh browser profile, closed after the test. Fails the test on errors of scripts. */
  open(path: string, options?: OpenOptions): Promise<Page>
  /** A bare page of this person, for what a journey needs beforehand; the caller closes it. */
  browse(as: TestUser): Promise<Page>
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => probe.once('listening', done))
  const address = probe.address()
  await new Promise((done) => probe.close(done))
  return typeof address === 'object' && address ? address.port : 0
}

/** The browser logs refused and lost requests too; what the person sees of them is the journey's business. */
const lostRequest = /Failed to load resource|could not be fetched/

let passwordHash: string | undefined

/** The real system on a database of its own: built pages, web and jobs, on a free port of the loopback. */
async function startRig(): Promise<Rig & { close(): Promise<void> }> {
  await buildSite(() => {})
  const test = await createTestDb()
  const dataDir = mkdtempSync(join(tmpdir(), 'obcms-e2e-'))
  const log = pino({ level: 'silent' })
  const port = await freePort()
  const url = `http://localhost:${port}`
  const jobs = await openJobs({ url: test.url, log, works: true })
  const mail = folderMail(join(dataDir, 'mail'), systemClock)
  const securityBuffer = createSecurityBuffer(systemClock)
  const config = loadConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent', BASE_URL: url, OVERLOAD_DELAY_MS: '0' })
  const composition = compose({
    config,
    secretKeys: ['a test key that is long enough to be a secret key of fifty'],
    security: createSecurity(log, securityBuffer.add),
    securityBuffer,
    deployChecks: async () => (await deployChecks({})).found,
    metrics: createMetrics(),
    db: test.db,
    cache: memoryCache(),
    clock: systemClock,
    log,
    mail,
    storage: await storageOf(config, test.db),
    databaseUrl: test.url,
    backupStore: await backupStoreOf(config),
    settings: () => ({}),
    enqueue: jobs.enqueue,
    checks: { database: test.db.ping },
    jobDesk: jobs.desk,
  })
  const { app } = await composition.createServer(builtSite())
  await jobs.work(composition.registrations)
  const stopKeeping = await composition.startKeeping(true)
  await app.listen({ host: '127.0.0.1', port })
  const browser = await chromium.launch(browserOptions)
  passwordHash ??= await hash(password, { memoryCost: 19456, timeCost: 2, parallelism: 1 })

  async function browse(as?: TestUser, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({
      locale: 'en-PH',
      timezoneId: 'Asia/Manila',
      reducedMotion: 'reduce',
      viewport: { width: 1280, height: 900 },
      ...options,
    })
    context.setDefaultTimeout(15_000)
    if (as) await context.addCookies([{ name: 'obcms_session', value: as.token, url, httpOnly: true, sameSite: 'Lax' }])
    return context.newPage()
  }

  return {
    ...test,
    url,
    createUser: (options) => createUser(test, new Date(), { passwordHash, ...options }),
    createCommunity: (options) => createCommunity(test, new Date(), options),
    letterTo: (email, subject) =>
      vi.waitFor(
        async () => {
          const kept = await mail.listKept?.()
          const letter = kept?.find(({ to, subject: words }) => to === email && words.includes(subject))
          if (!letter) throw new Error(`no letter “${subject}” to ${email}`)
          return letter
        },
        { timeout: 15_000, interval: 100 },
      ),
    browse,
    async open(path, { as, beside, ...options } = {}) {
      const page = beside ? await beside.context().newPage() : await browse(as, options)
      const context = page.context()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(String(error.stack)))
      page.on('console', (line) => {
        if (line.type() === 'error' && !lostRequest.test(line.text())) errors.push(line.text())
      })
      onTestFinished(async ({ task }) => {
        if (task.result?.state === 'fail' && !page.isClosed()) {
          mkdirSync('test-results', { recursive: true })
          const tab = context.pages().indexOf(page)
          const name = `${task.name} ${context.browser()?.contexts().indexOf(context)} ${tab}`.replace(/\W+/g, '-')
          await page.screenshot({ path: `test-results/${name}.png`, fullPage: true })
        }
        await context.close()
        expect(errors, 'script errors in the page').toEqual([])
      })
      await page.goto(new URL(path, url).href)
      return page
    },
    async close() {
      await browser.close()
      await app.close()
      await jobs.close()
      await stopKeeping()
      await test.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Journeys over one running system; without a browser they are skipped and say why. */
export function journeys(name: string, define: (rig: Rig) => void): void {
  describe.skipIf(noBrowser)(noBrowser ? `${name} (skipped: ${noBrowser})` : name, { timeout: 60_000 }, () => {
    const rig = {} as Rig
    let close: (() => Promise<void>) | undefined
    beforeAll(async () => {
      const started = await startRig()
      close = started.close
      Object.assign(rig, started)
    }, 120_000)
    afterAll(() => close?.())
    define(rig)
  })
}
