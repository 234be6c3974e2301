import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { pipeline, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { v7 as uuidv7 } from 'uuid'
import type { S3Settings } from '../config.ts'
import { Checked } from './expected.ts'
import { asBucketError, isMissing } from './s3-errors.ts'
import { passed } from './spent-buffers.ts'
import { assertKey, type ByteRange, ContentDiffers, ObjectMissing, type ObjectStore } from './store.ts'

const mebibyte = 1_048_576
/** S3 takes no more parts for one object. */
const mostParts = 10_000
/** The least that S3 allows; larger ones take memory and save little. */
const smallestPart = 5 * mebibyte
/** That one put holds in memory: two are sent while the next one fills. */
const partsHeld = 3
const mostPuts = 6

/** What tests make shorter. */
export interface S3Patience {
  connectMs: number
  /** Longest silence of the bucket, while it answers or takes bytes. */
  silenceMs: number
  /** Of one request. */
  tries: number
  /** First wait before a request is sent again, or a broken download goes on; then twice as long each time. */
  resumeMs: number
  /** Content beyond this is copied in parts of this size, so that no request takes minutes. */
  copyBytes: number
  /** Of one page of a listing. */
  pageKeys: number
}
const usualPatience: S3Patience = {
  connectMs: 5_000,
  silenceMs: 30_000,
  tries: 4,
  resumeMs: 200,
  copyBytes: 256 * mebibyte,
  pageKeys: 1_000,
}

const partSizeOf = (bytes: number): number => Math.max(smallestPart, Math.ceil(bytes / mostParts / mebibyte) * mebibyte)

type RetryStrategy = Extract<S3ClientConfig['retryStrategy'], { acquireInitialRetryToken: unknown }>

/** Each request has tries of its own. The SDK's strategy counts the failures of all, and after an outage it tries once only. */
function ownTries(tries: number, firstWaitMs: number): RetryStrategy {
  const token = (count: number, delay: number) => ({ getRetryCount: () => count, getRetryDelay: () => delay })
  return {
    acquireInitialRetryToken: async () => token(0, 0),
    async refreshRetryTokenForRetry(last, { errorType, retryAfterHint }) {
      const count = last.getRetryCount() + 1
      const mayPass = errorType === 'TRANSIENT' || errorType === 'THROTTLING'
      if (!mayPass || count >= tries) throw new Error('no further try')
      const most = firstWaitMs * 2 ** (count - 1) * (errorType === 'THROTTLING' ? 5 : 1)
      const asked = retryAfterHint ? Math.min(retryAfterHint.getTime() - Date.now(), most + 5_000) : 0
      return token(count, Math.max(asked, most * (0.5 + Math.random() / 2)))
    },
    recordSuccess() {},
  }
}

/** @returns runs work when fewer than `most` run, first come first served */
function turnstile(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= most) await new Promise<void>((go) => waiting.push(go))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}

