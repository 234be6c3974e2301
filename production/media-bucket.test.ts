import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { liveChecks } from '#server/platform/checks/live-checks.ts'
import { loadConfig } from '#server/platform/config.ts'
import { s3Store } from '#server/platform/storage/s3-store.ts'
import type { ObjectStore } from '#server/platform/storage.ts'
import { noS3, type S3Peer, startS3 } from '#testing/peers/s3.ts'
import { type AskedOfS3, type Fault, type FaultyS3, startFaultyS3 } from '#testing/peers/s3-faults.ts'
import { carryThrough } from '../bench/storage.ts'

const mebibyte = 1_048_576
const patience = { connectMs: 1_000, silenceMs: 2_000, tries: 3, resumeMs: 20 }
const small = randomBytes(20_000)
const large = Buffer.concat([randomBytes(64), Buffer.alloc(12 * mebibyte, 3)])
const expectedOf = (content: Buffer) => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
})
const put = (store: ObjectStore, key: string, content: Buffer) =>
  store.put(key, Readable.from([content], { objectMode: false }), expectedOf(content))

describe.skipIf(noS3)(`a bucket that does not do its work${noS3 ? ` (skipped: ${noS3})` : ''}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'obcms-s3-'))
  let peer: S3Peer
  let line: FaultyS3
  let store: ObjectStore

  beforeAll(async () => {
    peer = await startS3({ dir })
    line = await startFaultyS3(peer)
    const direct = s3Store(peer.settings)
    await put(direct, 'objects/small', small)
    await put(direct, 'objects/large', large)
    await direct.close?.()
  })
  afterAll(async () => {
    await line?.close()
    await peer?.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  beforeEach(() => {
    line.faultOf = () => undefined
    store = s3Store(line.settings, patience)
  })
  afterEach(async () => {
    await store.close?.()
    const direct = s3Store(peer.settings, patience)
    await direct.removeAbandoned(new Date(Date.now() + 60_000)).catch(() => {})
    await direct.close?.()
  })

  async function everything(): Promise<string[]> {
    const at = { Bucket: peer.settings.bucket }
    const { Contents = [] } = await peer.client.send(new ListObjectsV2Command(at))
    const { Uploads = [] } = await peer.client.send(new ListMultipartUploadsCommand(at))
    return [...Contents.map(({ Key }) => `${Key}`), ...Uploads.map(({ Key }) => `part of ${Key}`)].sort()
  }
  const asBefore = ['objects/large', 'objects/small']
  /** The fault meets what `which` says, `times` at most. */
  function meet(fault: Fault, which: (asked: AskedOfS3) => boolean, times = Number.POSITIVE_INFINITY): void {
    let left = times
    line.faultOf = (asked) => (which(asked) && left-- > 0 ? fault : undefined)
  }
  /** Not the beginning of parts: see below. */
  const isWrite = ({ method }: AskedOfS3) => method === 'PUT'
  const isRead = ({ method }: AskedOfS3) => method === 'GET'

  const always: [string, Fault, RegExp][] = [
    ['503 SlowDown', { kind: 'answer', status: 503, code: 'SlowDown' }, /overloaded/],
    ['500', { kind: 'answer', status: 500, code: 'InternalError' }, /does not work/],
    ['silence', { kind: 'silence' }, /does not answer/],
    ['a wrong clock', { kind: 'answer', status: 403, code: 'RequestTimeTooSkewed' }, /clock/],
    ['an account that may not', { kind: 'answer', status: 403, code: 'AccessDenied' }, /read, write, list and remove/],
    ['a key that is withdrawn', { kind: 'answer', status: 403, code: 'InvalidAccessKeyId' }, /does not take our key/],
    ['a bucket that is gone', { kind: 'answer', status: 404, code: 'NoSuchBucket' }, /is not there/],
  ]
  describe.each([
    ['small', small],
    ['large', large],
  ])('%s', (size, content) => {
    test.each(always)(
      '%s for ever: a clear word, nothing kept, and all is well when it ends',
      async (_name, fault, words) => {
        meet(fault, () => true)
        if (fault.kind === 'silence') store = s3Store(line.settings, { ...patience, silenceMs: 300, tries: 2 })
        await expect(put(store, 'objects/new', content)).rejects.toMatchObject({
          code: 'unavailable',
          message: expect.stringMatching(words),
        })
        await expect(store.get(`objects/${size}`)).rejects.toMatchObject({
          code: 'unavailable',
          message: expect.stringMatching(words),
        })
        await expect(store.stat(`objects/${size}`)).rejects.toMatchObject({ code: 'unavailable' })
        await expect(store.probe()).rejects.toMatchObject({
          code: 'unavailable',
          message: expect.stringMatching(words),
        })
        line.faultOf = () => undefined
        store = s3Store(line.settings, patience)
        expect(await everything()).toEqual(asBefore)
        await put(store, 'objects/new', content)
        expect((await buffer(await store.get('objects/new'))).equals(content)).toBe(true)
        await store.remove('objects/new')
      },
    )

    test('it refuses connections, and takes them again', async () => {
      await line.refuse()
      await expect(put(store, 'objects/new', content)).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/does not answer/),
      })
      await expect(store.get(`objects/${size}`)).rejects.toMatchObject({ code: 'unavailable' })
      await line.accept()
      expect(await everything()).toEqual(asBefore)
      expect((await buffer(await store.get(`objects/${size}`))).equals(content)).toBe(true)
    })

    test.each<[string, Fault]>([
      ['busy', { kind: 'answer', status: 503, code: 'SlowDown' }],
      ['closing in mid-stream', { kind: 'close-request', after: 5_000 }],
      ['without an answer', { kind: 'close-reply', after: -1 }],
    ])('%s twice: nobody notices', async (_name, fault) => {
      meet(fault, isWrite, 2)
      await put(store, 'objects/new', content)
      expect((await buffer(await store.get('objects/new'))).equals(content)).toBe(true)
      await store.remove('objects/new')
      expect(await everything()).toEqual(asBefore)
    })

    test.each<[string, Fault]>([
      ['closing in mid-stream', { kind: 'close-request', after: 5_000 }],
      ['altering a byte', { kind: 'alter-request', at: 777 }],
    ])('writing while it keeps %s: nothing is kept', async (_name, fault) => {
      meet(fault, ({ method }) => method === 'PUT')
      await expect(put(store, 'objects/new', content)).rejects.toMatchObject({ code: 'unavailable' })
      expect(await everything()).toEqual(asBefore)
    })
  })

  test('a last part that fails is cleared away with those before it', async () => {
    meet({ kind: 'answer', status: 500, code: 'InternalError' }, ({ url }) => url.includes('partNumber=3'))
    await expect(put(store, 'objects/new', large)).rejects.toMatchObject({ code: 'unavailable' })
    meet({ kind: 'answer', status: 500, code: 'InternalError' }, ({ method }) => method === 'POST', 100)
    await expect(put(store, 'objects/new', large)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await everything()).toEqual(asBefore)
  })

  test('what could not even be cleared away is found later', async () => {
    meet(
      { kind: 'answer', status: 503, code: 'SlowDown' },
      ({ method, url }) => method === 'DELETE' || url.includes('partNumber=3'),
    )
    await expect(put(store, 'objects/new', large)).rejects.toMatchObject({ code: 'unavailable' })
    line.faultOf = () => undefined
    expect(await everything()).toEqual([...asBefore, 'part of objects/new'])
    expect(await store.removeAbandoned(new Date(Date.now() - 60_000))).toBe(0)
    expect(await store.removeAbandoned(new Date(Date.now() + 60_000))).toBe(1)
    expect(await everything()).toEqual(asBefore)
  })

  test('parts whose beginning got no answer are begun again; the orphan is found later', async () => {
    meet({ kind: 'close-reply', after: -1 }, ({ method, url }) => method === 'POST' && url.includes('uploads'), 1)
    await put(store, 'objects/new', large)
    expect((await buffer(await store.get('objects/new'))).equals(large)).toBe(true)
    expect(await everything()).toEqual([...asBefore, 'objects/new', 'part of objects/new'].sort())
    expect(await store.removeAbandoned(new Date(Date.now() + 60_000))).toBe(1)
    expect((await buffer(await store.get('objects/new'))).equals(large)).toBe(true)
    await store.remove('objects/new')
    expect(await everything()).toEqual(asBefore)
  })

  test('after a long outage each request still has its tries', async () => {
    const busy: Fault = { kind: 'answer', status: 503, code: 'SlowDown' }
    meet(busy, () => true)
    for (let round = 0; round < 15; round += 1)
      await Promise.allSettled(Array.from({ length: 10 }, () => store.stat('objects/small')))
    expect(line.asked.length).toBeGreaterThanOrEqual(15 * 10 * patience.tries)
    meet(busy, () => true, patience.tries - 1)
    expect(await store.stat('objects/small')).toMatchObject({ bytes: small.length })
  })

  test('a download that breaks off goes on where it was, for whole objects and for ranges', async () => {
    let breaks = 0
    line.faultOf = (asked) =>
      isRead(asked) && breaks++ % 2 === 0 ? { kind: 'close-reply', after: 3 * mebibyte } : undefined
    expect((await buffer(await store.get('objects/large', { bytes: large.length }))).equals(large)).toBe(true)
    expect(breaks).toBeGreaterThan(1)
    breaks = 0
    const range = { start: 1_000, end: 10 * mebibyte }
    expect(
      (await buffer(await store.get('objects/large', { range }))).equals(large.subarray(1_000, range.end + 1)),
    ).toBe(true)
    expect(breaks).toBeGreaterThan(1)
  })

  test('a download that goes silent goes on; one that keeps breaking fails with a clear word', async () => {
    let asked = 0
    line.faultOf = () => (asked++ === 0 ? { kind: 'slow', bytesPerSecond: 20_000 } : undefined)
    expect((await buffer(await store.get('objects/large'))).equals(large)).toBe(true)
    meet({ kind: 'close-reply', after: 0 }, isRead)
    const reading = async () => buffer(await store.get('objects/large'))
    await expect(reading()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/does not answer/),
    })
    line.faultOf = () => undefined
    expect((await buffer(await store.get('objects/large'))).equals(large)).toBe(true)
  })

  test('an object that changed meanwhile is not sewn together from two', async () => {
    await put(store, 'objects/new', large)
    meet({ kind: 'close-reply', after: mebibyte }, isRead, 1)
    const stream = await store.get('objects/new')
    await put(store, 'objects/new', Buffer.alloc(large.length))
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'unavailable' })
    await store.remove('objects/new')
  })

  test('the clock of this machine is an hour wrong: the bucket says so, and the SDK heeds it', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
    try {
      const late = s3Store(line.settings, patience)
      await put(late, 'objects/new', small)
      expect((await buffer(await late.get('objects/new'))).equals(small)).toBe(true)
      await late.close?.()
    } finally {
      vi.useRealTimers()
    }
    await store.remove('objects/new')
  })

  test('wrong keys and strangers are told apart, and no secret is in any error', async () => {
    const wrong = { ...line.settings, secretAccessKey: 'not the secret at all' }
    for (const [settings, words] of [
      [wrong, /AWS_SECRET_ACCESS_KEY/],
      [{ ...peer.stranger, endpoint: line.settings.endpoint }, /read, write, list and remove/],
      [{ ...line.settings, bucket: 'another-bucket' }, /AWS_STORAGE_BUCKET_NAME/],
      [{ ...line.settings, endpoint: 'http://127.0.0.1:1' }, /does not answer/],
    ] as const) {
      const theirs = s3Store(settings, patience)
      const error = await theirs.probe().then(
        () => undefined,
        (failure: Error) => failure,
      )
      expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(words) })
      const all = JSON.stringify([
        error,
        { ...error },
        error?.message,
        error?.stack,
        `${error?.cause}`,
        { ...(error?.cause as object) },
      ])
      for (const secret of [settings.secretAccessKey, settings.accessKeyId, 'AWS4-HMAC'])
        expect(all).not.toContain(secret)
      if (settings !== wrong) await expect(theirs.stat('objects/small')).rejects.toMatchObject({ code: 'unavailable' })
      await theirs.close?.()
    }
  })

  test('obcms check: what keeps files from the bucket, or lets anybody read them', async () => {
    const check = liveChecks.find(({ id }) => id === 'files.bucket')
    const found = (env: Record<string, string>) => check?.run(loadConfig({ ...line.env, USE_S3: '1', ...env }))
    expect(await found({})).toBeUndefined()
    expect(await found({ AWS_SECRET_ACCESS_KEY: 'not the secret at all' })).toMatchObject({
      level: 'error',
      what: expect.stringContaining('SignatureDoesNotMatch'),
      mend: expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
    })
    expect(await found({ AWS_STORAGE_BUCKET_NAME: 'another-bucket', USE_S3: '0' })).toMatchObject({
      level: 'warning',
      mend: expect.stringContaining('AWS_STORAGE_BUCKET_NAME'),
    })
    // The only unsigned request there is; Swift's S3 API knows no bucket that answers it.
    meet({ kind: 'answer', status: 200, code: 'None' }, isRead)
    expect(await found({})).toMatchObject({ level: 'error', what: expect.stringMatching(/^Anybody may read/) })
    line.faultOf = () => undefined
    await line.refuse()
    expect(await found({})).toMatchObject({ level: 'error', what: expect.stringContaining('ECONNREFUSED') })
    await line.accept()
    expect(await everything()).toEqual(asBefore)
  })

  test('a process that is killed in mid-transfer leaves no object, and its parts are found', async () => {
    const script = fileURLToPath(new URL('bucket-writer.ts', import.meta.url))
    const child = spawn(process.execPath, [script, JSON.stringify(peer.settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await store.stat('objects/killed')).toBeUndefined()
    expect(await everything()).toEqual([...asBefore, 'part of objects/killed'].sort())
    expect(await store.removeAbandoned(new Date(Date.now() + 60_000))).toBe(1)
    expect(await everything()).toEqual(asBefore)
  })

  test('the server dies in mid-transfer and comes back with what it had', async () => {
    const transfers = Promise.allSettled([put(store, 'objects/new', large), store.get('objects/large').then(buffer)])
    await peer.kill()
    const ends = [...(await transfers), ...(await Promise.allSettled([store.probe(), store.get('objects/small')]))]
    for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
    peer = await startS3({ port: peer.port, dir })
    await store.removeAbandoned(new Date(Date.now() + 60_000))
    expect(await everything()).toEqual(asBefore)
    expect((await buffer(await store.get('objects/large'))).equals(large)).toBe(true)
    await put(store, 'objects/small', small)
  })
})

// What a test machine does beside it moves these figures; a store that held the file, or let buffers pile up, goes far beyond.
test.each(['filesystem', ...(noS3 ? [] : (['s3'] as const))] as const)(
  '300 MB go through %s within 64 MB of memory',
  async (name) => {
    const { put, get } = await carryThrough(name, 300)
    expect(put.megabytes).toBeLessThan(64)
    expect(get.megabytes).toBeLessThan(64)
  },
  180_000,
)
