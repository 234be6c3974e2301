import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolvePermissions } from '#server/modules/identity/actors.rules.ts'
import type { Actor } from '#server/platform/actor.ts'
import { clamd } from '#server/platform/scanner.ts'
import type { TestUser } from '#testing/factories.ts'
import { eicar, eicarName, mostStreamMegabytes, noClamd, startClamd } from '#testing/peers/clamd.ts'
import { hostOfPeers, type Peer, until } from '#testing/peers/peer.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

describe.skipIf(noClamd)(`a real ClamAV${noClamd ? `: ${noClamd}` : ''}`, () => {
  let daemon: Peer
  let app: TestApp
  let staff: TestUser
  let actor: Actor
  let community: string

  beforeAll(async () => {
    daemon = await startClamd()
    app = await createTestApp({ settings: { CLAMAV_HOST: hostOfPeers, CLAMAV_PORT: String(daemon.port) } })
    staff = await app.createUser({ role: 'staff', name: 'Staff Person' })
    await app.createUser({ role: 'administrator', email: 'admin@example.org' })
    community = await app.createCommunity()
    actor = {
      userId: staff.id,
      name: staff.name,
      role: 'staff',
      organisationId: null,
      permissions: resolvePermissions('staff', []),
      placeCodes: [],
      communityIds: [],
      sessionId: null,
      tokenId: null,
      mustSetUpTwoFactor: false,
      requestId: 'test',
      address: '127.0.0.1',
    }
  }, 120_000)
  afterAll(async () => {
    await app?.close()
    await daemon?.stop()
  })

  async function add(content: Buffer | string, name: string) {
    const object = await app.storage.keep(Readable.from([Buffer.from(content)]), { maxBytes: 2 ** 30 })
    const intent = { record: { type: 'community', id: community } } as const
    const { fileId } = await app.composition.files.add(actor, { ...object, name }, intent)
    return { fileId, sha256: object.sha256 }
  }
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

  test('while the daemon is away or hangs files wait; when it is back they are cleared', {
    timeout: 60_000,
  }, async () => {
    const { port } = daemon
    await daemon.stop()
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
