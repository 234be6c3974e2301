import { type SelectQueryBuilder, sql } from 'kysely'
import type { EventData } from '#contract/events.ts'
import type { ImportState } from '#contract/imports.options.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import type { ImportSight } from './imports.policy.ts'
import type { Counts, FileColumn, KeptFile } from './imports.repo.ts'

export interface ImportRecord extends KeptFile {
  id: string
  fileName: string
  fileBytes: number
  state: ImportState
  createdAt: Date
  createdBy: string
  finishedAt: Date | null
  progress: { done: number; total: number | null; startedAt: Date | null }
  rows: Counts
  columns: FileColumn[]
  refusal: string | null
}

const inSight = (db: Reader, sight: ImportSight) => {
  const query = db
    .selectFrom('imports')
    .innerJoin('users', 'users.id', 'imports.created_by')
    .select(['imports.id', 'imports.state', 'imports.refusal', 'imports.columns', 'users.name as createdBy'])
    .select(['file_name as fileName', 'file_key as fileKey', 'object_sha256 as sha256', 'file_bytes as fileBytes'])
    .select(['imports.created_at as createdAt', 'finished_at as finishedAt'])
    .select(['progress_done', 'progress_total', 'progress_started_at'])
    .select(['rows_total', 'rows_ready', 'rows_wrong', 'rows_warned'])
  return sight.createdBy === undefined ? query : query.where('created_by', '=', sight.createdBy)
}

type Row = ReturnType<typeof inSight> extends SelectQueryBuilder<infer _D, infer _T, infer O> ? O : never

const toRecord = (row: Row): ImportRecord => ({
  id: row.id,
  fileName: row.fileName,
  fileKey: row.fileKey,
  sha256: row.sha256,
  fileBytes: row.fileBytes,
  state: row.state as ImportState,
  createdAt: row.createdAt as unknown as Date,
  createdBy: row.createdBy,
  finishedAt: row.finishedAt as unknown as Date | null,
  progress: {
    done: row.progress_done,
    total: row.progress_total,
    startedAt: row.progress_started_at as unknown as Date | null,
  },
  rows: { total: row.rows_total, ready: row.rows_ready, wrong: row.rows_wrong, warned: row.rows_warned },
  columns: row.columns as unknown as FileColumn[],
  refusal: row.refusal,
})

export async function findImport(db: Reader, sight: ImportSight, importId: string): Promise<ImportRecord | undefined> {
  const row = await inSight(db, sight).where('imports.id', '=', importId).executeTakeFirst()
  return row && toRecord(row)
}

/** Newest first, before one of them. */
export async function listImports(
  db: Reader,
  sight: ImportSight,
  before: { createdAt: Date; id: string } | undefined,
  limit: number,
): Promise<ImportRecord[]> {
  const query = inSight(db, sight).orderBy('imports.created_at', 'desc').orderBy('imports.id', 'desc').limit(limit)
  const rows = await (before
    ? query.where(sql<boolean>`(imports.created_at, imports.id) < (${before.createdAt}, ${before.id})`)
    : query
  ).execute()
  return rows.map(toRecord)
}

export async function countImports(db: Reader, sight: ImportSight): Promise<number> {
  const query = db.selectFrom('imports').select((eb) => eb.fn.countAll<number>().as('total'))
  const mine = sight.createdBy === undefined ? query : query.where('created_by', '=', sight.createdBy)
  return (await mine.executeTakeFirstOrThrow()).total
}

/**
 * The folded name of each, and the office id of the community that already stands there under that name.
 * The database folds, so that rows of one file are compared exactly as they are with the registry.
 *
 * Planned anew each time: within one transaction the registry may grow a hundredfold, and a plan kept from when it was empty would
 * read all of it for every row (seen: a batch of 1,000 rows past 30 s). Only here: foreign keys are checked by kept plans too.
 */
export async function findNamesakes(
  tx: Tx,
  given: readonly { barangayCode: string; name: string }[],
): Promise<{ folded: string; officeId: string | null }[]> {
  await sql`SET LOCAL plan_cache_mode = force_custom_plan`.execute(tx)
  const { rows } = await sql<{ folded: string; officeId: string | null }>`
    SELECT given.folded, there.office_id AS "officeId"
    FROM (SELECT code, fold(name) AS folded, place
      FROM unnest(${given.map((one) => one.barangayCode)}::text[], ${given.map((one) => one.name)}::text[])
        WITH ORDINALITY AS raw(code, name, place)) given
    LEFT JOIN LATERAL (SELECT office_id FROM communities c
      WHERE c.barangay_code = given.code AND c.sort_name = given.folded AND c.archived_at IS NULL
      LIMIT 1) there ON true
    ORDER BY given.place`.execute(tx)
  await sql`SET LOCAL plan_cache_mode = auto`.execute(tx)
  return rows
}

/** An administrator's account for the command line: the one of that address, or the oldest. */
export const findAdministrator = (db: Reader, email: string | undefined) => {
  const query = db
    .selectFrom('users')
    .select(['id', 'name'])
    .where('role', '=', 'administrator')
    .where('state', '=', 'active')
    .orderBy('created_at')
  return (email === undefined ? query : query.where('email', '=', email.toLowerCase())).executeTakeFirst()
}

/** What an import's owner is told of it. */
export async function findAnnounced(
  db: Reader,
  importId: string,
): Promise<{ userId: string; data: EventData['import.changed'] } | undefined> {
  const row = await db
    .selectFrom('imports')
    .select(['created_by', 'id', 'file_name', 'state', 'progress_done', 'progress_total'])
    .select(['rows_total', 'rows_ready', 'rows_wrong', 'rows_warned'])
    .where('id', '=', importId)
    .executeTakeFirst()
  return (
    row && {
      userId: row.created_by,
      data: {
        id: row.id,
        fileName: row.file_name,
        state: row.state as ImportState,
        progress: { done: row.progress_done, total: row.progress_total },
        rows: { total: row.rows_total, ready: row.rows_ready, wrong: row.rows_wrong, warned: row.rows_warned },
      },
    }
  )
}
