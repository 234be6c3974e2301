import { createReadStream, type ReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Upload } from '@tus/server'
import type { S3Settings } from '#server/platform/config.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ObjectStore } from '#server/platform/storage.ts'
import { Hashes, type Staging, stagedKey } from './staging.service.ts'

/** What did not fill a part yet lies beside, with the place in the upload where it begins. */
type Begins = { begins?: string }

/**
 * The library removes what did not fill a part before it has sent it as the beginning of the next one: a process killed between
 * would lose what was acknowledged. Here it stays, and counts only while it begins where the parts end.
 */
async function openParts(settings: S3Settings, endOf: (key: string) => number) {
  const [{ S3Store: Store }, { ERRORS, Upload: NewUpload }] = await Promise.all([
    import('@tus/s3-store'),
    import('@tus/server'),
  ])
  class Parts extends Store {
    /**
     * The library takes an upload whose parts are gone for one that was put together, and so for whole: the bucket may have dropped
     * them, as rules on buckets often say.
     */
    override async getUpload(key: string): Promise<Upload> {
      const upload = await super.getUpload(key)
      if (upload.offset !== upload.size) return upload
      const isThere =
        (await this.retrieveParts(key).catch(orUndefined)) ??
        (await this.client.headObject({ Bucket: this.bucket, Key: key }).catch(orUndefined))
      if (!isThere) throw ERRORS.FILE_NOT_FOUND
      return upload
    }

    async begin(key: string, size: number): Promise<void> {
      await this.create(new NewUpload({ id: key, size, offset: 0 }))
    }

    /** What the library remembers of an upload may be from before another machine began it anew. */
    async forget(key: string): Promise<void> {
      await this.clearCache(key)
    }

    /** The library deletes several objects by one request, which some providers refuse without a hash that the SDK no longer sends. */
    override async remove(key: string): Promise<void> {
      const known = await this.getMetadata(key).catch(orUndefined)
      if (known)
        await this.client
          .abortMultipartUpload({ Bucket: this.bucket, Key: key, UploadId: known['upload-id'] })
          .catch(orUndefined)
      await this.clearCache(key)
    }

    async #endOfParts(key: string): Promise<number> {
      return (await this.retrieveParts(key)).reduce((sum, { Size = 0 }) => sum + Size, 0)
    }

    protected override async uploadIncompletePart(key: string, source: ReadStream | Readable): Promise<string> {
      const path = 'path' in source ? String(source.path) : undefined
      if (path === undefined) throw new Error('what did not fill a part comes from a file')
      const { size } = await stat(path)
      source.destroy()
      const { ETag = '' } = await this.client.putObject({
        Bucket: this.bucket,
        Key: this.partKey(key, true),
        Body: createReadStream(path),
        ContentLength: size,
        Metadata: { begins: String(endOf(key) - size) } satisfies Begins,
      })
      return ETag
    }

    async #isNext(key: string, metadata: Begins | undefined): Promise<boolean> {
      return Number(metadata?.begins) === (await this.#endOfParts(key))
    }

    protected override async getIncompletePart(key: string): Promise<Readable | undefined> {
      const asked = { Bucket: this.bucket, Key: this.partKey(key, true) }
      const found = await this.client.getObject(asked).catch(orUndefined)
      if (!found) return undefined
      const body = found.Body as Readable
      if (await this.#isNext(key, found.Metadata)) return body
      body.destroy()
      return undefined
    }

    protected override async getIncompletePartSize(key: string): Promise<number | undefined> {
      const asked = { Bucket: this.bucket, Key: this.partKey(key, true) }
      const found = await this.client.headObject(asked).catch(orUndefined)
      return found && (await this.#isNext(key, found.Metadata)) ? found.ContentLength : undefined
    }

    protected override async deleteIncompletePart(): Promise<void> {}
  }
  const { bucket, region, endpoint, pathStyle, accessKeyId, secretAccessKey } = settings
  return new Parts({
    partSize: 8 * 1_048_576,
    useTags: false,
    s3ClientConfig: {
      bucket,
      region,
      forcePathStyle: pathStyle,
      credentials: { accessKeyId, secretAccessKey },
      ...(endpoint !== undefined && { endpoint }),
      // By itself the SDK waits for ever for a bucket that has gone silent, and the upload would be held as long.
      requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
      // Other providers than Amazon refuse what the SDK would add.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    },
  })
}

function orUndefined(error: unknown): undefined {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } }
  if (name === 'NotFound' || name === 'NoSuchKey' || name === 'NoSuchUpload' || $metadata?.httpStatusCode === 404)
    return undefined
  throw error
}

const isUnknown = (error: unknown): boolean => (error as { status_code?: number }).status_code === 404

/** The library's own words for a line to the bucket that broke are nothing to act on. */
const asUnavailable = (error: unknown): unknown =>
  error instanceof AppError
    ? error
    : new AppError(
        'unavailable',
        'The storage of the files does not answer at the moment. The upload goes on from where it is.',
        { retryAfter: 5 },
        error,
      )

/** In the bucket: the parts of one multipart upload, so that every machine sees them. */
export function bucketStaging(store: ObjectStore, settings: S3Settings): Staging {
  const hashes = new Hashes()
  /** How far what was read of each upload reaches. */
  const ends = new Map<string, number>()
  let opening: ReturnType<typeof openParts> | undefined
  const open = async (key: string) => {
    opening ??= openParts(settings, (one) => ends.get(one) ?? 0)
    const parts = await opening
    await parts.forget(key)
    return parts
  }

  async function offset(id: string): Promise<number> {
    const key = stagedKey(id)
    const parts = await open(key)
    try {
      return (await parts.getUpload(key)).offset
    } catch (error) {
      if (isUnknown(error)) return 0
      throw asUnavailable(error)
    }
  }

  return {
    store,
    offset,

    async append(id, from, bytes, source, { assertHeld }) {
      const key = stagedKey(id)
      const parts = await open(key)
      const note = hashes.from(id, from)
      ends.set(key, from)
      async function* noted() {
        for await (const part of source) {
          assertHeld()
          note?.(part)
          ends.set(key, (ends.get(key) ?? 0) + part.length)
          yield part
        }
      }
      try {
        if (from === 0) await parts.begin(key, bytes)
        return await parts.write(Readable.from(noted(), { objectMode: false }), key, from)
      } catch (error) {
        hashes.forget(id)
        throw asUnavailable(error)
      } finally {
        ends.delete(key)
      }
    },

    async seal(id, bytes) {
      const key = stagedKey(id)
      if (await store.stat(key)) return
      if ((await offset(id)) !== bytes) return
      const parts = await open(key)
      await parts.write(Readable.from([]), key, bytes).catch((error) => {
        throw asUnavailable(error)
      })
    },

    known: (id, bytes) => hashes.of(id, bytes),

    async remove(id) {
      hashes.forget(id)
      const key = stagedKey(id)
      await (await open(key)).remove(key).catch((error) => {
        throw asUnavailable(error)
      })
      for (const one of [key, `${key}.part`, `${key}.info`]) await store.remove(one)
    },
  }
}
