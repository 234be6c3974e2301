import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bucketStaging } from '#server/modules/uploads/bucket-staging.service.ts'
import { type Staging, stagedKey } from '#server/modules/uploads/staging.service.ts'
import { s3Store } from '#server/platform/storage/s3-store.ts'
import { type ObjectStore, stagedPrefix } from '#server/platform/storage.ts'
import { noS3, type S3Peer, startS3 } from '#testing/peers/s3.ts'

const checks = { assertHeld() {}, async assertRoom() {} }
const content = randomBytes(20_000_000)
const part = (from: number, to: number): Readable => Readable.from([content.subarray(from, to)], { objectMode: false })

describe.skipIf(noS3)(noS3 ?? 'parts of uploads in a bucket', { timeout: 60_000 }, () => {
  let peer: S3Peer
  let store: ObjectStore
  let one: Staging
  let other: Staging
  beforeAll(async () => {
    peer = await startS3()
    store = s3Store(peer.settings)
    one = bucketStaging(store, peer.settings)
    other = bucketStaging(store, peer.settings)
  }, 60_000)
  afterAll(() => peer?.stop())

  const left = async () => {
    const keys: string[] = []
    for await (const { key } of store.list('uploads/')) keys.push(key)
    return keys
  }

  test('one machine goes on where another stopped, also in the middle of a part; the whole is one object', async () => {
    const id = '01a21058-0b53-7104-8775-c03829d0079d'
    const bytes = content.length
    expect(await one.offset(id)).toBe(0)
    expect(await one.append(id, 0, bytes, part(0, 1_000_000), checks)).toBe(1_000_000)
    expect(await other.offset(id)).toBe(1_000_000)
    expect(await other.append(id, 1_000_000, bytes, part(1_000_000, 12_500_000), checks)).toBe(12_500_000)
    expect(await one.offset(id)).toBe(12_500_000)
    const breaking = Readable.from(
      (async function* () {
        yield content.subarray(12_500_000, 12_600_000)
        throw new Error('line lost')
      })(),
    )
    await expect(one.append(id, 12_500_000, bytes, breaking, checks)).rejects.toMatchObject({ code: 'unavailable' })
    // What was acknowledged is still there: the rest of a part is sent again, not taken away first.
    expect(await other.offset(id)).toBe(12_500_000)
    expect(await one.append(id, 12_500_000, bytes, part(12_500_000, bytes), checks)).toBe(bytes)
    await other.seal(id, bytes)
    expect(await other.offset(id)).toBe(bytes)
    expect((await buffer(await store.get(stagedKey(id)))).equals(content)).toBe(true)
    expect(other.known(id, bytes)).toBeUndefined()
    await other.remove(id)
    expect(await left()).toEqual([])
  })

  test('parts outlive the collection of old writes; without them an upload begins again, and is never taken for whole', async () => {
    const id = '01a21058-0b53-7104-8775-c03829d007a0'
    const bytes = 9_000_000
    const later = new Date(Date.now() + 60_000)
    await one.append(id, 0, bytes, part(0, 8_500_000), checks)
    expect(await store.removeAbandoned(later, (key) => !key.startsWith(stagedPrefix))).toBe(0)
    expect(await other.offset(id)).toBe(8_500_000)
    expect(await store.removeAbandoned(later, (key) => key.startsWith(stagedPrefix))).toBe(1)
    expect(await other.offset(id)).toBe(0)
    expect(await other.append(id, 0, bytes, part(0, bytes), checks)).toBe(bytes)
    await other.seal(id, bytes)
    expect((await buffer(await store.get(stagedKey(id)))).equals(content.subarray(0, bytes))).toBe(true)
    await other.remove(id)
    expect(await left()).toEqual([])
  })

  test('what came through one process needs not be read again; what is given up leaves nothing', async () => {
    const id = '01a21058-0b53-7104-8775-c03829d0079e'
    await one.append(id, 0, 3_000_000, part(0, 2_000_000), checks)
    await one.append(id, 2_000_000, 3_000_000, part(2_000_000, 3_000_000), checks)
    const sha256 = createHash('sha256').update(content.subarray(0, 3_000_000)).digest('hex')
    expect(one.known(id, 3_000_000)).toEqual({ bytes: 3_000_000, sha256 })
    await one.remove(id)
    const begun = '01a21058-0b53-7104-8775-c03829d0079f'
    await one.append(begun, 0, 3_000_000, part(0, 1_000), checks)
    await other.remove(begun)
    expect(await left()).toEqual([])
  })
})
