import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Actor } from '#server/platform/actor.ts'
import { audit } from '#server/platform/audit.ts'
import { AppError } from '#server/platform/errors.ts'
import type { KeptDownload } from '#server/platform/http.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { ContentService } from './content.service.ts'
import { type FoundFile, findFile } from './files.reads.ts'
import { isShownInPage, noSuchFile, problemOfScan } from './files.rules.ts'
import {
  findShare,
  findShared,
  insertShare,
  listShares,
  markRevoked,
  markUsed,
  type SharedFile,
  type ShareRecord,
} from './shares.repo.ts'
import { insertUse } from './uses.repo.ts'

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

const dayMs = 86_400_000

export type SharesService = ReturnType<typeof sharesService>

/** Links that show one file to whoever has them. Only the hash of what makes them is kept. */
export function sharesService({
  db,
  clock,
  log,
  content,
}: Pick<ModuleDeps, 'db' | 'clock' | 'log'> & { content: ContentService }) {
  async function find(reader: Parameters<typeof findFile>[0], actor: Actor, id: string, locked = false) {
    const found: FoundFile | undefined = await findFile(reader, actor, id, { locked })
    if (!found) throw noSuchFile()
    if (!found.may.share) throw new AppError('forbidden', 'Your account may not share this file.')
    return found
  }

  /** The same answer for every link that is no longer good, and for one that never was. */
  async function sharedBy(secret: string): Promise<SharedFile> {
    const shared = await findShared(db, hashOf(secret), clock.now())
    if (!shared) throw new AppError('link_expired', 'This link is no longer good. Ask whoever sent it for a new one.')
    return shared
  }

  async function recordUse(shared: SharedFile, deed: 'viewed' | 'downloaded', address: string): Promise<void> {
    const at = clock.now()
    await db
      .transact(async (tx) => {
        await markUsed(tx, shared.shareId, at)
        await insertUse(tx, { fileId: shared.fileId, userId: null, shareId: shared.shareId, deed, at, address })
      })
      .catch((err: unknown) => log.error({ err, shareId: shared.shareId }, 'a use of a link could not be written down'))
  }

  return {
    async list(actor: Actor, fileId: string): Promise<{ items: ShareRecord[] }> {
      await find(db, actor, fileId)
      return { items: await listShares(db, fileId) }
    },

    async share(
      actor: Actor,
      fileId: string,
      { days, note }: { days: number; note?: string | null | undefined },
    ): Promise<{ share: ShareRecord; secret: string }> {
      return db.transact(async (tx) => {
        const file = await find(tx, actor, fileId, true)
        if (file.archived) throw new AppError('wrong_state', 'This file is archived. Restore it before you share it.')
        const problem = problemOfScan(file.scan)
        if (problem) throw problem
        const secret = randomBytes(32).toString('base64url')
        const now = clock.now()
        const share = {
          id: uuidv7(),
          fileId,
          secretHash: hashOf(secret),
          note: note || null,
          createdAt: now,
          createdBy: actor.userId,
          expiresAt: new Date(now.getTime() + days * dayMs),
        }
        await insertShare(tx, share)
        await audit(tx, clock, actor, {
          action: 'file.shared',
          subject: { type: 'file', id: fileId },
          after: {
            shareId: share.id,
            note: share.note,
            expiresAt: share.expiresAt.toISOString(),
            confidentiality: file.confidentiality,
          },
        })
        return { share: (await findShare(tx, fileId, share.id)) as ShareRecord, secret }
      })
    },

    async revoke(actor: Actor, fileId: string, shareId: string): Promise<ShareRecord> {
      return db.transact(async (tx) => {
        await find(tx, actor, fileId)
        if (!(await findShare(tx, fileId, shareId))) throw new AppError('not_found', 'There is no such link.')
        if (await markRevoked(tx, shareId, actor.userId, clock.now()))
          await audit(tx, clock, actor, {
            action: 'file.share_revoked',
            subject: { type: 'file', id: fileId },
            after: { shareId },
          })
        return (await findShare(tx, fileId, shareId)) as ShareRecord
      })
    },

    async show(secret: string) {
      const shared = await sharedBy(secret)
      const sent = await content.ofShare(shared.version, shared.name)
      return {
        name: sent.name,
        mediaType: sent.mediaType,
        bytes: sent.bytes,
        expiresAt: shared.expiresAt.toISOString(),
        hasPreview: isShownInPage(sent.mediaType),
      }
    },

    async content(
      secret: string,
      { download, address }: { download?: boolean | undefined; address: string },
    ): Promise<KeptDownload> {
      const shared = await sharedBy(secret)
      const sent = await content.ofShare(shared.version, shared.name)
      const inline = !download && isShownInPage(sent.mediaType)
      const { open, elsewhere, ...file } = content.downloadOf(sent, inline)
      const used = () => recordUse(shared, inline ? 'viewed' : 'downloaded', address)
      return {
        ...file,
        open: async (range) => {
          const stream = await open(range)
          // The parts that follow are still the same use.
          if (!range?.start) await used()
          return stream
        },
        ...(elsewhere && {
          elsewhere: async (disposition: string) => {
            const url = await elsewhere(disposition)
            if (url) await used()
            return url
          },
        }),
      }
    },
  }
}
