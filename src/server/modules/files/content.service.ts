import { allowedMedia, type ThumbnailSize } from '#contract/files.options.ts'
import type { Actor } from '#server/platform/actor.ts'
import { AppError } from '#server/platform/errors.ts'
import type { KeptDownload } from '#server/platform/http.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { type FoundFile, type FoundVersion, findFile, findThumbnail, findVersion } from './files.reads.ts'
import { isShownInPage, kindOf, nameWithEnd, noSuchFile, problemOfScan } from './files.rules.ts'
import type { UsesService } from './uses.service.ts'

/** From this size on content in the bucket is sent by the bucket itself. */
const worthAWay = 8 * 1_048_576

export interface Asked {
  version?: number | undefined
  download?: boolean | undefined
  /** Asks only whether it is there: nobody looked at it. */
  headOnly: boolean
}

/** What is sent: which object, and what it is called there. */
interface Sent {
  sha256: string
  bytes: number
  mediaType: string
  name: string
}

export type ContentService = ReturnType<typeof contentService>

export function contentService({
  db,
  config,
  storage,
  uses,
}: Pick<ModuleDeps, 'db' | 'config' | 'storage'> & { uses: UsesService }) {
  function downloadOf(sent: Sent, inline: boolean): KeptDownload {
    const { sha256, bytes } = sent
    const contentType = contentTypeOf(sent.mediaType)
    // The page takes pictures, sound and frames from its own address only.
    const fromBucket = config.s3SignedUrls && !inline && bytes >= worthAWay
    return {
      fileName: sent.name,
      contentType,
      inline,
      bytes,
      sha256,
      open: async (range) => (await storage.read(sha256, range)).stream,
      ...(fromBucket && {
        elsewhere: (contentDisposition: string) =>
          storage.signedUrl(sha256, { seconds: config.s3SignedSeconds, contentType, contentDisposition }),
      }),
    }
  }

  async function find(actor: Actor, id: string, number: number | undefined): Promise<[FoundFile, FoundVersion]> {
    const file = await findFile(db, actor, id)
    if (!file) throw noSuchFile()
    const version = await findVersion(db, id, number ?? file.versionNumber)
    if (!version) throw new AppError('not_found', 'The file has no such version.')
    const problem = problemOfScan(version.scan)
    if (problem) throw problem
    return [file, version]
  }

  /** Of a picture the one without place, time and camera; undefined while there is none. */
  async function shown(version: FoundVersion, name: string): Promise<Sent | undefined> {
    if (kindOf(version.mediaType) !== 'picture') return { ...version, name }
    const derived = version.thumbnails === 'ready' ? await findThumbnail(db, version.sha256, 'large') : undefined
    return derived && { ...derived, name: nameWithEnd(name, 'webp') }
  }

  const nameOf = (file: FoundFile, version: FoundVersion, number: number | undefined): string =>
    number === undefined || number === file.versionNumber ? file.name : version.name

  return {
    async content(actor: Actor, id: string, asked: Asked): Promise<KeptDownload> {
      const [file, version] = await find(actor, id, asked.version)
      const name = nameOf(file, version, asked.version)
      const sent = await shown(version, name)
      if (!sent && !file.may.readOriginal) throw notDerived(version)
      const inline = !asked.download && isShownInPage((sent ?? version).mediaType)
      if (!asked.headOnly) await uses.record(actor, file, sent ? (inline ? 'viewed' : 'downloaded') : 'original')
      return downloadOf(sent ?? { ...version, name }, inline)
    },

    async original(actor: Actor, id: string, asked: Asked): Promise<KeptDownload> {
      const [file, version] = await find(actor, id, asked.version)
      if (!file.may.readOriginal) throw new AppError('forbidden', 'Your account may not get the original of this file.')
      if (!asked.headOnly) await uses.record(actor, file, 'original')
      return downloadOf({ ...version, name: nameOf(file, version, asked.version) }, false)
    },

    async thumbnail(
      actor: Actor,
      id: string,
      size: ThumbnailSize,
      { version: number, headOnly }: Asked,
    ): Promise<KeptDownload> {
      const [file, version] = await find(actor, id, number)
      const derived = version.thumbnails === 'ready' ? await findThumbnail(db, version.sha256, size) : undefined
      if (!derived) throw new AppError('not_found', 'There is no small picture of this file.')
      // The large one is all that `content` shows of a picture: whoever gets it has looked at it.
      if (size === 'large' && !headOnly) await uses.record(actor, file, 'viewed')
      return downloadOf({ ...derived, name: nameWithEnd(nameOf(file, version, number), 'webp') }, true)
    },

    /** For somebody without an account: never an original picture. */
    async ofShare(version: FoundVersion, name: string): Promise<Sent> {
      const problem = problemOfScan(version.scan)
      if (problem) throw problem
      const sent = await shown(version, name)
      if (!sent) throw notDerived(version)
      return sent
    },

    downloadOf,
  }
}

const contentTypeOf = (mediaType: string): string => {
  if (!(mediaType in allowedMedia)) return 'application/octet-stream'
  return mediaType === 'text/plain' || mediaType === 'text/csv' ? `${mediaType}; charset=utf-8` : mediaType
}

const notDerived = ({ thumbnails }: FoundVersion): AppError =>
  thumbnails === 'waiting' || thumbnails === 'ready'
    ? new AppError(
        'file_not_cleared',
        'A copy of this picture without place and time is being made. Try again in a minute.',
        {
          retryAfter: 30,
        },
      )
    : new AppError(
        'file_not_cleared',
        'No copy of this picture without place and time could be made, so only those who may see the original can open it.',
      )
