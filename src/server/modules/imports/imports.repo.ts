import { sql } from 'kysely'
import type { ImportState } from '#contract/imports.options.ts'
import type { Reader, Tx } from '#server/platform/db.ts'

export interface FileColumn {
  header: string
  /** Key of the communities' column; null when an import does not use it. */
  field: string | null
}

export interface RowProblem {
  row: number
  severity: 'error' | 'warning'
  column: string | null
  value: string | null
  message: string
}

export interface StagedRow<C> {
  row: number
  community: C
}

export interface Counts {
  total: number
  ready: number
  wrong: number
  warned: number
}

export interface NewImport {
  id: string
  fileName: string
  /** Of its content; also the name of the object that keeps it. */
  sha256: string
  fileBytes: number
  createdBy: string
}

/** One run of one job: it may write as long as the import names it. */
export interface Run {
  importId: string
  runId: string
}

/** Where the uploaded file is: an object, or, from before there were objects, a file named by its key; neither once it was let go. */
export interface KeptFile {
  sha256: string | null
  fileKey: string | null
}

export async function insertImport(tx: Tx, made: NewImport, now: Date): Promise<void> {
  await tx
    .insertInto('imports')
    .values({
      id: made.id,
      state: 'uploaded',
      file_name: made.fileName,
      object_sha256: made.sha256,
      file_bytes: made.fileBytes,
      file_sha256: made.sha256,
      created_by: made.createdBy,
      created_at: now,
      beat_at: now,
    })
    .execute()
}

const noRows = { rows_total: 0, rows_ready: 0, rows_wrong: 0, rows_warned: 0 }

/** Takes an import from any run before. @returns undefined when it is in none of these states */
export async function markRunning(
  tx: Tx,
  run: Run,
  states: readonly ImportState[],
  state: 'checking' | 'applying',
  now: Date,
): Promise<({ fileName: string; createdAt: Date; rowsReady: number } & KeptFile) | undefined> {
  return tx
    .updateTable('imports')
    .set({
      state,
      run_id: run.runId,
      progress_done: 0,
      progress_started_at: now,
      beat_at: now,
      refusal: null,
      ...(state === 'checking' && { ...noRows, columns: sql`'[]'`, progress_total: null }),
    })
    .where('id', '=', run.importId)
    .where('state', 'in', states)
    .returning([
      'file_name as fileName',
      'file_key as fileKey',
      'object_sha256 as sha256',
      'created_at as createdAt',
      'rows_ready as rowsReady',
    ])
    .executeTakeFirst()
}

const ofRun = (tx: Tx, run: Run) =>
  tx.updateTable('imports').where('id', '=', run.importId).where('run_id', '=', run.runId)

const held = (result: { numUpdatedRows: bigint }): boolean => result.numUpdatedRows > 0n

/** Each of these says false when the run was taken away: then nothing was written, and the job ends. */
export const markCounted = async (tx: Tx, run: Run, columns: FileColumn[], total: number, now: Date) =>
  held(
    await ofRun(tx, run)
      .set({ columns: sql`${JSON.stringify(columns)}::jsonb`, progress_total: total, beat_at: now })
      .executeTakeFirst(),
  )

export const markProgress = async (tx: Tx, run: Run, done: number, now: Date) =>
  held(await ofRun(tx, run).set({ progress_done: done, beat_at: now }).executeTakeFirst())

export const markCounts = async (tx: Tx, run: Run, counts: Counts, now: Date) =>
  held(
    await ofRun(tx, run)
      .set({
        progress_done: counts.total,
        rows_total: counts.total,
        rows_ready: counts.ready,
        rows_wrong: counts.wrong,
        rows_warned: counts.warned,
        beat_at: now,
      })
      .executeTakeFirst(),
  )

export const markChecked = async (tx: Tx, run: Run, now: Date) =>
  held(await ofRun(tx, run).set({ state: 'checked', run_id: null, beat_at: now }).executeTakeFirst())

export const markRefused = async (tx: Tx, run: Run, columns: FileColumn[], refusal: string, now: Date) =>
  held(
    await ofRun(tx, run)
      .set({
        state: 'refused',
        run_id: null,
        refusal,
        columns: sql`${JSON.stringify(columns)}::jsonb`,
        finished_at: now,
        beat_at: now,
        ...noRows,
      })
      .executeTakeFirst(),
  )

export const markFailed = async (tx: Tx, run: Run, now: Date) =>
  held(await ofRun(tx, run).set({ state: 'failed', run_id: null, finished_at: now, beat_at: now }).executeTakeFirst())

