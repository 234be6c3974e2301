import type { Selectable } from 'kysely'
import type { Reader, Tables, Tx } from '#server/platform/db.ts'

export type RunRecord = Selectable<Tables['backup_runs']>
export type RunKind = 'made' | 'proved'

export interface RunFigures {
  backupId?: string | null
  bytes?: number
  tables?: number
  rows?: number
  objects?: number
  objectsDone?: number
}

export async function insertRun(tx: Tx, run: { id: string; kind: RunKind; now: Date }): Promise<void> {
  await tx
    .insertInto('backup_runs')
    .values({ id: run.id, kind: run.kind, state: 'running', started_at: run.now })
    .execute()
}

const brokenOff = 'It was broken off.'

/** For runs that cannot be alive, since whoever says so holds the lock of backups. @returns these */
export const markBrokenOff = (tx: Tx, now: Date): Promise<{ id: string; kind: string }[]> =>
  tx
    .updateTable('backup_runs')
    .set({ state: 'failed', ended_at: now, problem: brokenOff })
    .where('state', '=', 'running')
    .returning(['id', 'kind'])
    .execute()

export async function countBrokenOff(db: Reader, kind: RunKind, since: Date): Promise<number> {
  const row = await db
    .selectFrom('backup_runs')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('kind', '=', kind)
    .where('problem', '=', brokenOff)
    .where('started_at', '>=', since)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function markEnded(
  tx: Tx,
  id: string,
  end: RunFigures & { state: 'done' | 'failed'; problem: string | null; now: Date },
): Promise<void> {
  await tx
    .updateTable('backup_runs')
    .set({
      state: end.state,
      ended_at: end.now,
      problem: end.problem,
      backup_id: end.backupId ?? null,
      bytes: end.bytes ?? null,
      tables: end.tables ?? null,
      rows: end.rows ?? null,
      objects: end.objects ?? null,
      objects_done: end.objectsDone ?? null,
    })
    .where('id', '=', id)
    .execute()
}

const runsKeptMs = 400 * 86_400_000

export async function removeOldRuns(tx: Tx, now: Date): Promise<void> {
  await tx
    .deleteFrom('backup_runs')
    .where('started_at', '<', new Date(now.getTime() - runsKeptMs))
    .execute()
}

export const listRuns = (db: Reader, limit: number): Promise<RunRecord[]> =>
  db.selectFrom('backup_runs').selectAll().orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit).execute()

/** The newest that has ended, of a kind; with `state`, that has ended so. */
export const findLast = (db: Reader, kind: RunKind, state?: 'done'): Promise<RunRecord | undefined> =>
  db
    .selectFrom('backup_runs')
    .selectAll()
    .where('kind', '=', kind)
    .where('state', '<>', 'running')
    .$if(state !== undefined, (query) => query.where('state', '=', state as string))
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()

export async function findSealedSecret(db: Reader): Promise<string | undefined> {
  const row = await db.selectFrom('backup_keys').select('sealed').executeTakeFirst()
  return row?.sealed
}

export async function upsertSealedSecret(tx: Tx, sealed: string, now: Date): Promise<void> {
  await tx
    .insertInto('backup_keys')
    .values({ sealed, created_at: now })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ sealed, created_at: now }))
    .execute()
}

/** Content that nothing uses is let go at any time. */
export async function isKept(db: Reader, sha256: string): Promise<boolean> {
  const row = await db.selectFrom('objects').select('sha256').where('sha256', '=', sha256).executeTakeFirst()
  return row !== undefined
}
