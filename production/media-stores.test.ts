import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { s3Store } from '#server/platform/storage/s3-store.ts'
import { ContentDiffers, filesystemStore, ObjectMissing, type ObjectStore } from '#server/platform/storage.ts'
import { noS3, type S3Peer, startS3 } from '#testing/peers/s3.ts'

const mebibyte = 1_048_576
/** Of the bucket: one more byte takes two parts. */
const part = 5 * mebibyte
const dir = mkdtempSync(join(tmpdir(), 'obcms-contract-'))
let peer: S3Peer | undefined

interface Subject {
  store: ObjectStore
  /** What lies there, whole or not, under whatever name. */
  everything(): Promise<string[]>
}

async function inBucket({ client, settings: { bucket: Bucket } }: S3Peer): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
  return [...Contents.map(({ Key }) => `${Key}`), ...Uploads.map(({ Key }) => `part of ${Key}`)].sort()
}

const subjects: Record<string, () => Promise<Subject>> = {
  filesystem: async () => {
    const root = join(dir, 'files')
    return {
      store: filesystemStore(root),
      everything: async () =>
        readdirSync(root, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ name, parentPath }) => join(parentPath, name).slice(root.length + 1))
          .sort(),
    }
  },
  s3: async () => {
    peer = await startS3()
    const bucket = peer
    return {
      store: s3Store(peer.settings, { copyBytes: 6 * mebibyte, pageKeys: 20 }),
      everything: () => inBucket(bucket),
    }
  },
}

afterAll(async () => {
  await peer?.stop()
  rmSync(dir, { recursive: true })
})

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const expectedOf = (content: Buffer) => ({ bytes: content.length, sha256: sha256(content) })
const streamOf = (...chunks: Buffer[]) => Readable.from(chunks, { objectMode: false })
/** Random, cheaply. */
const content = (bytes: number) =>
  Buffer.concat([randomBytes(Math.min(bytes, 64)), Buffer.alloc(Math.max(0, bytes - 64), 7)])

