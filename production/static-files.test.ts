import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page, type Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCommunity, createUser } from '#testing/factories.ts'
import { type Installation, install } from '#testing/peers/installation.ts'
import { accepts, freePort, until } from '#testing/peers/peer.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'
import { browserOptions, findBrowser } from '../e2e/browser.ts'

const noBrowser = findBrowser()
  ? undefined
  : 'no Chromium on this machine (Debian: apt-get install chromium-headless-shell)'
const built = fileURLToPath(new URL('../dist/web/', import.meta.url))

let db: TestDb
let installation: Installation
let browser: Browser | undefined
const room = mkdtempSync(join(tmpdir(), 'obcms-static-files-'))

beforeAll(async () => {
  db = await createTestDb()
  installation = install({ DATABASE_URL: db.url, HOST: '127.0.0.1' })
  // Once, so that no test's time holds the build of the web pages.
  expect((await installation.run(['build'])).code).toBe(0)
  if (!noBrowser) browser = await chromium.launch(browserOptions)
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await installation.close()
  await db.close()
  rmSync(room, { recursive: true, force: true })
})

async function serve(settings: Record<string, string> = {}): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const command = installation.begin(['serve'], {
    PORT: String(port),
    WEB_CONCURRENCY: '1',
    OVERLOAD_DELAY_MS: '0',
    ...settings,
  })
  await until('OBCMS serves', () => accepts(port), 120)
  return {
    url: `http://localhost:${port}`,
    async stop() {
      command.child.kill('SIGTERM')
      expect(await command.code).toBe(0)
    },
  }
}

interface Visit {
  page: Page
  responses: Response[]
  errors: string[]
}

/** A browser that keeps what it loads and what it complains about. */
async function visit(url: string, token?: string): Promise<Visit> {
  const context = await (browser as Browser).newContext()
  context.setDefaultTimeout(60_000)
  if (token) await context.addCookies([{ name: 'obcms_session', value: token, url, httpOnly: true, sameSite: 'Lax' }])
  const page = await context.newPage()
  const responses: Response[] = []
  const errors: string[] = []
  page.on('response', (response) => responses.push(response))
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (line) => {
    // Who is not signed in is told so with 401, which the browser logs.
    if (line.type() === 'error' && !/status of 401/.test(line.text())) errors.push(line.text())
  })
  await page.goto(url)
  return { page, responses, errors }
}

const assetsOf = ({ responses }: Visit): Response[] =>
  responses.filter((response) => new URL(response.url()).pathname.includes('/assets/'))

describe('bin/obcms serve', () => {
  it('sends compressed assets, keeps nothing stale and nothing outside', { timeout: 300_000 }, async () => {
    const { url, stop } = await serve()
    const page = await (await fetch(url)).text()
    const main = /<script type="module"[^>]* src="([^"]+)"/.exec(page)?.[1] ?? ''
    for (let time = 0; time < 3; time++) {
      const reply = await fetch(url + main, { headers: { 'accept-encoding': 'br' } })
      expect(reply.status).toBe(200)
      expect(await reply.text()).toBe(readFileSync(join(built, main), 'utf8'))
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'content-encoding': 'br',
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'Accept-Encoding',
      })
      const etag = reply.headers.get('etag') ?? ''
      const again = await fetch(url + main, { headers: { 'accept-encoding': 'br', 'if-none-match': etag } })
      expect([again.status, again.headers.get('etag')]).toEqual([304, etag])
    }
    expect((await fetch(`${url}/communities`)).headers.get('cache-control')).toBe('no-cache')
    for (const path of [
      '/assets/index-00000000.js',
      '/assets/..%2f..%2fpackage.json',
      '/.source',
      '/%2e%2e%2fpackage.json',
    ])
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404])
    await stop()
  })

  it.skipIf(noBrowser)('shows the page in a browser with every asset compressed', { timeout: 300_000 }, async () => {
    const { url, stop } = await serve()
    const seen = await visit(url)
    await seen.page.getByLabel('Password').first().waitFor()
    const assets = assetsOf(seen)
    expect(assets.length).toBeGreaterThan(10)
    for (const asset of assets) {
      const { pathname } = new URL(asset.url())
      const isCompressed = existsSync(join(built, `${pathname}.br`))
      expect([pathname, asset.status(), asset.headers()['content-encoding']]).toEqual([
        pathname,
        200,
        isCompressed ? 'br' : undefined,
      ])
    }
    expect(seen.errors).toEqual([])
    await seen.page.context().close()
    await stop()
  })
})

/** Another server with the collected folder: plain files and leave for every origin to use them. */
async function startOther(dir: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://other')
    const file = join(dir, pathname.replace('/obcms/', '/'))
    if (!existsSync(file)) return response.writeHead(404).end()
    const type = pathname.endsWith('.css') ? 'text/css' : 'text/javascript'
    response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(readFileSync(file))
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${port}/obcms/`, server }
}

describe('obcms collectstatic and STATIC_URL', () => {
  it.skipIf(noBrowser)(
    'another origin has scripts, styles and what is loaded later',
    { timeout: 300_000 },
    async () => {
      const out = join(room, 'collected')
      const other = await startOther(out)
      const collect = () => installation.run(['collectstatic', '--out', out], { STATIC_URL: other.url })
      const { code, said } = await collect()
      expect([code, said]).toEqual([0, expect.stringMatching(/^(\d+) files are in .*, \1 of them written now/)])
      expect((await collect()).said).toMatch(/, 0 of them written now/)

      const { url, stop } = await serve({ STATIC_URL: other.url })
      const user = await createUser(db, new Date(), { role: 'staff' })
      await createCommunity(db, new Date(), { status: 'confirmed', latitude: 6.1, longitude: 125.28 })
      const seen = await visit(`${url}/map`, user.token)
      // A worker must be of the page's own origin.
      const workers = () => seen.page.workers().map((worker) => worker.url())
      await expect
        .poll(workers, { timeout: 90_000 })
        .toContainEqual(expect.stringMatching(`^${url}/assets/maplibre-gl-worker-`))
      const assets = assetsOf(seen)
      for (const asset of assets.filter((one) => !workers().includes(one.url())))
        expect([asset.url(), asset.status()]).toEqual([expect.stringMatching(`^${other.url}`), 200])
      for (const part of [/\/obcms\/assets\/index-[^/]+\.js$/, /map-page-[^/]+\.js$/, /map-page-[^/]+\.css$/])
        expect(assets.map((asset) => asset.url())).toContainEqual(expect.stringMatching(part))
      expect(seen.errors).toEqual([])
      await seen.page.context().close()
      await stop()
      other.server.close()
    },
  )

  it('refuses a folder of others', async () => {
    const { code, said } = await installation.run(['collectstatic', '--out', '/etc'])
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(/^obcms: \/etc holds files that are not of OBCMS: [^\n]+\n$/),
    ])
  })
})
