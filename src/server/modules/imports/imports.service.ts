import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { v7 as uuidv7 } from 'uuid'
import { maxImportBytes } from '#contract/imports.options.ts'
import type { Actor } from '#server/platform/actor.ts'
import { audit } from '#server/platform/audit.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import { type OnceKey, once } from '#server/platform/once.ts'
import { annotateSpreadsheet } from '#server/platform/spreadsheets/annotate.ts'
import { type SpreadsheetFormat, sniffSpreadsheet } from '#server/platform/spreadsheets/read.ts'
import type { StoredObject } from '#server/platform/storage.ts'
import { openKept } from './imported-files.service.ts'
import type { ImportsDeps } from './imports.handlers.ts'
import { applyImport, checkImport, type Importer } from './imports.jobs.ts'
import { actorOf, importerOf, sightOf } from './imports.policy.ts'
import { countImports, findAdministrator, findImport, type ImportRecord, listImports } from './imports.reads.ts'
import {
  countProblems,
  type FoundProblem,
  insertImport,
  listProblems,
  markState,
  removeProblems,
  removeRows,
} from './imports.repo.ts'
import { canApply, canCancel, canRetry, hasReasons, reasonOf } from './imports.rules.ts'

interface Page<T> {
  items: T[]
  /** More follow after the last item. */
  hasMore: boolean
  /** Of all pages; given with the first. */
  total: number | null
}

interface ImportFileOptions {
  path: string
  /** Address of an administrator's account; without it, the oldest one. */
  email?: string
  /** Registers the rows when none is wrong; else it stays with the check. */
  apply: boolean
  /** Called about once per thousand rows and at each end. */
  onProgress?: (seen: ImportRecord) => void
}

interface ImportFileResult {
  import: ImportRecord
  /** The first hundred. */
  problems: FoundProblem[]
}

const maxBytes = maxImportBytes
const secondsBetweenLooks = 0.5

export type ImportsService = ReturnType<typeof importsService>