for (const name of Object.keys(subjects))
  describe.skipIf(name === 's3' && noS3)(name, () => {
    let store: ObjectStore
    let everything: Subject['everything']
    const put = (key: string, bytes: Buffer) => store.put(key, streamOf(bytes), expectedOf(bytes))
    const read = async (key: string, options?: Parameters<ObjectStore['get']>[1]) =>
      buffer(await store.get(key, options))

    beforeAll(async () => {
      ;({ store, everything } = await (subjects[name] as () => Promise<Subject>)())
    })
    afterAll(() => store?.close?.())

    test.each([0, 1, part - 1, part, part + 1, 2 * part + 5])('%i bytes come back as they were', async (bytes) => {
      const bytesIn = content(bytes)
      await put('objects/size', bytesIn)
      expect((await read('objects/size', { bytes })).equals(bytesIn)).toBe(true)
      expect(await store.stat('objects/size')).toEqual({ bytes, modifiedAt: expect.any(Date) })
      await store.remove('objects/size')
      expect(await everything()).toEqual([])
    })

    test.each([100, 3 * part])('of %i bytes that are not what was announced nothing is kept', async (bytes) => {
      const good = content(bytes)
      const { sha256: hash } = expectedOf(good)
      const cases: [Readable, number, string][] = [
        [streamOf(good.subarray(0, -1), Buffer.from('x')), bytes, hash],
        [streamOf(good.subarray(0, -1)), bytes, hash],
        [streamOf(good, Buffer.from('x')), bytes, hash],
        [streamOf(good), bytes + 1, hash],
        [streamOf(good), bytes, sha256(Buffer.from('another'))],
      ]
      for (const [source, announced, announcedHash] of cases)
        await expect(store.put('objects/wrong', source, { bytes: announced, sha256: announcedHash })).rejects.toThrow(
          ContentDiffers,
        )
      expect(await store.stat('objects/wrong')).toBeUndefined()
      expect(await everything()).toEqual([])
    })

    test('a wrong write leaves what was there', async () => {
      const good = content(1_000)
      await put('objects/kept', good)
      await expect(store.put('objects/kept', streamOf(content(1_000)), expectedOf(good))).rejects.toThrow(
        ContentDiffers,
      )
      expect((await read('objects/kept')).equals(good)).toBe(true)
      await store.remove('objects/kept')
    })

    test.each([10, 20 * mebibyte])(
      'a source that breaks after %i bytes, or is aborted there, leaves nothing',
      async (bytes) => {
        const whole = expectedOf(content(bytes + 1_000))
        const chunks = Array.from({ length: Math.ceil(bytes / mebibyte) }, () => content(Math.min(mebibyte, bytes)))
        /** Then it does as `last` says; a line may also fall silent. */
        const ending = (last: (source: Readable) => void) => {
          const left = [...chunks]
          return new Readable({
            read() {
              const chunk = left.pop()
              if (chunk) this.push(chunk)
              else last(this)
            },
          })
        }
        const lost = ending((source) => source.destroy(new Error('line lost')))
        await expect(store.put('objects/broken', lost, whole)).rejects.toThrow('line lost')
        const stop = new AbortController()
        const silent = ending(() => setTimeout(() => stop.abort(new Error('told to stop')), 20))
        await expect(store.put('objects/aborted', silent, whole, stop.signal)).rejects.toThrow(/told to stop|abort/)
        expect(silent.destroyed).toBe(true)
        await expect(store.put('objects/aborted', streamOf(), whole, stop.signal)).rejects.toThrow(/told to stop|abort/)
        expect(await everything()).toEqual([])
      },
    )

    test('one key written by several at the same time is whole', async () => {
      const same = content(part + 10)
      await Promise.all(Array.from({ length: 4 }, () => put('objects/same', same)))
      expect((await read('objects/same')).equals(same)).toBe(true)
      expect(await everything()).toEqual(['objects/same'])
      await store.remove('objects/same')
      await store.remove('objects/same')
      expect(await everything()).toEqual([])
    })

    test('ranges, and sizes that are not what the register says', async () => {
      const whole = randomBytes(1_000)
      await put('objects/range', whole)
      for (const [start, end] of [
        [0, 0],
        [10, 19],
        [999, 999],
        [0, 999],
      ] as const)
        expect(await read('objects/range', { range: { start, end }, bytes: 1_000 })).toEqual(
          whole.subarray(start, end + 1),
        )
      for (const options of [{ bytes: 999 }, { bytes: 1_001 }, { range: { start: 0, end: 5 }, bytes: 999 }])
        await expect(store.get('objects/range', options)).rejects.toThrow(ContentDiffers)
      await expect(store.get('objects/range', { range: { start: 2_000, end: 2_001 }, bytes: 3_000 })).rejects.toThrow(
        ContentDiffers,
      )
      await store.remove('objects/range')
    })

    test('what is not there', async () => {
      expect(await store.stat('objects/none')).toBeUndefined()
      await expect(store.get('objects/none')).rejects.toThrow(ObjectMissing)
      await expect(store.get('objects/none', { range: { start: 1, end: 2 }, bytes: 5 })).rejects.toThrow(ObjectMissing)
      await expect(store.copy('objects/none', 'objects/other')).rejects.toThrow(ObjectMissing)
      await store.remove('objects/none')
      for (const key of ['objects/../secret', '/objects/a', 'objects', 'objects/A', 'objects/a\n'])
        await expect(store.stat(key)).rejects.toThrow('not a key')
    })

    test('copies, small and in parts, and leaves the first', async () => {
      for (const bytes of [0, 1_000, 13 * mebibyte]) {
        const whole = content(bytes)
        await put('uploads/from', whole)
        await store.copy('uploads/from', 'objects/to')
        expect((await read('objects/to')).equals(whole)).toBe(true)
        expect((await read('uploads/from')).equals(whole)).toBe(true)
        await store.remove('uploads/from')
        expect(await everything()).toEqual(['objects/to'])
        await store.remove('objects/to')
      }
    })

    test('a file of this machine is taken over', async () => {
      const whole = content(part + 1)
      const path = join(dir, 'spooled')
      writeFileSync(path, whole)
      await store.take('objects/taken', path, expectedOf(whole))
      expect((await read('objects/taken')).equals(whole)).toBe(true)
      expect(readdirSync(dir)).not.toContain('spooled')
      await store.remove('objects/taken')
    })

    test('a listing has all, beyond one page, and nothing of another prefix', async () => {
      const keys = Array.from({ length: 105 }, (_, index) => `objects/many/${String(index).padStart(4, '0')}`)
      const left = [...keys, 'objects/moreover', 'uploads/other']
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let key = left.pop(); key; key = left.pop()) await put(key, Buffer.from(key))
        }),
      )
      const found: Record<string, number> = {}
      for await (const { key, bytes } of store.list('objects/many')) found[key] = bytes
      expect(found).toEqual(Object.fromEntries(keys.map((key) => [key, key.length])))
      for await (const _ of store.list('nothing/')) expect.unreachable()
    })

    test('a slow reader holds no more than a few buffers, and a reader that leaves ends the transfer', async () => {
      const whole = content(32 * mebibyte)
      await put('objects/slow', whole)
      const stream = await store.get('objects/slow')
      const before = process.memoryUsage()
      const [first] = await stream.take(1).toArray()
      expect(first?.length).toBeGreaterThan(0)
      const held = await store.get('objects/slow')
      held.read(1)
      await sleep(300)
      const after = process.memoryUsage()
      expect(after.external + after.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(8 * mebibyte)
      held.destroy()
      await store.remove('objects/slow')
    })

    test('what was begun and never ended is removed when it is old', async () => {
      expect(await store.removeAbandoned(new Date(Date.now() - 60_000))).toBe(0)
    })

    test('it can be tried, and shows whether anybody may read it', async () => {
      const before = await everything()
      await store.probe()
      expect(await store.isPublic?.()).toBe(name === 's3' ? false : undefined)
      expect(await everything()).toEqual(before)
    })
  })

