import { v7 as uuidv7 } from 'uuid'
import type { Confidentiality } from '#contract/files.options.ts'
import type { FileRecord } from '#contract/files.ts'
import type { UploadIntent } from '#contract/uploads.ts'
import { type Actor, can } from '#server/platform/actor.ts'
import { audit } from '#server/platform/audit.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { StoredObject } from '#server/platform/storage.ts'
import { type FoundFile, type FoundRecord, findFile, findRecord, isFolderOpen } from './files.reads.ts'
import { insertFile, insertVersion, markFindable, markRead, markVersion } from './files.repo.ts'
import { noSuchFile, tidyName, tidyTags, usualType } from './files.rules.ts'

export interface AdditionsDeps extends Pick<ModuleDeps, 'db' | 'clock'> {
  /** Begins to find out about content: scan, small pictures, text. Its facts have a row when this returns; harmless when called again. */
  expect(tx: Tx, object: StoredObject): Promise<void>
}

export interface AddedFile {
  fileId: string
  versionNumber: number
}

/** Kept to those who work with the office unless somebody says otherwise. */
const usualConfidentiality: Confidentiality = 'internal'

export type AdditionsService = ReturnType<typeof additionsService>

/** How content that is kept becomes a file, or the next version of one. */
export function additionsService({ db, clock, expect }: AdditionsDeps) {
  const writer = (actor: Actor) => ({ now: clock.now(), userId: actor.userId })

  /** The record for a new file. @throws AppError `not_found`, `forbidden`, `wrong_state` */
  async function placeFor(
    reader: Reader,
    actor: Actor,
    record: FileRecord,
    confidentiality: Confidentiality,
  ): Promise<FoundRecord> {
    const found = await findRecord(reader, actor, record, confidentiality)
    if (!found) throw new AppError('not_found', 'There is no such record to add a file to.')
    if (!can(actor, 'file.upload')) throw new AppError('forbidden', 'Your account may not add files.')
    if (!found.readable)
      throw new AppError(
        'forbidden',
        `Your account may not read ${confidentiality} files there. Choose another confidentiality.`,
      )
    if (!found.mayUpload) throw new AppError('forbidden', `Your account may not add files to ${found.name}.`)
    if (found.archived)
      throw new AppError('wrong_state', `${found.name} is archived. Restore it before you add files to it.`)
    return found
  }

  async function fileFor(reader: Reader, actor: Actor, fileId: string, locked = false): Promise<FoundFile> {
    const found = await findFile(reader, actor, fileId, { locked })
    if (!found) throw noSuchFile()
    if (!found.may.upload) throw new AppError('forbidden', 'Your account may not add a version to this file.')
    if (found.archived) throw new AppError('wrong_state', 'This file is archived. Restore it before you add a version.')
    if (found.recordArchived)
      throw new AppError('wrong_state', `${found.record.name} is archived. Restore it before you add a version.`)
    return found
  }

  /** A folder that somebody archives at this moment takes no more files. */
  async function assertOpen(tx: Tx, record: FileRecord): Promise<void> {
    if (record.type === 'folder' && !(await isFolderOpen(tx, record.id)))
      throw new AppError('wrong_state', 'This folder is archived. Restore it before you add files to it.')
  }

  async function addNew(
    tx: Tx,
    actor: Actor,
    kept: StoredObject & { name: string },
    intent: Extract<UploadIntent, { record: FileRecord }>,
  ): Promise<AddedFile> {
    const confidentiality = intent.confidentiality ?? usualConfidentiality
    await placeFor(tx, actor, intent.record, confidentiality)
    await assertOpen(tx, intent.record)
    const id = uuidv7()
    const given = tidyName(kept.name)
    const file = {
      id,
      record: intent.record,
      name: intent.name ? tidyName(intent.name) : given,
      given,
      type: intent.type ?? usualType(kept.mediaType),
      tags: tidyTags(intent.tags ?? []),
      confidentiality,
      object: kept,
    }
    await expect(tx, kept)
    await insertFile(tx, file, writer(actor))
    await audit(tx, clock, actor, {
      action: 'file.added',
      subject: { type: 'file', id },
      after: {
        name: file.name,
        record: intent.record,
        type: file.type,
        tags: file.tags,
        confidentiality,
        sha256: kept.sha256,
        bytes: kept.bytes,
        mediaType: kept.mediaType,
        version: 1,
      },
    })
    return { fileId: id, versionNumber: 1 }
  }

  async function addVersion(
    tx: Tx,
    actor: Actor,
    kept: StoredObject & { name: string },
    intent: Extract<UploadIntent, { fileId: string }>,
  ): Promise<AddedFile> {
    // Locked, so that two versions that come at once get two numbers.
    const found = await fileFor(tx, actor, intent.fileId, true)
    const number = found.versionNumber + 1
    const note = intent.note || null
    await insertVersion(tx, { fileId: found.id, number, name: tidyName(kept.name), note, object: kept }, writer(actor))
    await markVersion(tx, found.id, { number, version: found.version + 1, object: kept }, clock.now())
    await expect(tx, kept)
    await markFindable(tx, found.id, kept.sha256)
    await audit(tx, clock, actor, {
      action: 'file.version_added',
      subject: { type: 'file', id: found.id },
      before: { versionNumber: found.versionNumber, sha256: found.sha256 },
      after: { versionNumber: number, sha256: kept.sha256, bytes: kept.bytes, note, version: found.version + 1 },
    })
    return { fileId: found.id, versionNumber: number }
  }

  return {
    /**
     * Whether the actor may add this, before its bytes come and again when they are here.
     * @returns whose room it takes; null: nobody's but the office's
     * @throws AppError `not_found`, `forbidden`, `wrong_state`
     */
    async mayAdd(actor: Actor, intent: UploadIntent): Promise<{ organisationId: string | null }> {
      if ('fileId' in intent) {
        const { quotaOrganisationId } = await fileFor(db, actor, intent.fileId)
        return { organisationId: quotaOrganisationId }
      }
      const { organisationId } = await placeFor(
        db,
        actor,
        intent.record,
        intent.confidentiality ?? usualConfidentiality,
      )
      return { organisationId }
    },

    /**
     * Makes a file, or the next version of one, of content that is kept. All in one transaction, `settle` too, in which the caller
     * writes down that it was done.
     * @throws AppError as `mayAdd`: then nothing was changed
     */
    add(
      actor: Actor,
      kept: StoredObject & { name: string },
      intent: UploadIntent,
      settle?: (tx: Tx, added: AddedFile) => Promise<void>,
    ): Promise<AddedFile> {
      return db.transact(async (tx) => {
        const added =
          'fileId' in intent ? await addVersion(tx, actor, kept, intent) : await addNew(tx, actor, kept, intent)
        await settle?.(tx, added)
        return added
      })
    },

    /**
     * Makes the text of content findable in every file whose newest version it is. To be called after its row of `object_facts` was
     * written, in the same transaction.
     */
    textRead: (tx: Tx, sha256: string, text: string | null): Promise<void> => markRead(tx, sha256, text),
  }
}
