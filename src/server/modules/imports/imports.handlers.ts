import { rm } from 'node:fs/promises'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import type { ErrorCode } from '#contract/errors.ts'
import { maxImportBytes } from '#contract/imports.options.ts'
import { audit } from '#server/platform/audit.ts'
import { manilaDay } from '#server/platform/clock.ts'
import type { Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import type { JobContext } from '#server/platform/jobs.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { readSpreadsheet } from '#server/platform/spreadsheets/read.ts'
import {
  barangayProblem,
  type CommunityColumnKey,
  findTakenOfficeIds,
  type ImportedCommunity,
  registerMany,
} from '../communities/index.ts'
import type { PlaceRecord, PlacesService } from '../places/index.ts'
import type { Announcements } from './announcements.service.ts'
import { formerPath, openKept } from './imported-files.service.ts'
import type { Importer, ImportJobPayload } from './imports.jobs.ts'
import { actorOf } from './imports.policy.ts'
import { findNamesakes } from './imports.reads.ts'
import {
  type Counts,
  insertProblems,
  insertRows,
  listKeptFiles,
  listRows,
  listSilent,
  markApplied,
  markChecked,
  markCounted,
  markCounts,
  markFailed,
  markFileRemoved,
  markProgress,
  markRefused,
  markRunning,
  markState,
  type RowProblem,
  type Run,
  removeProblems,
  removeRows,
  takeTurn,
} from './imports.repo.ts'
import {
  type CheckedRow,
  cellsOf,
  checkRow,
  codeIn,
  type Defaults,
  type FoundPlace,
  type Header,
  HeaderSearch,
  hasError,
  headerRefusal,
  maxListed,
  maxRows,
  placeWords,
  problemIn,
  type RowCells,
} from './imports.rules.ts'

export interface ImportsDeps extends ModuleDeps {
  places: PlacesService
  announce: Announcements
}

/** Rows in one transaction of the check, and between two looks at whether the run may go on. */
const batchRows = 1000
/** Milliseconds of work before others get a turn: a name that fits no place costs up to twenty to judge, a batch of them seconds. */
const busyMs = 20
const day = 86_400_000

/** Somebody cancelled, or another run of the job took over: this one ends and leaves nothing. */
class RunTaken extends Error {}

/** Rows that were right when they were checked and are not any more. */
class WrongMeanwhile extends Error {
  readonly problems: RowProblem[]
  constructor(problems: RowProblem[]) {
    super('rows became wrong between check and registration')
    this.problems = problems
  }
}

const orTaken = (isHeld: boolean): void => {
  if (!isHeld) throw new RunTaken('the run was taken away')
}

/** Faults of the file, in words for its owner; everything else is ours. */
const fileFaults: ReadonlySet<ErrorCode> = new Set(['file_too_large', 'unsupported_file', 'unreadable_file'])

/** Some rows over the limit, so that the sentence can speak of communities. */
const limits = { bytes: maxImportBytes, rows: maxRows + 100, columns: 200 }

/** Checks a file from its start: what an earlier run left is removed first, so that a killed check starts over cleanly. */
export async function runCheck(deps: ImportsDeps, payload: ImportJobPayload, context: JobContext): Promise<void> {
  const { db, clock } = deps
  const run: Run = { importId: payload.importId, runId: uuidv7() }
  const started = await db.transact(async (tx) => {
    const taken = await markRunning(tx, run, ['uploaded', 'checking'], 'checking', clock.now())
    if (taken) {
      await removeRows(tx, run.importId)
      await removeProblems(tx, run.importId)
      await deps.announce.changed(tx, run.importId)
    }
    return taken
  })
  if (!started) return
  const defaults: Defaults = { day: manilaDay(started.createdAt), source: `Import of ${started.fileName}` }
  await ending(deps, run, context, async () => {
    const file = await openKept(deps, started)
    if (!file) throw new Error(`the file of import ${run.importId} was let go`)
    try {
      const header = await readHeader(deps, run, file.path, context)
      if (header) await checkRows(deps, run, file.path, header, payload.importer, defaults, context)
    } catch (error) {
      if (!(error instanceof AppError && fileFaults.has(error.code))) throw error
      await refuse(deps, run, error.message)
    } finally {
      await file.release()
    }
  })
}

/** Runs the body of a job: a taken run ends quietly, a last failed try is said where a person looks. */
async function ending(deps: ImportsDeps, run: Run, context: JobContext, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof RunTaken) {
      context.log.info({ importId: run.importId }, 'run was taken away')
      return
    }
    if (context.lastTry) {
      await deps.db.transact(async (tx) => {
        if (!(await markFailed(tx, run, deps.clock.now()))) return
        await removeRows(tx, run.importId)
        await deps.announce.changed(tx, run.importId)
      })
    }
    throw error
  }
}