describe.skipIf(noS3)('signed addresses of s3', () => {
  test('they need no key, say what it is, hold for one object, and end', async () => {
    if (!peer) throw new Error(noS3)
    const store = s3Store(peer.settings)
    const custom = s3Store({ ...peer.settings, customDomain: `localhost:${peer.port}` })
    const whole = content(500)
    await store.put('objects/signed', streamOf(whole), expectedOf(whole))
    const how = {
      seconds: 2,
      contentType: 'application/pdf',
      contentDisposition: `attachment; filename*=UTF-8''%C3%B1.pdf`,
    }
    const url = (await store.signedUrl?.('objects/signed', how)) ?? ''
    const answer = await fetch(url)
    expect(Buffer.from(await answer.arrayBuffer()).equals(whole)).toBe(true)
    expect([answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
      how.contentType,
      how.contentDisposition,
    ])
    const part = await fetch(url, { headers: { range: 'bytes=1-3' } })
    expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 3])
    for (const wrong of [url.replace('signed?', 'other?'), url.replace('pdf', 'html'), url.split('?')[0] ?? ''])
      expect([400, 403]).toContain((await fetch(wrong)).status)
    expect(url).not.toContain(peer.settings.secretAccessKey)

    const theirs = (await custom.signedUrl?.('objects/signed', how)) ?? ''
    expect(new URL(theirs).host).toBe(`localhost:${peer.port}`)
    expect((await fetch(theirs.replace('https:', 'http:'))).status).toBe(200)
    await sleep(3_000)
    expect((await fetch(url)).status).toBe(403)
    await Promise.all([store.close?.(), custom.close?.()])
  })
})
