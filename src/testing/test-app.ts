import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import { problem } from '#contract/errors.ts'
import type { Route } from '#contract/route.ts'
import { type Composition, compose } from '#server/compose.ts'
import type { Cache } from '#server/platform/cache/cache.ts'
import { openCache } from '#server/platform/cache/open-cache.ts'
import { loadConfig } from '#server/platform/config.ts'
import type { HttpServer } from '#server/platform/http.ts'
import { type Jobs, openJobs } from '#server/platform/jobs.ts'
import type { Letter } from '#server/platform/mail.ts'
import { createMetrics } from '#server/platform/metrics.ts'
import { createSecurity } from '#server/platform/security.ts'
import { createSecurityBuffer } from '#server/platform/security-buffer.ts'
import {
  filesystemStore,
  type ObjectStore,
  openStorage,
  type Storage,
  type StoreName,
} from '#server/platform/storage.ts'
import {
  type CommunityOptions,
  createCommunity,
  createFile,
  createUser,
  type FileOptions,
  type TestUser,
  type UserOptions,
} from './factories.ts'
import { type FrozenClock, frozenClock } from './frozen-clock.ts'
import { createTestDb, type TestDb } from './test-db.ts'

export interface TestApp extends TestDb {
  server: HttpServer
  composition: Composition
  cache: Cache
  /** Where files are kept. */
  dataDir: string
  storage: Storage
  clock: FrozenClock
  /** Letters sent so far. */
  letters: Letter[]
  createUser(options?: UserOptions): Promise<TestUser>
  createCommunity(options?: CommunityOptions): Promise<string>
  createFile(options: FileOptions): Promise<string>
  /** A request; replies are checked against the contract, whoever asks. */
  call(who: TestUser | undefined, method: string, url: string, options?: CallOptions): Promise<LightMyRequestResponse>
  /** Runs what is queued, until nothing is. */
  runJobs(): Promise<number>
}

export interface CallOptions {
  body?: unknown
  headers?: Record<string, string>
  /** Sent as it is, in place of `body`. */
  payload?: InjectOptions['payload']
}

const silent = pino({ level: 'silent' })