async function refuse(deps: ImportsDeps, run: Run, refusal: string, header?: Header): Promise<void> {
  await deps.db.transact(async (tx) => {
    if (!(await markRefused(tx, run, header?.columns ?? [], refusal, deps.clock.now()))) return
    await removeRows(tx, run.importId)
    await removeProblems(tx, run.importId)
    await deps.announce.changed(tx, run.importId)
  })
}

/**
 * Reads the file once to its end: faults that show late are found before a row is staged, and the progress of the check has
 * a total. 100,000 rows cost 0.8 s as CSV, 2.2 s as XLSX.
 * @returns undefined when the file was refused
 */
async function readHeader(
  deps: ImportsDeps,
  run: Run,
  path: string,
  { signal }: JobContext,
): Promise<Header | undefined> {
  const search = new HeaderSearch()
  let header: Header | undefined
  let total = 0
  for await (const { row, cells } of readSpreadsheet(path, { limits })) {
    if (header) {
      total += 1
      if (total > maxRows) {
        throw new AppError('file_too_large', `The file has more than ${maxRows.toLocaleString('en')} rows. Split it.`)
      }
      if (total % batchRows === 0) signal.throwIfAborted()
    } else {
      header = search.offer(row, cells)
      if (header && headerRefusal(header)) break
    }
  }
  header ??= search.best
  const refusal =
    headerRefusal(header) ?? (total === 0 ? 'The file has no rows below the names of its columns.' : undefined)
  if (refusal || !header) {
    await refuse(deps, run, refusal ?? 'The file is empty.', header)
    return undefined
  }
  const { columns } = header
  await deps.db.transact(async (tx) => {
    orTaken(await markCounted(tx, run, columns, total, deps.clock.now()))
    await deps.announce.progressed(tx, run.importId)
  })
  return header
}

async function checkRows(
  deps: ImportsDeps,
  run: Run,
  path: string,
  header: Header,
  importer: Importer,
  defaults: Defaults,
  { signal }: JobContext,
): Promise<void> {
  const { db, clock } = deps
  const check = batchChecker(deps, header, importer, defaults)
  const counts: Counts = { total: 0, ready: 0, wrong: 0, warned: 0 }
  let listed = 0
  let batch: RowCells[] = []

  const flush = async () => {
    signal.throwIfAborted()
    const checked = await check(batch)
    batch = []
    const problems: RowProblem[] = []
    for (const row of checked) {
      counts.total += 1
      if (hasError(row.problems)) counts.wrong += 1
      else {
        counts.ready += 1
        if (row.problems.length > 0) counts.warned += 1
      }
      // All problems of a row or none, so that a listed row is listed whole.
      if (listed + row.problems.length <= maxListed) {
        problems.push(...row.problems)
        listed += row.problems.length
      } else listed = maxListed
    }
    const ready = checked.filter((row) => row.community && !hasError(row.problems))
    await db.transact(async (tx) => {
      orTaken(await markCounts(tx, run, counts, clock.now()))
      await insertRows(
        tx,
        run.importId,
        ready.map(({ row, community }) => ({ row, community })),
      )
      await insertProblems(tx, run.importId, problems)
      await deps.announce.progressed(tx, run.importId)
    })
    await setImmediate()
  }

  for await (const { row, cells } of readSpreadsheet(path, { limits })) {
    if (row <= header.row) continue
    batch.push(cellsOf(header, row, cells))
    if (batch.length === batchRows) await flush()
  }
  if (batch.length > 0) await flush()
  await db.transact(async (tx) => {
    orTaken(await markChecked(tx, run, clock.now()))
    await deps.announce.changed(tx, run.importId)
  })
}

