import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import type { Confidentiality, FileRecordType, FileSort, FileType } from '#contract/files.options.ts'
import { type FileRecord, type FileView, fileRecord, type fileRoutes } from '#contract/files.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit, changedFields } from '#server/platform/audit.ts'
import { brokenUnique, type Reader, type Tx } from '#server/platform/db.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { changedMeanwhile } from '#server/platform/trail.rules.ts'
import {
  countFiles,
  type FileFilter,
  type FoundFile,
  findFile,
  findRecord,
  isFolderOpen,
  listChangesSince,
  listFiles,
  listLinks,
  listTags,
  listVersions,
} from './files.reads.ts'
import { deleteLink, insertLink, markArchived, updateFile } from './files.repo.ts'
import {
  cursorOfUse,
  isStricter,
  listCursor,
  listPosition,
  noSuchFile,
  positionOfUse,
  tidyName,
  tidyTags,
} from './files.rules.ts'
import { markAllRevoked } from './shares.repo.ts'
import { countUses, listUses } from './uses.repo.ts'

export interface ListRequest {
  q?: string | undefined
  record?: FileRecordType | undefined
  id?: string | undefined
  type?: FileType[] | undefined
  confidentiality?: Confidentiality[] | undefined
  tag?: string[] | undefined
  archived?: boolean | undefined
  sort?: FileSort | undefined
  cursor?: string | undefined
  limit?: number | undefined
}

const defaultPage = 25

type Change = Omit<z.output<typeof fileRoutes.change.body>, 'version'>

export type FilesService = ReturnType<typeof filesService>