function matching(routes: readonly Route[], method: string, path: string): Route | undefined {
  const answers = (route: Route) => route.method === method || (method === 'HEAD' && route.download === 'kept')
  const literal = routes.find((route) => answers(route) && route.path === path)
  return (
    literal ??
    routes.find((route) => answers(route) && new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`).test(path))
  )
}

/** Every answer of the API follows the contract: the declared view, or a problem document. */
function assertContract(routes: readonly Route[], method: string, url: string, reply: LightMyRequestResponse): void {
  const path = url.split('?')[0] ?? ''
  if (!path.startsWith('/api/v1/')) return
  const type = String(reply.headers['content-type'] ?? '')
  if (reply.statusCode >= 400) {
    if (!type.startsWith('application/problem+json'))
      throw new Error(`${method} ${url}: ${reply.statusCode} is not a problem document`)
    if (method !== 'HEAD') problem.parse(reply.json())
    return
  }
  const route = matching(routes, method, path)
  if (!route) throw new Error(`${method} ${url} answers but is not in the contract`)
  if (route.download || route.stream) return
  if (route.tus) {
    if (reply.body !== '' || reply.headers['tus-resumable'] !== '1.0.0')
      throw new Error(`${method} ${url}: not an answer of the tus protocol`)
    return
  }
  if (!route.reply) {
    if (reply.statusCode !== 204 || reply.body !== '') throw new Error(`${method} ${url}: expected 204 without a body`)
    return
  }
  if (reply.statusCode !== (route.status ?? 200))
    throw new Error(`${method} ${url}: status ${reply.statusCode} is not declared`)
  const parsed = route.reply.safeParse(reply.json())
  if (!parsed.success) throw new Error(`${method} ${url}: reply breaks the contract: ${parsed.error.message}`)
  const extra = JSON.stringify(parsed.data) !== JSON.stringify(reply.json()) && unknownKeys(reply.json(), parsed.data)
  if (extra) throw new Error(`${method} ${url}: reply has fields the contract does not name: ${extra}`)
}

function unknownKeys(sent: unknown, known: unknown, path = ''): string | undefined {
  if (typeof sent !== 'object' || sent === null) return undefined
  for (const [key, value] of Object.entries(sent)) {
    if (typeof known !== 'object' || known === null || !(key in known)) return `${path}.${key}`
    const found = unknownKeys(value, (known as Record<string, unknown>)[key], `${path}.${key}`)
    if (found) return found
  }
  return undefined
}

export interface TestAppOptions {
  /** Settings beyond those of every test. */
  settings?: Record<string, string>
  /** Another process of the same installation: on this one's database and clock, to be closed before it. */
  beside?: TestApp
  /** Beside the volume below `dataDir`. */
  bucket?: ObjectStore
}

export async function createTestApp({ settings, beside, bucket }: TestAppOptions = {}): Promise<TestApp> {
  const test = beside ?? (await createTestDb())
  const clock = beside?.clock ?? frozenClock()
  const letters: Letter[] = []
  const dataDir = beside?.dataDir ?? mkdtempSync(join(tmpdir(), 'obcms-app-'))
  const jobs: Jobs = await openJobs({ url: test.url, log: silent, works: false, poolSize: 2 })
  // Tests ask faster than people, and on machines that are busy.
  const unlimited = { OVERLOAD_DELAY_MS: '0', RATE_LIMIT_USER: '0', RATE_LIMIT_ADDRESS: '0' }
  const config = loadConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...unlimited, ...settings })
  const cache = await openCache(config, silent)
  const securityBuffer = createSecurityBuffer(clock)
  const stores = new Map<StoreName, ObjectStore>([['filesystem', filesystemStore(join(dataDir, 'files'))]])
  if (bucket) stores.set('s3', bucket)
  const preferred = config.useS3 ? 's3' : 'filesystem'
  const storage = openStorage({ db: test.db, clock, stores, preferred, spoolDir: join(dataDir, 'spool') })
  const composition = compose({
    config,
    secretKeys: ['a test key that is long enough to be a secret key of fifty'],
    security: createSecurity(silent, securityBuffer.add),
    securityBuffer,
    deployChecks: async () => [],
    metrics: createMetrics(),
    db: test.db,
    cache,
    clock,
    log: silent,
    mail: { send: async (letter) => void letters.push(letter) },
    storage,
    databaseUrl: test.url,
    backupStore: filesystemStore(join(dataDir, 'backups')),
    settings: () => ({ ...settings }),
    enqueue: jobs.enqueue,
    checks: { database: test.db.ping },
    jobDesk: jobs.desk,
  })
  const server = await composition.createServer()
  await server.app.ready()

  return {
    ...test,
    server,
    composition,
    dataDir,
    storage,
    cache,
    clock,
    letters,
    createUser: (options) => createUser(test, clock.now(), options),
    createCommunity: (options) => createCommunity(test, clock.now(), options),
    createFile: (options) => createFile({ ...test, storage }, clock.now(), options),
    async call(who, method, url, options = {}) {
      const asked: InjectOptions = {
        method: method as 'GET',
        url,
        headers: {
          ...(who && { cookie: `obcms_session=${who.token}`, 'sec-fetch-site': 'same-origin' }),
          ...(options.body !== undefined && { 'content-type': 'application/json' }),
          ...options.headers,
        },
        payload: options.payload ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      }
      // A stream that opens has no end: its head is all there is to see here.
      if (matching(server.routes, method, url)?.stream) {
        const opened = await server.app.inject({ ...asked, payloadAsStream: true })
        opened.stream().destroy()
        if (opened.statusCode === 200) return opened
      }
      const reply = await server.app.inject(asked)
      assertContract(server.routes, method, url, reply)
      return reply
    },
    runJobs: () => jobs.runQueued(composition.registrations),
    async close() {
      await server.app.close()
      await jobs.close()
      await cache.close()
      if (beside) return
      await test.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