type PlaceFinder = (cells: RowCells['cells']) => Promise<FoundPlace>

/** The barangay of a row by its code or its names, from the memory of the places module. */
function placeFinder({ places }: ImportsDeps, importer: Importer, today: string): PlaceFinder {
  const inScope = (place: PlaceRecord) =>
    importer.placeCodes === null ||
    [place.code, place.parentCode, place.cityCode, place.provinceCode, place.regionCode].some(
      (code) => code !== null && importer.placeCodes?.includes(code),
    )

  async function judge(code: string, field: CommunityColumnKey): Promise<FoundPlace> {
    const place = await places.findPlace(code)
    const message = barangayProblem(place && { ...place, inBarmm: await places.isInBarmm(code) }, today)
    if (message || !place) return { field, message: message ?? 'There is no such place.' }
    if (!inScope(place)) return { field, message: `${place.name} lies outside the places you may import into.` }
    const region = await places.findPlace(place.regionCode)
    return { barangayCode: place.code, region: { code: place.regionCode, name: region?.name ?? '' } }
  }

  async function look(cells: RowCells['cells']): Promise<FoundPlace> {
    const { barangay, city, province, region } = cells
    const named = barangay && city ? await places.resolveByNames({ region, province, city, barangay }) : undefined
    const code = cells.barangayCode && codeIn(cells.barangayCode)
    if (code) {
      if (named?.state === 'found' && named.place.code !== code && (await places.findPlace(code))) {
        const message = `The code is of another place than the names: they name ${named.place.name} (${named.place.code}).`
        return { field: 'barangayCode', message }
      }
      return judge(code, 'barangayCode')
    }
    if (named?.state === 'found') return judge(named.place.code, 'barangay')
    if (named) return { field: named.column, message: placeWords(named, cells[named.column] ?? '') }
    const field = barangay ? 'city' : 'barangay'
    return { field, message: 'Write the names of barangay and city or municipality, or the PSGC code of the barangay.' }
  }

  const known = new Map<string, FoundPlace>()
  return async (cells) => {
    const key = [cells.barangayCode, cells.barangay, cells.city, cells.province, cells.region].join('\n')
    const before = known.get(key)
    if (before) return before
    const found = await look(cells)
    if (known.size < 50_000) known.set(key, found)
    return found
  }
}

type RegistryProblem = { row: number; field: 'name' | 'barangayCode' | 'officeId'; message: string }
interface Candidate {
  row: number
  identity?: { barangayCode: string; name: string } | undefined
  officeId?: string | undefined
}