export const markApplied = async (tx: Tx, run: Run, done: number, now: Date) =>
  held(
    await ofRun(tx, run)
      .set({ state: 'applied', run_id: null, progress_done: done, finished_at: now, beat_at: now })
      .where('state', '=', 'applying')
      .executeTakeFirst(),
  )

/** A move that a person makes; a job that still runs loses its run. @returns false when the state was another */
export async function markState(
  tx: Tx,
  importId: string,
  from: readonly ImportState[],
  to: ImportState,
  now: Date,
): Promise<boolean> {
  return held(
    await tx
      .updateTable('imports')
      .set({
        state: to,
        run_id: null,
        progress_done: 0,
        progress_started_at: null,
        finished_at: to === 'cancelled' || to === 'failed' ? now : null,
        beat_at: now,
      })
      .where('id', '=', importId)
      .where('state', 'in', from)
      .executeTakeFirst(),
  )
}

export async function insertRows(tx: Tx, importId: string, rows: readonly StagedRow<unknown>[]): Promise<void> {
  if (rows.length === 0) return
  await sql`INSERT INTO import_rows (import_id, row, community)
    SELECT ${importId}, (item->>'row')::int, item->'community' FROM jsonb_array_elements(${JSON.stringify(rows)}::jsonb) item`.execute(
    tx,
  )
}

export async function insertProblems(tx: Tx, importId: string, problems: readonly RowProblem[]): Promise<void> {
  if (problems.length === 0) return
  await sql`INSERT INTO import_problems (import_id, row, severity, column_name, value, message)
    SELECT ${importId}, p.row, p.severity, p.column_name, p.value, p.message
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(problems)}::jsonb)
      AS (row int, severity text, "column" text, value text, message text)) WITH ORDINALITY
      AS p(row, severity, column_name, value, message, place) ORDER BY p.place`.execute(tx)
}

export async function listRows<C>(db: Reader, importId: string, after: number, limit: number): Promise<StagedRow<C>[]> {
  const rows = await db
    .selectFrom('import_rows')
    .select(['row', 'community'])
    .where('import_id', '=', importId)
    .where('row', '>', after)
    .orderBy('row')
    .limit(limit)
    .execute()
  return rows as unknown as StagedRow<C>[]
}

export async function removeRows(tx: Tx, importId: string): Promise<void> {
  await tx.deleteFrom('import_rows').where('import_id', '=', importId).execute()
}

export async function removeProblems(tx: Tx, importId: string): Promise<void> {
  await tx.deleteFrom('import_problems').where('import_id', '=', importId).execute()
}

export interface FoundProblem extends RowProblem {
  id: number
}

/** Problems in the order of the file, after one of them. */
export const listProblems = (
  db: Reader,
  importId: string,
  after: { row: number; id: number },
  limit: number,
): Promise<FoundProblem[]> =>
  db
    .selectFrom('import_problems')
    .select(['id', 'row', 'severity', 'column_name as column', 'value', 'message'])
    .where('import_id', '=', importId)
    .where(sql<boolean>`(row, id) > (${after.row}, ${after.id})`)
    .orderBy('row')
    .orderBy('id')
    .limit(limit)
    .execute() as Promise<FoundProblem[]>

export async function countProblems(db: Reader, importId: string): Promise<number> {
  const { total } = await db
    .selectFrom('import_problems')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('import_id', '=', importId)
    .executeTakeFirstOrThrow()
  return total
}

/** Imports in one of these states that gave no sign of life since `before`. */
export async function listSilent(db: Reader, states: readonly ImportState[], before: Date): Promise<string[]> {
  const found = await db
    .selectFrom('imports')
    .select('id')
    .where('state', 'in', states)
    .where('beat_at', '<', before)
    .execute()
  return found.map(({ id }) => id)
}

export const listKeptFiles = (db: Reader, endedBefore: Date) =>
  db
    .selectFrom('imports')
    .select(['id', 'file_key as fileKey'])
    .where((eb) => eb.or([eb('file_key', 'is not', null), eb('object_sha256', 'is not', null)]))
    .where('finished_at', '<', endedBefore)
    .limit(1000)
    .execute()

export async function markFileRemoved(tx: Tx, importId: string): Promise<void> {
  await tx.updateTable('imports').set({ file_key: null, object_sha256: null }).where('id', '=', importId).execute()
}

const applyTurn = 7_240_116

/** One registration at a time in the whole system, so that two files cannot bring the same community. Held to the end of `tx`. */
export async function takeTurn(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`SELECT pg_try_advisory_xact_lock(${applyTurn}) AS taken`.execute(tx)
  return rows[0]?.taken === true
}