/** A bucket that is ours alone, at Amazon or whoever speaks S3. */
export function s3Store(settings: S3Settings, patience: Partial<S3Patience> = {}): ObjectStore {
  const { connectMs, silenceMs, tries, resumeMs, copyBytes, pageKeys } = { ...usualPatience, ...patience }
  const Bucket = settings.bucket
  const sockets = { keepAlive: true, maxSockets: 256, maxFreeSockets: 32 }
  const client = new S3Client({
    region: settings.region,
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    forcePathStyle: settings.pathStyle,
    credentials: settings,
    maxAttempts: tries,
    retryStrategy: ownTries(tries, resumeMs),
    // The SDK would add CRC checksums that other providers than Amazon refuse. What we write in one piece or in parts is signed
    // with its SHA-256 all the same, so the bucket refuses bytes that changed on their way.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectMs,
      socketTimeout: silenceMs,
      httpAgent: new HttpAgent(sockets),
      httpsAgent: new HttpsAgent(sockets),
    },
  })
  /** Signs for another host, without asking anything of it. */
  const signer = settings.customDomain
    ? new S3Client({
        region: settings.region,
        credentials: settings,
        endpoint: `https://${settings.customDomain}`,
        ...(settings.pathStyle ? { forcePathStyle: true } : { bucketEndpoint: true }),
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      })
    : client
  const signedBucket = settings.customDomain && !settings.pathStyle ? `https://${settings.customDomain}` : Bucket
  const inTurn = turnstile(mostPuts)
  const fail = (error: unknown): never => {
    throw asBucketError(error, settings)
  }
  const asked = (key: string) => (error: unknown) => {
    if (isMissing(error)) throw new ObjectMissing('s3', key)
    return fail(error)
  }

  interface Parts {
    of: { Bucket: string; Key: string; UploadId: string | undefined }
    done(number: number, tag: string | undefined): void
  }

  /** The object is there when all its parts are; when one fails, none is left. @param send returns when none is under way */
  async function inParts(Key: string, send: (parts: Parts) => Promise<void>): Promise<void> {
    const target = { Bucket, Key }
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ ...target, ContentType: 'application/octet-stream' }),
    )
    const of = { ...target, UploadId }
    try {
      const sent: { PartNumber: number; ETag: string | undefined }[] = []
      await send({ of, done: (PartNumber, ETag) => sent.push({ PartNumber, ETag }) })
      sent.sort((a, b) => a.PartNumber - b.PartNumber)
      await client.send(new CompleteMultipartUploadCommand({ ...of, MultipartUpload: { Parts: sent } }))
    } catch (error) {
      await client.send(new AbortMultipartUploadCommand(of)).catch(() => {})
      throw error
    }
  }

  async function sendWhole(Key: string, source: AsyncIterable<Buffer>, bytes: number): Promise<void> {
    const Body = Buffer.allocUnsafe(bytes)
    let filled = 0
    for await (const chunk of source) filled += chunk.copy(Body, filled)
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/octet-stream' }))
  }

  /** The few buffers are used again and again, so that a large object takes no more memory than a small one. */
  const sendParts =
    (source: AsyncIterable<Buffer>, size: number) =>
    async ({ of, done }: Parts): Promise<void> => {
      const held = Array.from({ length: partsHeld }, () => ({
        bytes: Buffer.allocUnsafe(size),
        sent: Promise.resolve(),
      }))
      const turn = (number: number) => held[number % partsHeld] as (typeof held)[number]
      let PartNumber = 1
      let filled = 0
      const send = () => {
        const part = turn(PartNumber)
        const number = PartNumber
        const Body = part.bytes.subarray(0, filled)
        part.sent = client
          .send(new UploadPartCommand({ ...of, PartNumber, Body }))
          .then(({ ETag }) => done(number, ETag))
        // Noticed when its turn comes again, or at the end.
        part.sent.catch(() => {})
        PartNumber += 1
        filled = 0
      }
      try {
        for await (const chunk of source)
          for (let taken = 0; taken < chunk.length; ) {
            if (filled === 0) await turn(PartNumber).sent
            const copied = chunk.copy(turn(PartNumber).bytes, filled, taken)
            taken += copied
            filled += copied
            if (filled === size) send()
          }
        if (filled > 0) send()
        await Promise.all(held.map(({ sent }) => sent))
      } finally {
        await Promise.allSettled(held.map(({ sent }) => sent))
      }
    }

  async function put(key: string, source: Readable, expected: { bytes: number; sha256: string }, signal?: AbortSignal) {
    assertKey(key)
    const checked = new Checked(key, expected)
    const stop = () => checked.destroy(signal?.reason)
    try {
      signal?.throwIfAborted()
      signal?.addEventListener('abort', stop, { once: true })
      // A wrong end comes before anything is completed.
      pipeline(source, checked, () => {})
      const size = partSizeOf(expected.bytes)
      if (expected.bytes > size) await inParts(key, sendParts(checked, size))
      else await sendWhole(key, checked, expected.bytes)
    } catch (error) {
      if (checked.errored) throw checked.errored
      if (signal?.aborted) throw signal.reason
      fail(error)
    } finally {
      signal?.removeEventListener('abort', stop)
      source.destroy()
      checked.destroy()
    }
  }

  async function stat(key: string) {
    assertKey(key)
    try {
      const { ContentLength, LastModified } = await client.send(new HeadObjectCommand({ Bucket, Key: key }))
      return { bytes: ContentLength ?? 0, modifiedAt: LastModified ?? new Date(0) }
    } catch (error) {
      if (!isMissing(error)) return fail(error)
      // The answer has no body, so a bucket that is gone looks like an object that is gone.
      await client.send(new HeadBucketCommand({ Bucket })).catch(fail)
      return undefined
    }
  }

  async function openAt(key: string, range: ByteRange | { start: number } | undefined, etag?: string) {
    const { Body, ...head } = await client.send(
      new GetObjectCommand({
        Bucket,
        Key: key,
        ...(range && { Range: `bytes=${range.start}-${'end' in range ? range.end : ''}` }),
        ...(etag && { IfMatch: etag }),
      }),
    )
    return { body: Body as Readable, head }
  }

  /** Each request ends within reasonable time, and 5 GB is the most that one may copy. */
  const copyParts =
    (from: string, bytes: number) =>
    async ({ of, done }: Parts): Promise<void> => {
      const size = Math.max(copyBytes, Math.ceil(bytes / mostParts))
      const count = Math.ceil(bytes / size)
      let next = 1
      const work = async () => {
        while (next <= count) {
          const PartNumber = next++
          const start = (PartNumber - 1) * size
          const { CopyPartResult } = await client.send(
            new UploadPartCopyCommand({
              ...of,
              PartNumber,
              CopySource: `${Bucket}/${from}`,
              CopySourceRange: `bytes=${start}-${Math.min(start + size, bytes) - 1}`,
            }),
          )
          done(PartNumber, CopyPartResult?.ETag)
        }
      }
      const ends = await Promise.allSettled([work(), work(), work(), work()])
      const failed = ends.find((end) => end.status === 'rejected')
      if (failed) throw failed.reason
    }

  const remove = (key: string) => client.send(new DeleteObjectCommand({ Bucket, Key: key })).then(() => {}, fail)

  async function withProbe(work: (key: string) => Promise<void>): Promise<void> {
    const Key = `probe/${uuidv7()}`
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'probe' })).catch(fail)
    try {
      await work(Key)
    } finally {
      await remove(Key)
    }
  }

  return {
    name: 's3',
    put: (key, source, expected, signal) => inTurn(() => put(key, source, expected, signal)),

    async take(key, path, expected) {
      await this.put(key, createReadStream(path, { highWaterMark: mebibyte }), expected)
      await rm(path, { force: true })
    },

    async get(key, { range, bytes } = {}) {
      assertKey(key)
      const first = await openAt(key, range).catch((error: Error) => {
        if (error.name === 'InvalidRange') throw new ContentDiffers(key, `it has no byte ${range?.start}`)
        return asked(key)(error)
      })
      const { ContentLength = 0, ContentRange, ETag } = first.head
      const total = range ? Number(ContentRange?.split('/')[1]) : ContentLength
      if (bytes !== undefined && total !== bytes) {
        first.body.destroy()
        throw new ContentDiffers(key, `${total} bytes, not ${bytes}`)
      }
      const start = range?.start ?? 0
      return steady({
        start,
        end: start + ContentLength,
        first: first.body,
        again: async (at) => (await openAt(key, { start: at, end: start + ContentLength - 1 }, ETag)).body,
        fail,
        silenceMs,
        resumeMs,
        tries,
      })
    },

    stat,

    async copy(from, to) {
      assertKey(to)
      const found = await stat(from)
      if (!found) throw new ObjectMissing('s3', from)
      await (found.bytes > copyBytes
        ? inParts(to, copyParts(from, found.bytes))
        : client.send(new CopyObjectCommand({ Bucket, Key: to, CopySource: `${Bucket}/${from}` }))
      ).catch(asked(from))
    },

    async remove(key) {
      assertKey(key)
      await remove(key)
    },

    async *list(prefix) {
      let token: string | undefined
      do {
        const page = await client
          .send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken: token, MaxKeys: pageKeys }))
          .catch(fail)
        for (const { Key, Size = 0, LastModified = new Date(0) } of page.Contents ?? [])
          if (Key) yield { key: Key, bytes: Size, modifiedAt: LastModified }
        token = page.IsTruncated ? page.NextContinuationToken : undefined
      } while (token)
    },

    async removeAbandoned(before, of = () => true) {
      let removed = 0
      let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {}
      while (marker) {
        const page: ListMultipartUploadsCommandOutput = await client
          .send(new ListMultipartUploadsCommand({ Bucket, ...marker }))
          .catch(fail)
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (!Initiated || Initiated >= before || !of(Key ?? '')) continue
          await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch((error: Error) => {
            // Another process was quicker.
            if (error.name !== 'NoSuchUpload') fail(error)
          })
          removed += 1
        }
        marker = page.IsTruncated
          ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
          : undefined
      }
      return removed
    },

    async signedUrl(key, { seconds, contentType, contentDisposition }) {
      assertKey(key)
      return getSignedUrl(
        signer,
        new GetObjectCommand({
          Bucket: signedBucket,
          Key: key,
          ResponseContentType: contentType,
          ResponseContentDisposition: contentDisposition,
        }),
        { expiresIn: seconds },
      )
    },

    probe: () => withProbe(async () => {}),

    async isPublic() {
      let answer = false
      await withProbe(async (Key) => {
        const address = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 }))
        address.search = ''
        answer = (await fetch(address, { signal: AbortSignal.timeout(connectMs) })).ok
      })
      return answer
    },

    room: async () => undefined,

    async close() {
      client.destroy()
      if (signer !== client) signer.destroy()
    },
  }
}

