import { v5 as uuidv5, v7 as uuidv7 } from 'uuid'
import type { Actor } from '#server/platform/actor.ts'
import { audit } from '#server/platform/audit.ts'
import type { Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { ObjectStore } from '#server/platform/storage.ts'
import { listAdministrators } from '../identity/index.ts'
import * as jobs from './backups.jobs.ts'
import {
  countBrokenOff,
  findLast,
  insertRun,
  listRuns,
  markBrokenOff,
  markEnded,
  type RunFigures,
  type RunKind,
  removeOldRuns,
} from './backups.repo.ts'
import { withBackupLock } from './lock.service.ts'
import { type Made, type MakingDeps, makeBackup, toldMissing } from './making.service.ts'
import { BackupError } from './manifests.rules.ts'
import { type Checked, type ProvingDeps, proveBackup } from './proving.service.ts'
import { verdictOf } from './standing.rules.ts'

export interface BackupsParts {
  /** Past PgBouncer. */
  databaseUrl: string
  /** Where backups go, as the settings say; undefined: none are made. */
  backupStore: ObjectStore | undefined
  /** What is set, by name. */
  settings(): Record<string, string>
}

export type BackupsDeps = ModuleDeps & MakingDeps & ProvingDeps & BackupsParts
export type BackupsService = ReturnType<typeof backupsService>

interface Run {
  signal?: AbortSignal
  say?: (line: string) => void
}

const recentCount = 20
const longestProblem = 2_000
const manilaMs = 8 * 3_600_000
/** From one night's first try to the next one's. */
const agoMs = 30 * 3_600_000

/** An error of a driver may quote the address it was given. */
const inWords = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\/\/[^/\s]*@/g, '//').slice(0, longestProblem)

export function backupsService(deps: BackupsDeps) {
  const { db, clock, log, config, enqueue, backupStore, databaseUrl } = deps

  /** One letter a day, person and kind, however often it fails. */
  async function alarm(tx: Tx, runId: string, kind: RunKind): Promise<void> {
    const day = new Date(clock.now().getTime() + manilaMs).toISOString().slice(0, 10)
    for (const { id } of await listAdministrators(tx))
      await enqueue(tx, jobs.sendAlarm, { userId: id, runId }, uuidv5(`backup alarm ${kind} ${day}`, id))
  }

  /** A killed run cannot speak for itself. Once may be a restart; again is a machine that does not bear it. */
  async function tellBrokenOff(tx: Tx): Promise<void> {
    for (const { id, kind } of await markBrokenOff(tx, clock.now()))
      if ((await countBrokenOff(tx, kind as RunKind, new Date(clock.now().getTime() - agoMs))) > 1)
        await alarm(tx, id, kind as RunKind)
  }

  /** Keeps a row of what is done, whatever becomes of it. */
  async function recorded<T>(
    kind: RunKind,
    { isLastTry }: { isLastTry: boolean },
    work: () => Promise<{ result: T; figures: RunFigures; problem: string | null }>,
    then: (tx: Tx) => Promise<void> = async () => {},
  ): Promise<T> {
    return withBackupLock(databaseUrl, async () => {
      const id = uuidv7()
      await db.transact(async (tx) => {
        await tellBrokenOff(tx)
        await removeOldRuns(tx, clock.now())
        await insertRun(tx, { id, kind, now: clock.now() })
      })
      try {
        const { result, figures, problem } = await work()
        await db.transact(async (tx) => {
          await markEnded(tx, id, { ...figures, state: 'done', problem, now: clock.now() })
          if (problem) await alarm(tx, id, kind)
          await then(tx)
        })
        return result
      } catch (error) {
        await db.transact(async (tx) => {
          await markEnded(tx, id, { state: 'failed', problem: inWords(error), now: clock.now() })
          if (isLastTry) await alarm(tx, id, kind)
        })
        throw error
      }
    })
  }

  const storeOf = (given: ObjectStore | undefined): ObjectStore => {
    const store = given ?? backupStore
    if (store) return store
    throw new BackupError('There is no place for backups: set BACKUP_DIR or BACKUP_S3_BUCKET.')
  }

  /** Target and job are there, and no other one waits. */
  async function start(actor: Actor, kind: RunKind): Promise<void> {
    if (!backupStore)
      throw new AppError('wrong_state', 'There is no place for backups: BACKUP_DIR or BACKUP_S3_BUCKET must be set.')
    await db.transact(async (tx) => {
      await audit(tx, clock, actor, {
        action: kind === 'made' ? 'backup.asked_for' : 'backup.proof_asked_for',
        subject: { type: 'backup', id: 'newest' },
      })
      await enqueue(tx, kind === 'made' ? jobs.makeBackup : jobs.proveBackup, {})
    })
  }

  return {
    /** @throws BackupError and what the target or the database throw */
    make(run: Run & { store?: ObjectStore; isLastTry?: boolean; thenProve?: boolean } = {}): Promise<Made> {
      const store = storeOf(run.store)
      return recorded(
        'made',
        { isLastTry: run.isLastTry ?? false },
        async () => {
          const made = await makeBackup(deps, { store, ...run })
          log.info({ ...made, missing: made.missing.length }, 'backup made')
          const problems = [made.missing.length > 0 ? toldMissing(made.missing) : null, made.retentionProblem]
          return {
            result: made,
            problem: problems.filter(Boolean).join('\n') || null,
            figures: {
              backupId: made.id,
              bytes: made.bytes,
              tables: made.tables,
              rows: made.rows,
              objects: made.objects,
              objectsDone: made.objectsWritten,
            },
          }
        },
        async (tx) => {
          if (run.thenProve) await enqueue(tx, jobs.proveBackup, {})
        },
      )
    },

    prove(run: Run & { store?: ObjectStore; isLastTry?: boolean; id?: string } = {}): Promise<Checked> {
      const store = storeOf(run.store)
      return recorded('proved', { isLastTry: run.isLastTry ?? false }, async () => {
        const checked = await proveBackup(deps, { store, ...run })
        const { id, bytes, tables, rows, objects, objectsRead, problems } = checked
        log.info({ id, bytes, tables, rows, objects, objectsRead, problems }, 'backup proved')
        return {
          result: checked,
          problem: problems.join('\n').slice(0, longestProblem) || null,
          figures: { backupId: id, bytes, tables, rows, objects, objectsDone: objectsRead },
        }
      })
    },

    startMake: (actor: Actor) => start(actor, 'made'),
    startProve: (actor: Actor) => start(actor, 'proved'),
    hasTarget: backupStore !== undefined,

    async show() {
      const now = clock.now()
      const recent = await listRuns(db, recentCount)
      const standing = async (kind: RunKind) => {
        const [last, lastGood] = await Promise.all([findLast(db, kind), findLast(db, kind, 'done')])
        return { last, lastGood, verdict: verdictOf({ hasTarget: backupStore !== undefined, last, lastGood }, now) }
      }
      const [made, proved] = await Promise.all([standing('made'), standing('proved')])
      const encrypted = config.backupPassphrase !== undefined || config.backupRecipients.length > 0
      const kind: 'folder' | 'bucket' = config.backupTarget && 's3' in config.backupTarget ? 'bucket' : 'folder'
      return {
        target: backupStore ? { kind, encrypted } : null,
        made,
        proved,
        running: recent.filter(({ state }) => state === 'running'),
        recent,
      }
    },
  }
}
