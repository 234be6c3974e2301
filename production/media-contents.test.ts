import { readdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runChecks } from '#server/platform/checks/check.ts'
import { liveChecks } from '#server/platform/checks/live-checks.ts'
import { loadConfig } from '#server/platform/config.ts'
import { clamd } from '#server/platform/scanner.ts'
import { actorFor } from '#testing/actor.ts'
import type { TestUser } from '#testing/factories.ts'
import { eicar, eicarName, mostStreamMegabytes, noClamd, startClamd } from '#testing/peers/clamd.ts'
import { childrenOf, install } from '#testing/peers/installation.ts'
import { hostOfPeers, type Peer, until } from '#testing/peers/peer.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

async function addTo(app: TestApp, who: TestUser, community: string, content: Buffer | string, name: string) {
  const object = await app.storage.keep(Readable.from([Buffer.from(content)]), { maxBytes: 2 ** 30 })
  const intent = { record: { type: 'community', id: community } } as const
  const { fileId } = await app.composition.files.add(actorFor(who), { ...object, name }, intent)
  return { fileId, sha256: object.sha256 }
}

describe.skipIf(noClamd)(`a real ClamAV${noClamd ? `: ${noClamd}` : ''}`, () => {
  let daemon: Peer
  let app: TestApp
  let staff: TestUser
  let community: string

  beforeAll(async () => {
    daemon = await startClamd()
    app = await createTestApp({ settings: { CLAMAV_HOST: hostOfPeers, CLAMAV_PORT: String(daemon.port) } })
    staff = await app.createUser({ role: 'staff', name: 'Staff Person' })
    await app.createUser({ role: 'administrator', email: 'admin@example.org' })
    community = await app.createCommunity()
  }, 120_000)
  afterAll(async () => {
    await app?.close()
    await daemon?.stop()
  })

  const add = (content: Buffer | string, name: string) => addTo(app, staff, community, content, name)
  const facts = async ({ sha256 }: { sha256: string }) =>
    (await app.query('SELECT * FROM object_facts WHERE object_sha256 = $1', [sha256]))[0]
  const content = async ({ fileId }: { fileId: string }) =>
    (await app.call(staff, 'GET', `/api/v1/files/${fileId}/content`)).statusCode
  const lookAgain = async () => {
    app.clock.pass(6 * 60)
    await app.query(`INSERT INTO pgboss.job (name, data) VALUES ('contents.examine-waiting', '{}')`)
    await app.runJobs()
  }

  test('a clean file is cleared and read; one with a virus is shut away, told of, and never read', async () => {
    const clean = await add('Minutes of the coop', 'minutes.txt')
    const bad = await add(`${eicar} and its secret words`, 'invoice.txt')
    expect(await content(clean)).toBe(409)
    await app.runJobs()
    expect(await facts(clean)).toMatchObject({ scan: 'clean', text_state: 'ready', problem: null })
    expect(await content(clean)).toBe(200)
    expect(await facts(bad)).toMatchObject({
      scan: 'infected',
      scan_finding: eicarName,
      thumbnails: 'none',
      text_state: 'none',
      text_content: null,
    })
    expect(await content(bad)).toBe(409)
    const letters = app.letters.filter(({ text }) => text.includes(eicarName))
    expect(letters.map(({ to }) => to)).toEqual(['admin@example.org'])
    expect(letters[0]?.text).toMatch(/invoice\.txt, added by Staff Person .*\/files\//)
    expect((await app.call(staff, 'GET', '/api/v1/files?q=secret')).json().items).toEqual([])
    // The same content again: known at once, told once.
    expect(await content(await add(`${eicar} and its secret words`, 'again.txt'))).toBe(409)
    await app.runJobs()
    expect(app.letters.filter(({ text }) => text.includes(eicarName))).toHaveLength(1)
  })

  const scannerCheck = async () => {
    const config = loadConfig({ CLAMAV_HOST: hostOfPeers, CLAMAV_PORT: String(daemon.port) })
    return runChecks(
      liveChecks.filter(({ id }) => id === 'files.scanner'),
      config,
    )
  }

  test('while the daemon is away or hangs files wait; when it is back they are cleared', {
    timeout: 60_000,
  }, async () => {
    const { port } = daemon
    expect(await scannerCheck()).toEqual([])
    await daemon.stop()
    expect(await scannerCheck()).toMatchObject([{ level: 'error', what: expect.stringContaining('does not answer') }])
    const waiting = await add('words for later', 'later.txt')
    await app.runJobs()
    await lookAgain()
    expect(await facts(waiting)).toMatchObject({ scan: 'unscanned', text_state: 'waiting' })
    expect(await content(waiting)).toBe(409)
    daemon = await startClamd(port)
    await lookAgain()
    expect(await facts(waiting)).toMatchObject({ scan: 'clean', text_state: 'ready' })
    expect(await app.query(`SELECT FROM pgboss.job WHERE name = 'dead-letters'`)).toEqual([])
  })

  test('what the daemon does not take or not look through is not cleared', async () => {
    const large = await add(Buffer.alloc((mostStreamMegabytes + 4) * 1_048_576, 'large '), 'large.txt')
    await app.runJobs()
    expect(await facts(large)).toMatchObject({ scan: 'unscanned', text_state: 'waiting', looks: 1 })
    expect((await facts(large))?.problem).toContain('StreamMaxLength')
    expect(await content(large)).toBe(409)
  })

  test('the client follows the pace of the daemon, and tells a stop from an answer', { timeout: 60_000 }, async () => {
    const scanner = clamd({ host: hostOfPeers, port: daemon.port })
    await scanner.ping()
    let given = 0
    const endless = async function* () {
      for (; given < 64; given += 1) {
        yield Buffer.alloc(1_048_576)
        await sleep(1)
      }
    }
    expect(await scanner.scan(Readable.from(endless()))).toMatchObject({ is: 'undecided' })
    expect(given).toBeLessThan(64)
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('half')
        throw new Error('the store broke off')
      })(),
    )
    await expect(scanner.scan(failing)).rejects.toThrow('the store broke off')
    daemon.freeze()
    const told = new AbortController()
    const asked = scanner.scan(Readable.from([Buffer.from('x')]), told.signal)
    const refused = expect(asked).rejects.toThrow('does not answer')
    await sleep(200)
    told.abort()
    await refused
    await expect(scanner.ping()).rejects.toThrow('does not answer')
    daemon.thaw()
    await until('it answers again', () =>
      scanner.ping().then(
        () => true,
        () => false,
      ),
    )
  })
})