/** Rows against the registry as it is now; `folded` names come back with them. One query each for names and office ids. */
async function compareWithRegistry(
  tx: Tx,
  candidates: readonly Candidate[],
): Promise<{ problems: RegistryProblem[]; keys: Map<number, string> }> {
  const problems: RegistryProblem[] = []
  const keys = new Map<number, string>()
  const named = candidates.flatMap(({ row, identity }) => (identity ? [{ row, identity }] : []))
  const namesakes = await findNamesakes(
    tx,
    named.map(({ identity }) => identity),
  )
  const officeIds = candidates.flatMap(({ officeId }) => (officeId ? [officeId] : []))
  const taken = new Set(officeIds.length > 0 ? await findTakenOfficeIds(tx, officeIds) : [])
  const registered = new Set<number>()
  named.forEach(({ row, identity }, at) => {
    const { folded = '', officeId = null } = namesakes[at] ?? {}
    keys.set(row, `${identity.barangayCode} ${folded}`)
    if (officeId === null) return
    registered.add(row)
    problems.push({ row, field: 'name', message: `Already registered as ${officeId}: same barangay and name.` })
  })
  for (const { row, officeId } of candidates) {
    if (officeId && taken.has(officeId) && !registered.has(row))
      problems.push({ row, field: 'officeId', message: `${officeId} is the number of another community.` })
  }
  return { problems, keys }
}

/** The check of one batch after the other; remembers the names of the whole file (about 20 MB for 200,000 rows). */
function batchChecker(deps: ImportsDeps, header: Header, importer: Importer, defaults: Defaults) {
  const findPlace = placeFinder(deps, importer, defaults.day)
  const rowOfName = new Map<string, number>()
  const rowOfOfficeId = new Map<string, number>()

  return async (batch: readonly RowCells[]): Promise<CheckedRow[]> => {
    const checked: CheckedRow[] = []
    let turn = performance.now()
    for (const given of batch) {
      checked.push(checkRow(header, given, await findPlace(given.cells), defaults))
      if (performance.now() - turn < busyMs) continue
      await setImmediate()
      turn = performance.now()
    }
    const { problems, keys } = await deps.db.transact((tx) => compareWithRegistry(tx, checked))
    const given = new Map(batch.map((one) => [one.row, one]))
    const byRow = new Map(checked.map((one) => [one.row, one]))
    const note = ({ row, field, message }: RegistryProblem) => {
      const cells = given.get(row)
      if (cells) byRow.get(row)?.problems.push(problemIn(header, cells, field, message))
    }
    problems.forEach(note)
    for (const { row, officeId } of checked) {
      const key = keys.get(row)
      const twin = key && rowOfName.get(key)
      if (twin) note({ row, field: 'name', message: `The same community as in row ${twin}: same barangay and name.` })
      else if (key) rowOfName.set(key, row)
      const holder = officeId && rowOfOfficeId.get(officeId)
      if (holder) note({ row, field: 'officeId', message: `The same number stands in row ${holder}.` })
      else if (officeId) rowOfOfficeId.set(officeId, row)
    }
    return checked
  }
}

/** Waits for its turn; while it waits the import shows that its job lives. */
async function awaitTurn(tx: Tx, beat: () => Promise<void>): Promise<void> {
  while (!(await takeTurn(tx))) {
    await setTimeout(500)
    await beat()
  }
}

/** Registers every row of a checked import in one transaction: killed or cancelled before its end, nothing has happened. */
export async function runApply(deps: ImportsDeps, payload: ImportJobPayload, context: JobContext): Promise<void> {
  const { db, clock } = deps
  const { importId, importer } = payload
  const run: Run = { importId, runId: uuidv7() }
  const started = await db.transact(async (tx) => {
    const taken = await markRunning(tx, run, ['applying'], 'applying', clock.now())
    if (taken) await deps.announce.changed(tx, importId)
    return taken
  })
  if (!started) return
  await ending(deps, run, context, async () => {
    try {
      await register(deps, run, importer, started, context)
    } catch (error) {
      if (!(error instanceof WrongMeanwhile)) throw error
      await sendBack(deps, run, started.rowsReady, error.problems)
    }
  })
}