export function importsService(deps: ImportsDeps) {
  const { db, clock, storage, enqueue, announce } = deps

  async function found(actor: Actor, importId: string, reader: Reader = db): Promise<ImportRecord> {
    const record = await findImport(reader, sightOf(actor), importId)
    if (!record) throw new AppError('not_found', 'There is no such import.')
    return record
  }

  /** Keeps a file that is a spreadsheet by its content; anything else leaves nothing behind. */
  const keepSpreadsheet = (stream: Readable): Promise<StoredObject> =>
    storage.keep(stream, { maxBytes, inspect: sniffSpreadsheet })

  async function insertUploaded(tx: Tx, actor: Actor, fileName: string, { bytes, sha256 }: StoredObject) {
    const id = uuidv7()
    await insertImport(tx, { id, fileName, fileBytes: bytes, sha256, createdBy: actor.userId }, clock.now())
    await audit(tx, clock, actor, {
      action: 'import.uploaded',
      subject: { type: 'import', id },
      after: { fileName, bytes, sha256 },
    })
    await announce.changed(tx, id)
    return id
  }

  async function moveOn(
    actor: Actor,
    importId: string,
    isPossible: (record: ImportRecord) => boolean,
    impossible: string,
    move: (tx: Tx, record: ImportRecord) => Promise<boolean>,
  ): Promise<ImportRecord> {
    return db.transact(async (tx) => {
      const record = await found(actor, importId, tx)
      if (!isPossible(record) || !(await move(tx, record))) {
        throw new AppError('wrong_state', impossible, { state: record.state })
      }
      await announce.changed(tx, importId)
      return found(actor, importId, tx)
    })
  }

  return {
    async list(
      actor: Actor,
      page: { before?: { createdAt: Date; id: string } | undefined; limit: number },
    ): Promise<Page<ImportRecord>> {
      const sight = sightOf(actor)
      const items = await listImports(db, sight, page.before, page.limit + 1)
      const total = page.before ? null : await countImports(db, sight)
      return { items: items.slice(0, page.limit), hasMore: items.length > page.limit, total }
    },

    show: (actor: Actor, importId: string): Promise<ImportRecord> => found(actor, importId),

    /** @throws AppError `file_too_large`, `unsupported_file`, `unreadable_file`: then nothing is kept */
    async upload(
      actor: Actor,
      upload: { fileName: string; stream: Readable },
      onceKey: OnceKey | undefined,
    ): Promise<ImportRecord> {
      const stored = await keepSpreadsheet(upload.stream)
      const key = onceKey && { ...onceKey, body: { sha256: stored.sha256 } }
      const id = await db.transact((tx) =>
        once(tx, clock, actor, key, async () => {
          const made = await insertUploaded(tx, actor, upload.fileName, stored)
          await enqueue(tx, checkImport, { importId: made, importer: importerOf(actor) })
          return made
        }),
      )
      return found(actor, id)
    },

    async problems(
      actor: Actor,
      importId: string,
      page: { after?: { row: number; id: number } | undefined; limit: number },
    ): Promise<Page<FoundProblem>> {
      const { id } = await found(actor, importId)
      const items = await listProblems(db, id, page.after ?? { row: 0, id: 0 }, page.limit + 1)
      const total = page.after ? null : await countProblems(db, id)
      return { items: items.slice(0, page.limit), hasMore: items.length > page.limit, total }
    },

    /** The person's own file with the reasons in front, in the format it came in. */
    async marked(
      actor: Actor,
      importId: string,
    ): Promise<{ stream: Readable; fileName: string; format: SpreadsheetFormat }> {
      const record = await found(actor, importId)
      if (!hasReasons(record))
        throw new AppError(
          'wrong_state',
          'The file was not checked to its end, so there are no reasons to mark in it.',
          {
            state: record.state,
          },
        )
      const file = await openKept(deps, record)
      if (!file) throw new AppError('wrong_state', 'The file is no longer kept. Upload it again.')
      const format = await sniffSpreadsheet(file.path)
      const fileName = `${record.fileName.replace(/\.[^.]*$/, '')} (marked).${format}`
      const stream = annotateSpreadsheet(file.path, reasonsOf(record), format)
      stream.once('close', () => void file.release())
      return { stream, fileName, format }
    },

    /** Starts the registration of a checked import; the job does it, all or nothing. */
    apply: (actor: Actor, importId: string): Promise<ImportRecord> =>
      moveOn(
        actor,
        importId,
        canApply,
        'Only a checked import without wrong rows can be registered. Correct the file and upload it again.',
        async (tx) => {
          if (!(await markState(tx, importId, ['checked'], 'applying', clock.now()))) return false
          await enqueue(tx, applyImport, { importId, importer: importerOf(actor) })
          return true
        },
      ),

    /** Ends an import that is not applied; a job that still works on it loses its run and rolls back. */
    cancel: (actor: Actor, importId: string): Promise<ImportRecord> =>
      moveOn(
        actor,
        importId,
        canCancel,
        'This import has ended; there is nothing to cancel.',
        async (tx, { state }) => {
          const now = clock.now()
          if (!(await markState(tx, importId, [state], 'cancelled', now))) return false
          await removeRows(tx, importId)
          if (state !== 'checked' && state !== 'applying') await removeProblems(tx, importId)
          await audit(tx, clock, actor, { action: 'import.cancelled', subject: { type: 'import', id: importId } })
          return true
        },
      ),

    /** A failed import starts again with its check. */
    retry: (actor: Actor, importId: string): Promise<ImportRecord> =>
      moveOn(actor, importId, canRetry, 'Only a failed import can be started again.', async (tx) => {
        if (!(await markState(tx, importId, ['failed'], 'uploaded', clock.now()))) return false
        await enqueue(tx, checkImport, { importId, importer: importerOf(actor) })
        return true
      }),

    /**
     * The command line's import, in this process and without the queue.
     * @throws AppError as `upload` does; `not_found` without such an administrator
     */
    async importFile({ path, email, apply, onProgress }: ImportFileOptions): Promise<ImportFileResult> {
      const person = await findAdministrator(db, email)
      if (!person) {
        throw new AppError(
          'not_found',
          email ? `There is no active administrator with the address ${email}.` : 'There is no administrator yet.',
        )
      }
      const importer: Importer = {
        userId: person.id,
        name: person.name,
        role: 'administrator',
        placeCodes: null,
        requestId: 'command line',
        address: 'command line',
      }
      const stored = await keepSpreadsheet(createReadStream(path))
      const importId = await db.transact((tx) => insertUploaded(tx, actorOf(importer), basename(path), stored))
      const look = async () => {
        const seen = await findImport(db, { createdBy: undefined }, importId)
        if (!seen) throw new Error(`import ${importId} is gone`)
        onProgress?.(seen)
        return seen
      }
      const { runCheck, runApply } = await import('./imports.handlers.ts')
      const context = { log: deps.log, signal: new AbortController().signal, lastTry: true }
      const timer = setInterval(() => look().catch(() => {}), secondsBetweenLooks * 1000)
      try {
        await runCheck(deps, { importId, importer }, context)
        const isReady = canApply(await look())
        if (apply && isReady) {
          await db.transact(async (tx) => {
            await markState(tx, importId, ['checked'], 'applying', clock.now())
            await announce.changed(tx, importId)
          })
          await runApply(deps, { importId, importer }, context)
        }
      } finally {
        clearInterval(timer)
      }
      return { import: await look(), problems: await listProblems(db, importId, { row: 0, id: 0 }, 100) }
    },
  }

  /** Asked row by row in the order of the file, so one page of problems is in memory at a time. */
  function reasonsOf(record: ImportRecord): (row: number) => Promise<string | undefined> {
    let page: FoundProblem[] = []
    let last: FoundProblem | undefined
    let at = 0
    let isRead = false
    const peek = async (): Promise<FoundProblem | undefined> => {
      if (at < page.length || isRead) return page[at]
      page = await listProblems(db, record.id, last ?? { row: 0, id: 0 }, 1000)
      last = page.at(-1) ?? last
      at = 0
      isRead = page.length === 0
      return page[0]
    }
    let listed = 0
    let isNoted = false
    return async (row) => {
      const reasons: FoundProblem[] = []
      for (let next = await peek(); next && next.row <= row; next = await peek()) {
        if (next.row === row) reasons.push(next)
        at += 1
      }
      if (reasons.length > 0) {
        listed += 1
        return reasons.map(reasonOf).join(' ')
      }
      if (isRead && !isNoted && listed < record.rows.wrong + record.rows.warned) {
        isNoted = true
        return 'From here on problems are no longer listed, there are too many. Mend those above and upload the file again.'
      }
      return undefined
    }
  }
}