/** The process and all below it. */
function familyOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }]
      } catch {
        return []
      }
    })
  const below = (of: number): number[] =>
    parents.filter(({ parent }) => parent === of).flatMap((child) => [child.pid, ...below(child.pid)])
  return [pid, ...below(pid)]
}
const megabytesOf = (pid: number): number => {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096) / 1_048_576
  } catch {
    return 0
  }
}
const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

test('a hundred photos at once: memory stays bounded, and a worker killed in the middle loses none', {
  timeout: 240_000,
}, async () => {
  const app = await createTestApp()
  const place = install({ DATABASE_URL: app.url, DATA_DIR: app.dataDir })
  try {
    const staff = await app.createUser({ role: 'staff' })
    const community = await app.createCommunity()
    const noise = { type: 'gaussian', mean: 128, sigma: 20 } as const
    const size = { width: 2_400, height: 1_800, channels: 3, background: 'teal' } as const
    const photo = await sharp({ create: { ...size, noise } })
      .jpeg()
      .toBuffer()
    // The same picture for the eye; other content by one byte behind its end.
    for (let n = 0; n < 100; n += 1)
      await addTo(app, staff, community, Buffer.concat([photo, Buffer.from([n])]), `${n}.jpg`)
    const ready = async () => (await app.query(`SELECT FROM object_facts WHERE thumbnails = 'ready'`)).length
    const worker = place.begin(['worker', '--queues', 'contents'])
    let most = 0
    const readers = new Set<number>()
    const watch = setInterval(() => {
      const family = familyOf(worker.child.pid ?? 0)
      for (const pid of family) if (commandOf(pid).includes('reader-process')) readers.add(pid)
      most = Math.max(
        most,
        family.map(megabytesOf).reduce((sum, each) => sum + each, 0),
      )
    }, 250)
    try {
      await until('some are ready', async () => (await ready()) >= 10, 90)
      const killed = childrenOf(worker)[0] ?? 0
      const orphans = [...readers]
      process.kill(killed, 'SIGKILL')
      expect(await ready()).toBeLessThan(100)
      await until('what it started has ended', () => !orphans.some((pid) => commandOf(pid).includes('reader-process')))
      await until('all are ready', async () => (await ready()) === 100, 120)
    } finally {
      clearInterval(watch)
    }
    expect(await app.query(`SELECT FROM object_thumbnails`)).toHaveLength(300)
    expect(await app.query(`SELECT FROM object_facts WHERE thumbnails <> 'ready'`)).toEqual([])
    expect(most).toBeLessThan(1_200)
    console.log(`worker with its readers: ${Math.round(most)} MB at most`)
  } finally {
    await place.close()
    await app.close()
  }
})