export function filesService({ db, clock }: Pick<ModuleDeps, 'db' | 'clock'>) {
  /** @throws AppError `not_found` for what is out of the actor's sight */
  async function find(reader: Reader, actor: Actor, id: string, locked = false): Promise<FoundFile> {
    const found = await findFile(reader, actor, id, { locked })
    if (!found) throw noSuchFile()
    return found
  }

  async function viewOf(reader: Reader, actor: Actor, found: FoundFile): Promise<FileView> {
    const [versions, links] = await Promise.all([listVersions(reader, found.id), listLinks(reader, actor, found.id)])
    const open = !found.archived
    return {
      ...summaryOf(found),
      archiveReason: found.archiveReason,
      width: found.width,
      height: found.height,
      pages: found.pages,
      sha256: found.sha256,
      text: found.text,
      versions: versions.map((version) => ({
        ...version,
        createdBy: found.seesPeople || version.createdBy?.id === actor.userId ? version.createdBy : null,
      })),
      links,
      can: {
        edit: found.may.edit && open,
        addVersion: found.may.upload && open && !found.recordArchived,
        archive: found.may.archive,
        share: found.may.share && open,
        readOriginal: found.may.readOriginal,
        readUses: found.may.readUses,
      },
    }
  }

  async function staleVersion(
    tx: Tx,
    actor: Actor,
    found: FoundFile,
    seen: number,
    sent: Record<string, unknown>,
  ): Promise<AppError> {
    const changes = await listChangesSince(tx, found.id, seen)
    return new AppError('stale_version', 'Someone changed this file after you opened it. Compare both, then save.', {
      current: await viewOf(tx, actor, found),
      changed: changedMeanwhile(changes, sent),
    })
  }

  /** @throws AppError unless the actor may work on the file where it will be, and read it there */
  async function assertMayHang(
    tx: Tx,
    actor: Actor,
    record: FileRecord,
    confidentiality: Confidentiality,
    moves: boolean,
  ): Promise<void> {
    const target = await findRecord(tx, actor, record, confidentiality)
    if (!target) throw invalidField('record', 'There is no such record.')
    if (!target.readable) throw new AppError('forbidden', `Your account may not read ${confidentiality} files there.`)
    if (!moves) return
    if (!target.mayEdit || !target.mayUpload)
      throw new AppError('forbidden', `Your account may not put files on ${target.name}.`)
    if (target.archived || (record.type === 'folder' && !(await isFolderOpen(tx, record.id))))
      throw new AppError('wrong_state', `${target.name} is archived. Restore it before you put files on it.`)
  }

  async function changeState(actor: Actor, id: string, version: number, reason: string | null): Promise<FileView> {
    return db.transact(async (tx) => {
      const found = await find(tx, actor, id, true)
      if (!found.may.archive) throw new AppError('forbidden', 'Your account may not archive or restore this file.')
      if (found.version !== version) throw await staleVersion(tx, actor, found, version, {})
      if (found.archived === (reason !== null))
        throw new AppError(
          'wrong_state',
          found.archived ? 'This file is already archived.' : 'This file is not archived.',
        )
      if (reason === null && found.record.type === 'folder' && !(await isFolderOpen(tx, found.record.id)))
        throw new AppError('wrong_state', 'Its folder is archived. Restore the folder first.')
      await markArchived(tx, id, reason, clock.now())
      await audit(tx, clock, actor, {
        action: reason === null ? 'file.restored' : 'file.archived',
        subject: { type: 'file', id },
        before: { archived: found.archived, archiveReason: found.archiveReason },
        after: { archived: !found.archived, archiveReason: reason, version: version + 1 },
      })
      return viewOf(tx, actor, await find(tx, actor, id))
    })
  }

  /** A file to be changed. @throws AppError `not_found`, `forbidden`, `wrong_state` */
  async function findToEdit(tx: Tx, actor: Actor, id: string): Promise<FoundFile> {
    const found = await find(tx, actor, id, true)
    if (!found.may.edit) throw new AppError('forbidden', 'Your account may not change this file.')
    return found
  }

  function assertOpen(found: FoundFile): void {
    if (found.archived) throw new AppError('wrong_state', 'This file is archived. Restore it before you change it.')
  }

  return {
    async list(actor: Actor, { sort = '-updated', cursor, limit = defaultPage, record, id, ...rest }: ListRequest) {
      const after = listPosition(cursor, sort)
      const filter: FileFilter = {
        ...rest,
        q: rest.q || undefined,
        tag: rest.tag && tidyTags(rest.tag),
        record: recordOf(record, id),
      }
      const [page, total] = await Promise.all([
        listFiles(db, actor, filter, { sort, limit, after }),
        after ? null : countFiles(db, actor, filter),
      ])
      return { items: page.items, nextCursor: page.next && listCursor(sort, page.next), total }
    },

    async show(actor: Actor, id: string): Promise<FileView> {
      return viewOf(db, actor, await find(db, actor, id))
    },

    async change(actor: Actor, id: string, version: number, sent: Change): Promise<FileView> {
      return db.transact(async (tx) => {
        const found = await findToEdit(tx, actor, id)
        if (found.version !== version) throw await staleVersion(tx, actor, found, version, sent)
        assertOpen(found)
        const before = inputOf(found)
        const after = {
          name: sent.name === undefined ? before.name : tidyName(sent.name),
          type: sent.type ?? before.type,
          tags: sent.tags === undefined ? before.tags : tidyTags(sent.tags),
          confidentiality: sent.confidentiality ?? before.confidentiality,
          record: sent.record ?? before.record,
        }
        const difference = changedFields(before, after)
        if (Object.keys(difference.after).length === 0) return viewOf(tx, actor, found)
        const moves = 'record' in difference.after
        if (moves || 'confidentiality' in difference.after)
          await assertMayHang(tx, actor, after.record, after.confidentiality, moves)
        await updateFile(tx, id, after, clock.now())
        // A link was made for what the file was then.
        if (isStricter(after.confidentiality, before.confidentiality))
          for (const shareId of await markAllRevoked(tx, id, actor.userId, clock.now()))
            await audit(tx, clock, actor, {
              action: 'file.share_revoked',
              subject: { type: 'file', id },
              after: { shareId },
            })
        await audit(tx, clock, actor, {
          action: 'file.changed',
          subject: { type: 'file', id },
          before: difference.before,
          after: { ...difference.after, version: version + 1 },
        })
        return viewOf(tx, actor, await find(tx, actor, id))
      })
    },

    archive: (actor: Actor, id: string, { version, reason }: { version: number; reason: string }) =>
      changeState(actor, id, version, reason),

    restore: (actor: Actor, id: string, { version }: { version: number }) => changeState(actor, id, version, null),

    async link(actor: Actor, id: string, record: FileRecord): Promise<FileView> {
      if (record.type === 'folder')
        throw invalidField('record', 'A file lies in one folder only. Link it to a community, place or organisation.')
      return db.transact(async (tx) => {
        const found = await findToEdit(tx, actor, id)
        assertOpen(found)
        const target = await findRecord(tx, actor, record, found.confidentiality)
        if (!target) throw invalidField('record', 'There is no such record.')
        const there = () => new AppError('already_exists', `The file is already on ${target.name}.`)
        if (found.record.type === record.type && found.record.id === record.id) throw there()
        const linkId = uuidv7()
        try {
          await insertLink(tx, { id: linkId, fileId: id, record }, { now: clock.now(), userId: actor.userId })
        } catch (error) {
          if (brokenUnique(error) !== 'file_links_one') throw error
          throw there()
        }
        await audit(tx, clock, actor, {
          action: 'file.linked',
          subject: { type: 'file', id },
          after: { linkId, record },
        })
        return viewOf(tx, actor, found)
      })
    },

    async unlink(actor: Actor, id: string, linkId: string): Promise<void> {
      await db.transact(async (tx) => {
        const found = await findToEdit(tx, actor, id)
        assertOpen(found)
        // One that he may not see is not there for him.
        const link = (await listLinks(tx, actor, id)).find((one) => one.linkId === linkId)
        if (!link) throw new AppError('not_found', 'There is no such link.')
        await deleteLink(tx, linkId)
        await audit(tx, clock, actor, {
          action: 'file.unlinked',
          subject: { type: 'file', id },
          before: { linkId, record: { type: link.type, id: link.id } },
        })
      })
    },

    async uses(
      actor: Actor,
      id: string,
      { cursor, limit = defaultPage }: { cursor?: string | undefined; limit?: number | undefined },
    ) {
      const before = positionOfUse(cursor)
      const found = await find(db, actor, id)
      if (!found.may.readUses) throw new AppError('forbidden', 'Your account may not see who used this file.')
      const [uses, total] = await Promise.all([
        listUses(db, id, { limit: limit + 1, before }),
        before === undefined ? countUses(db, id) : null,
      ])
      const items = uses.slice(0, limit)
      const last = items.at(-1)
      return { items, nextCursor: last && uses.length > limit ? cursorOfUse(last.id) : null, total }
    },

    tags: async (actor: Actor, q: string | undefined) => ({ items: await listTags(db, actor, q) }),
  }
}

function recordOf(type: FileRecordType | undefined, id: string | undefined): FileFilter['record'] {
  if (type === undefined) {
    if (id !== undefined) throw invalidField('record', 'Say what kind of record the id is of.')
    return undefined
  }
  if (id === undefined) return { type }
  const parsed = fileRecord.safeParse({ type, id })
  if (!parsed.success) throw invalidField('id', 'This is no id of such a record.')
  return parsed.data
}

const summaryOf = (found: FoundFile) => ({
  id: found.id,
  name: found.name,
  type: found.type,
  tags: found.tags,
  confidentiality: found.confidentiality,
  record: found.record,
  mediaType: found.mediaType,
  bytes: found.bytes,
  versionNumber: found.versionNumber,
  scan: found.scan,
  thumbnails: found.thumbnails,
  archived: found.archived,
  version: found.version,
  createdAt: found.createdAt,
  createdBy: found.createdBy,
  updatedAt: found.updatedAt,
})

const inputOf = ({ record, ...found }: FoundFile) => ({
  name: found.name,
  type: found.type,
  tags: found.tags,
  confidentiality: found.confidentiality,
  record: { type: record.type, id: record.id } as FileRecord,
})