interface Steady {
  /** First byte, and the one after the last. */
  start: number
  end: number
  first: Readable
  again(at: number): Promise<Readable>
  fail(error: unknown): never
  silenceMs: number
  resumeMs: number
  tries: number
}

/** A download that goes on where it broke off, at its reader's pace. */
function steady({ start, end, first, again, fail, silenceMs, resumeMs, tries }: Steady): Readable {
  let body = first
  let isOver = false

  /** Silence counts only while we want bytes: a slow reader is no fault of the bucket. */
  async function next(bytes: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
    const timer = setTimeout(
      () => body.destroy(Object.assign(new Error(`no byte within ${silenceMs} ms`), { name: 'TimeoutError' })),
      silenceMs,
    )
    try {
      return await bytes.next()
    } finally {
      clearTimeout(timer)
    }
  }

  async function* flow(): AsyncGenerator<Buffer> {
    let at = start
    let failures = 0
    while (!isOver) {
      try {
        if (failures > 0) {
          await sleep(resumeMs * 2 ** (failures - 1))
          if (isOver) return
          body = await again(at)
        }
        const bytes = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
        for (let chunk = await next(bytes); !chunk.done; chunk = await next(bytes)) {
          at += chunk.value.length
          failures = 0
          passed(chunk.value.length)
          yield chunk.value
        }
        if (at === end) return
        throw Object.assign(new Error(`the bucket closed after byte ${at} of ${end}`), { name: 'TimeoutError' })
      } catch (error) {
        body.destroy()
        if (isOver) return
        // Without even a first byte the tries of the SDK have been made already.
        failures += 1
        if (failures >= tries) fail(error)
      }
    }
  }

  const stream = Readable.from(flow(), { objectMode: false, highWaterMark: 256 * 1024 })
  stream.once('close', () => {
    isOver = true
    body.destroy()
  })
  return stream
}
