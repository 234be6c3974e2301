import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#server/platform/clock.ts'
import { s3Store } from '#server/platform/storage/s3-store.ts'
import { filesystemStore, type ObjectStore, objectKey, openStorage } from '#server/platform/storage.ts'
import { ask } from '#testing/ask.ts'
import { createUser, type TestUser } from '#testing/factories.ts'
import { type Command, childrenOf, type Installation, install } from '#testing/peers/installation.ts'
import { freePort, until } from '#testing/peers/peer.ts'
import { noS3, type S3Peer, startS3 } from '#testing/peers/s3.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'
import type { Met } from './media-user.ts'

/**
 * The whole way of all files, volume → bucket → volume, under reads and writes without pause: two web services, a worker, and two
 * processes that do nothing but keep and read. The mover is killed again and again.
 */

let s3: S3Peer
let db: TestDb
let place: Installation
let admin: TestUser
let bucket: ObjectStore
const volumeDir = () => join(place.dataDir, 'files')

beforeAll(async () => {
  if (noS3) return
  ;[s3, db] = await Promise.all([startS3(), createTestDb()])
  place = install({
    ...s3.env,
    DATABASE_URL: db.url,
    WEB_CONCURRENCY: '1',
    LOG_LEVEL: 'info',
    RATE_LIMIT_ADDRESS: '0',
    RATE_LIMIT_USER: '0',
    OVERLOAD_DELAY_MS: '0',
  })
  expect(await place.run(['build'])).toMatchObject({ code: 0 })
  admin = await createUser(db, new Date(), { role: 'administrator' })
  bucket = s3Store(s3.settings)
}, 300_000)
afterAll(async () => {
  if (noS3) return
  for (const user of users) user.kill('SIGKILL')
  await place.close()
  await bucket.close?.()
  await s3.stop()
  await db.close()
})

const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const say = (line: string) => process.stdout.write(`${line}\n`)

interface Service {
  port: number
  command: Command
}
/** Ports that a load balancer would send people to. */
const open = new Set<number>()
const services: Service[] = []
let worker: Command

async function serve(port: number, useS3: string): Promise<Service> {
  const command = place.begin(['serve'], { PORT: String(port), USE_S3: useS3 })
  await command.hears(/web ready/)
  open.add(port)
  return { port, command }
}
async function work(useS3: string): Promise<void> {
  worker = place.begin(['worker'], { USE_S3: useS3 })
  await worker.hears(/worker ready/)
}
async function stop(command: Command): Promise<void> {
  command.child.kill('SIGTERM')
  expect(await command.code).toBe(0)
}

