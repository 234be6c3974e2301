import { sql } from 'kysely'
import type { Confidentiality, FileType } from '#contract/files.options.ts'
import type { FileRecord } from '#contract/files.ts'
import type { Tx } from '#server/platform/db.ts'
import type { StoredObject } from '#server/platform/storage.ts'
import { columnsOf } from './files.rules.ts'

interface Writer {
  now: Date
  userId: string
}

/** What may be found of a file now: its names, and the text inside when it was read already. */
const words = (tx: Tx, fileId: string) =>
  sql`update files f set words = file_words(f.name || ' ' || v.name, f.tags, x.text_content)
    from file_versions v left join object_facts x on x.object_sha256 = v.object_sha256 and x.text_state = 'ready'
    where f.id = ${fileId} and v.file_id = f.id and v.number = f.version_number`.execute(tx)

/**
 * The text of content that was read already. Until the end of the transaction no job writes down what it read of it: what it has
 * written is seen, the rest comes after.
 */
const heldText = (sha256: string) =>
  sql`select case when text_state = 'ready' then text_content end from object_facts where object_sha256 = ${sha256} for share`

interface NewVersion {
  fileId: string
  number: number
  /** As it was called where it came from. */
  name: string
  note: string | null
  object: StoredObject
}

const versionRow = ({ fileId, number, name, note, object }: NewVersion, { now, userId }: Writer) => ({
  file_id: fileId,
  number,
  object_sha256: object.sha256,
  name,
  bytes: object.bytes,
  media_type: object.mediaType,
  note,
  created_at: now,
  created_by: userId,
})

/** With its first version. To be called once the facts of its content have their row: what a job has read of it can be found at once. */
export async function insertFile(
  tx: Tx,
  file: {
    id: string
    record: FileRecord
    name: string
    /** As it was called where it came from. */
    given: string
    type: FileType
    tags: string[]
    confidentiality: Confidentiality
    object: StoredObject
  },
  writer: Writer,
): Promise<void> {
  const { id, given, object } = file
  await tx
    .with('made', (tx) =>
      tx.insertInto('files').values({
        id,
        ...columnsOf(file.record),
        name: file.name,
        type: file.type,
        tags: file.tags,
        confidentiality: file.confidentiality,
        media_type: object.mediaType,
        bytes: object.bytes,
        created_at: writer.now,
        created_by: writer.userId,
        updated_at: writer.now,
        words: sql`file_words(${`${file.name} ${given}`}, ${file.tags}::text[], (${heldText(object.sha256)}))`,
      }),
    )
    .insertInto('file_versions')
    .values(versionRow({ fileId: id, number: 1, name: given, note: null, object }, writer))
    .execute()
}

export async function insertVersion(tx: Tx, version: NewVersion, writer: Writer): Promise<void> {
  await tx.insertInto('file_versions').values(versionRow(version, writer)).execute()
}

/** To be called once the facts of its content have their row. */
export async function markFindable(tx: Tx, fileId: string, sha256: string): Promise<void> {
  await heldText(sha256).execute(tx)
  await words(tx, fileId)
}

export async function markVersion(
  tx: Tx,
  fileId: string,
  next: { number: number; version: number; object: StoredObject },
  now: Date,
): Promise<void> {
  await tx
    .updateTable('files')
    .set({
      version_number: next.number,
      media_type: next.object.mediaType,
      bytes: next.object.bytes,
      version: next.version,
      updated_at: now,
    })
    .where('id', '=', fileId)
    .execute()
}

/**
 * The text inside of every file whose newest version has this content can be found from now on. To be called after the row of
 * `object_facts` was written, in the same transaction.
 */
export async function markRead(tx: Tx, sha256: string, text: string | null): Promise<void> {
  await sql`update files f set words = file_words(f.name || ' ' || v.name, f.tags, ${text}) from file_versions v
    where v.object_sha256 = ${sha256} and v.file_id = f.id and v.number = f.version_number`.execute(tx)
}

export async function updateFile(
  tx: Tx,
  id: string,
  file: { name: string; type: FileType; tags: string[]; confidentiality: Confidentiality; record: FileRecord },
  now: Date,
): Promise<void> {
  await tx
    .updateTable('files')
    .set({
      ...columnsOf(file.record),
      name: file.name,
      type: file.type,
      tags: file.tags,
      confidentiality: file.confidentiality,
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute()
  await words(tx, id)
}

/** @param reason null restores it */
export async function markArchived(tx: Tx, id: string, reason: string | null, now: Date): Promise<void> {
  await tx
    .updateTable('files')
    .set({
      archived_at: reason === null ? null : now,
      archive_reason: reason,
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute()
}

export async function insertLink(
  tx: Tx,
  link: { id: string; fileId: string; record: FileRecord },
  { now, userId }: Writer,
): Promise<void> {
  const { folder_id: _, ...at } = columnsOf(link.record)
  await tx
    .insertInto('file_links')
    .values({ id: link.id, file_id: link.fileId, ...at, created_at: now, created_by: userId })
    .execute()
}

export async function deleteLink(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('file_links').where('id', '=', id).execute()
}