async function register(
  deps: ImportsDeps,
  run: Run,
  importer: Importer,
  started: { fileName: string; rowsReady: number },
  { signal }: JobContext,
): Promise<void> {
  const { db, clock } = deps
  // On a connection of its own, so that it is seen while the transaction below is open.
  const beat = async (done: number) => {
    signal.throwIfAborted()
    await db.transact(async (tx) => {
      orTaken(await markProgress(tx, run, done, clock.now()))
      await deps.announce.progressed(tx, run.importId)
    })
  }
  await db.transact(async (tx) => {
    await awaitTurn(tx, () => beat(0))
    const findPlace = placeFinder(deps, importer, manilaDay(clock.now()))
    const wrong: RowProblem[] = []
    let done = 0
    let after = 0
    for (;;) {
      const batch = await listRows<ImportedCommunity>(tx, run.importId, after, batchRows)
      if (batch.length === 0) break
      const candidates = batch.map(({ row, community }) => ({
        row,
        identity: { barangayCode: community.barangayCode, name: community.name },
        officeId: community.officeId,
      }))
      const { problems } = await compareWithRegistry(tx, candidates)
      for (const { row, community } of batch) {
        const place = await findPlace({ barangayCode: community.barangayCode })
        if ('message' in place) problems.push({ row, field: 'barangayCode', message: place.message })
      }
      for (const { row, message } of problems)
        wrong.push({ row, severity: 'error', column: null, value: null, message })
      if (wrong.length === 0) {
        const communities = batch.map(({ community }) => community)
        await registerMany(tx, clock, actorOf(importer), [communities], { importId: run.importId })
      }
      done += batch.length
      after = batch.at(-1)?.row ?? after
      await beat(done)
    }
    if (wrong.length > 0) throw new WrongMeanwhile(wrong)
    if (done !== started.rowsReady) throw new Error(`${done} rows are staged, ${started.rowsReady} were checked`)
    orTaken(await markApplied(tx, run, done, clock.now()))
    await removeRows(tx, run.importId)
    await audit(tx, clock, actorOf(importer), {
      action: 'import.applied',
      subject: { type: 'import', id: run.importId },
      after: { fileName: started.fileName, communities: done },
    })
    await deps.announce.changed(tx, run.importId)
  })
}

async function sendBack(deps: ImportsDeps, run: Run, total: number, problems: readonly RowProblem[]): Promise<void> {
  const { db, clock } = deps
  const wrong = new Set(problems.map(({ row }) => row)).size
  await db.transact(async (tx) => {
    if (!(await markCounts(tx, run, { total, ready: total - wrong, wrong, warned: 0 }, clock.now()))) return
    await insertProblems(tx, run.importId, problems.slice(0, maxListed))
    await markChecked(tx, run, clock.now())
    await deps.announce.changed(tx, run.importId)
  })
}

const silentAfter = 3_600_000
const abandonedAfter = 30 * day
const filesKept = 30 * day

/** Says of a job that died for good that it failed, ends imports that nobody went on with, and lets old files go. */
export async function runTidy(deps: ImportsDeps): Promise<void> {
  const { db, clock } = deps
  const now = clock.now()
  const ago = (span: number) => new Date(now.getTime() - span)
  for (const importId of await listSilent(db, ['checking', 'applying'], ago(silentAfter))) {
    await db.transact(async (tx) => {
      if (!(await markState(tx, importId, ['checking', 'applying'], 'failed', now))) return
      await removeRows(tx, importId)
      await deps.announce.changed(tx, importId)
    })
  }
  for (const importId of await listSilent(db, ['uploaded', 'checked'], ago(abandonedAfter))) {
    await db.transact(async (tx) => {
      if (!(await markState(tx, importId, ['uploaded', 'checked'], 'cancelled', now))) return
      await removeRows(tx, importId)
      await audit(
        tx,
        clock,
        { system: 'imports.tidy' },
        {
          action: 'import.cancelled',
          subject: { type: 'import', id: importId },
        },
      )
      await deps.announce.changed(tx, importId)
    })
  }
  for (const { id, fileKey } of await listKeptFiles(db, ago(filesKept))) {
    await db.transact((tx) => markFileRemoved(tx, id))
    if (fileKey) await rm(formerPath(deps, fileKey), { force: true })
  }
}