const users = new Set<ChildProcess>()
const met: Met = { reads: 0, writes: 0, failures: [] }
const userFile = fileURLToPath(new URL('media-user.ts', import.meta.url))
async function beginUser(useS3: string): Promise<ChildProcess> {
  const user = spawn(process.execPath, [userFile], {
    env: { PATH: process.env.PATH, ...s3.env, DATABASE_URL: db.url, DATA_DIR: place.dataDir, USE_S3: useS3 },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  users.add(user)
  await once(user.stdout as Readable, 'data')
  return user
}
async function endUser(user: ChildProcess): Promise<void> {
  let text = ''
  user.stdout?.on('data', (chunk: Buffer) => (text += chunk))
  const gone = once(user, 'close')
  user.stdin?.write('stop\n')
  await gone
  users.delete(user)
  const { reads, writes, failures } = JSON.parse(text.trim().split('\n').at(-1) ?? '') as Met
  met.reads += reads
  met.writes += writes
  met.failures.push(...failures)
}

/** People who send spreadsheets; the worker reads each from where it lies. */
const imports: string[] = []
const refusals: string[] = []
let isOver = false
async function sendImports(): Promise<void> {
  for (let n = 0; !isOver; n += 1) {
    const ports = [...open]
    const port = ports[n % ports.length]
    const body = `--edge\r\nContent-Disposition: form-data; name="file"; filename="list ${n}.csv"\r\n\r\nName,PSGC\nPurok ${n} ${randomBytes(4).toString('hex')},1208001001\n\r\n--edge--\r\n`
    const answer = await ask(`http://localhost:${port}/api/v1/imports`, {
      method: 'POST',
      headers: {
        cookie: `obcms_session=${admin.token}`,
        'sec-fetch-site': 'same-origin',
        'content-type': 'multipart/form-data; boundary=edge',
      },
      body,
    }).catch((error: Error) => ({ status: 0, body: String(error), json: () => ({ id: '' }) }))
    if (answer.status === 201) imports.push((answer.json() as { id: string }).id)
    else refusals.push(`${answer.status} ${answer.body}`)
    await sleep(250)
  }
}

/** One service after the other, as behind a load balancer, then the worker and those who keep and read. */
async function reload(useS3: string): Promise<void> {
  for (const service of services) {
    open.delete(service.port)
    await sleep(300)
    await stop(service.command)
    Object.assign(service, await serve(service.port, useS3))
  }
  await stop(worker)
  await work(useS3)
  for (const user of [...users]) {
    await endUser(user)
    await beginUser(useS3)
  }
}

const onVolume = (): string[] => {
  const dir = join(volumeDir(), 'objects')
  if (!existsSync(dir)) return []
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort()
}
async function inBucket(): Promise<string[]> {
  const names: string[] = []
  // Swift's listing may still name for a moment what is gone.
  for await (const { key } of bucket.list('objects/')) if (await bucket.stat(key)) names.push(key.slice(-64))
  return names.sort()
}
const kept = async () => (await db.query<{ sha256: string }>('SELECT sha256 FROM objects')).map(({ sha256 }) => sha256)
const move = async () =>
  (
    await db.query<{ state: string; objects_copied: number; objects_verified: number }>(
      `SELECT state, objects_copied::int, objects_verified::int FROM media_moves ORDER BY started_at DESC LIMIT 1`,
    )
  )[0]

async function seed(): Promise<void> {
  const storage = openStorage({
    db: db.db,
    clock: systemClock,
    stores: new Map([['filesystem', filesystemStore(volumeDir())]]),
    preferred: 'filesystem',
    spoolDir: join(place.dataDir, 'spool'),
  })
  const sizes = [
    ...Array.from({ length: 300 }, (_, n) => 1_000 + n * 100),
    ...Array.from({ length: 4 }, () => 10_000_000),
  ]
  for (const bytes of sizes)
    await storage.keep(Readable.from([randomBytes(bytes)], { objectMode: false }), { maxBytes: 2 ** 25 })
}

const migrate = (to: string, useS3: string) =>
  place.begin(['media', 'migrate', '--to', to, '--rate', '12'], { USE_S3: useS3 })

test.skipIf(noS3)(
  `everything moves to the bucket and back; no read and no write fails, whatever is killed${noS3 ? `: ${noS3}` : ''}`,
  async () => {
    await seed()
    for (let n = 0; n < 2; n += 1) services.push(await serve(await freePort(), '0'))
    await work('0')
    await beginUser('0')
    await beginUser('0')
    const sending = sendImports()
    await until('people work', () => imports.length > 5, 60)

    const plan = await place.run(['media', 'migrate', '--to', 's3', '--dry-run'])
    expect(plan).toMatchObject({ code: 0, said: expect.stringContaining('a trial write works') })
    expect(await move()).toBeUndefined()

    let kills = 0
    async function killedAt(what: string, isThere: (now: NonNullable<Awaited<ReturnType<typeof move>>>) => boolean) {
      const mover = migrate('s3', '0')
      await until(
        what,
        async () => {
          const now = await move()
          return now !== undefined && isThere(now)
        },
        180,
      )
      mover.child.kill('SIGKILL')
      await mover.code
      kills += 1
      const now = await move()
      say(`killed while ${now?.state}: ${now?.objects_copied} copied, ${now?.objects_verified} verified`)
    }
    await killedAt('the first copies', ({ objects_copied }) => objects_copied > 20)
    await killedAt('more of them', ({ objects_copied }) => objects_copied > 200)
    await killedAt('it verifies', ({ state, objects_verified }) => state === 'verifying' && objects_verified > 50)
    const last = migrate('s3', '0')
    expect([await last.code, last.said()]).toEqual([0, expect.stringContaining('Now set USE_S3=1')])
    expect(await move()).toMatchObject({ state: 'done' })

    expect(await place.run(['media', 'cleanup'])).toMatchObject({ code: 1, said: expect.stringContaining('USE_S3=1') })
    await reload('1')
    expect(await move()).toMatchObject({ state: 'switched' })
    const trial = await place.run(['media', 'cleanup', '--dry-run'], { USE_S3: '1' })
    expect([trial.code, onVolume().length > 300]).toEqual([0, true])
    const cleaner = place.begin(['media', 'cleanup'], { USE_S3: '1' })
    await until('some are removed', () => onVolume().length < 250, 120)
    cleaner.child.kill('SIGKILL')
    await cleaner.code
    expect(await place.run(['media', 'cleanup'], { USE_S3: '1' })).toMatchObject({ code: 0 })
    expect(onVolume()).toEqual([])

    // The way back by the screen: a job of the worker does it, and its process is killed.
    const [{ port } = { port: 0 }] = services
    const asked = await ask(`http://localhost:${port}/api/v1/media/moves`, {
      method: 'POST',
      headers: {
        cookie: `obcms_session=${admin.token}`,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ target: 'filesystem', megabytesPerSecond: 12 }),
    })
    expect(asked.status).toBe(201)
    await until('the worker copies', async () => ((await move())?.objects_copied ?? 0) > 100, 180)
    for (const pid of childrenOf(worker)) process.kill(pid, 'SIGKILL')
    kills += 1
    await until('it is done', async () => (await move())?.state === 'done', 240)
    await reload('0')
    expect(await move()).toMatchObject({ state: 'switched' })
    expect(await place.run(['media', 'cleanup'])).toMatchObject({ code: 0 })
    expect(await inBucket()).toEqual([])

    isOver = true
    await sending
    for (const user of [...users]) await endUser(user)
    await until(
      'every spreadsheet is read',
      async () =>
        (await db.query(`SELECT FROM imports WHERE state IN ('uploaded', 'checking', 'queued')`)).length === 0,
      120,
    )
    const states = await db.query<{ state: string; count: number }>(
      'SELECT state, count(*)::int AS count FROM imports GROUP BY 1',
    )
    const all = await kept()
    say(
      `${met.reads} reads, ${met.writes} writes and ${imports.length} imports, ${met.failures.length + refusals.length} failed; ${kills} kills; ${all.length} objects`,
    )
    expect({ failures: met.failures, refusals }).toEqual({ failures: [], refusals: [] })
    expect(states).toEqual([{ state: 'checked', count: imports.length }])
    expect(met.reads).toBeGreaterThan(500)
    expect(met.writes).toBeGreaterThan(100)
    expect(onVolume()).toEqual(all.sort())
    for (const sha256 of all) expect(sha256Of(readFileSync(join(volumeDir(), objectKey(sha256))))).toBe(sha256)
    expect(await db.query(`SELECT DISTINCT store, problem FROM object_copies`)).toEqual([
      { store: 'filesystem', problem: null },
    ])
  },
  900_000,
)
