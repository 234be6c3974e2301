import type { ThumbnailSize } from '#contract/files.options.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import type { Derived, Scan } from './contents.rules.ts'

export interface FactsRecord {
  mediaType: string
  scan: Scan
  finding: string | null
  thumbnails: Derived
  text: Derived
}

export async function findFacts(db: Reader, sha256: string): Promise<FactsRecord | undefined> {
  const row = await db
    .selectFrom('object_facts')
    .select(['media_type as mediaType', 'scan', 'scan_finding as finding', 'thumbnails', 'text_state as text'])
    .where('object_sha256', '=', sha256)
    .executeTakeFirst()
  return row as FactsRecord | undefined
}

/** @returns whether they were absent */
export async function insertFacts(
  tx: Tx,
  { sha256, mediaType }: { sha256: string; mediaType: string },
  facts: { scan: Scan; thumbnails: Derived; text: Derived },
  now: Date,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('object_facts')
    .values({
      object_sha256: sha256,
      media_type: mediaType,
      scan: facts.scan,
      thumbnails: facts.thumbnails,
      text_state: facts.text,
      looked_at: now,
    })
    .onConflict((conflict) => conflict.column('object_sha256').doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

const facts = (tx: Tx, sha256: string) => tx.updateTable('object_facts').where('object_sha256', '=', sha256)

export async function markCleared(tx: Tx, sha256: string, scan: 'clean' | 'unneeded', now: Date): Promise<void> {
  await facts(tx, sha256)
    .where('scan', '=', 'unscanned')
    .set({ scan, scanned_at: scan === 'clean' ? now : null, looked_at: now, problem: null })
    .execute()
}

/** @returns whether it was not known yet */
export async function markInfected(tx: Tx, sha256: string, finding: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await facts(tx, sha256)
    .where('scan', '=', 'unscanned')
    .set({
      scan: 'infected',
      scan_finding: finding,
      scanned_at: now,
      thumbnails: 'none',
      text_state: 'none',
      text_content: null,
      looked_at: now,
    })
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** It still waits. @param inVain the next look is longer in coming */
export async function markLooked(
  tx: Tx,
  sha256: string,
  { problem, inVain }: { problem: string; inVain: boolean },
  now: Date,
): Promise<void> {
  await facts(tx, sha256)
    .set((row) => ({ problem, looked_at: now, looks: row('looks', '+', inVain ? 1 : 0) }))
    .execute()
}

/** What waited to be read cannot be. */
export async function markFailed(tx: Tx, sha256: string, problem: string, now: Date): Promise<void> {
  const failed = { problem, looked_at: now }
  await facts(tx, sha256)
    .where('thumbnails', '=', 'waiting')
    .set({ ...failed, thumbnails: 'failed' })
    .execute()
  await facts(tx, sha256)
    .where('text_state', '=', 'waiting')
    .set({ ...failed, text_state: 'failed' })
    .execute()
}

export interface Thumbnail {
  size: ThumbnailSize
  sha256: string
  width: number
  height: number
}

export async function markShown(
  tx: Tx,
  sha256: string,
  picture: { width: number; height: number; thumbnails: Thumbnail[] },
  now: Date,
): Promise<void> {
  const rows = picture.thumbnails.map((made) => ({
    object_sha256: sha256,
    size: made.size,
    thumbnail_sha256: made.sha256,
    width: made.width,
    height: made.height,
  }))
  await tx
    .insertInto('object_thumbnails')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['object_sha256', 'size']).doUpdateSet((row) => ({
        thumbnail_sha256: row.ref('excluded.thumbnail_sha256'),
        width: row.ref('excluded.width'),
        height: row.ref('excluded.height'),
      })),
    )
    .execute()
  const { width, height } = picture
  await facts(tx, sha256).set({ thumbnails: 'ready', width, height, looked_at: now, problem: null }).execute()
}

export async function markRead(
  tx: Tx,
  sha256: string,
  { text, pages }: { text: string; pages: number | null },
  now: Date,
): Promise<void> {
  await facts(tx, sha256)
    .set({
      text_state: text === '' ? 'none' : 'ready',
      text_content: text === '' ? null : text,
      pages,
      looked_at: now,
      problem: null,
    })
    .execute()
}
