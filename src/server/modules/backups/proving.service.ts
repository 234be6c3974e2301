import { pipeline } from 'node:stream/promises'
import {
  loadJobs,
  loadTables,
  measureTable,
  openSession,
  RowMeter,
  withScratchDatabase,
} from '#server/platform/dump.ts'
import { listMigrations } from '#server/platform/migration-files.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { ObjectMissing, type ObjectStore } from '#server/platform/storage.ts'
import { outerSeal, sealedLength } from './encryption.service.ts'
import { absentOf, assertKnown, BackupError, type ObjectLine, type TableEntry } from './manifests.rules.ts'
import { countJobs, inTransaction, pickObjects } from './restores.repo.ts'
import { listIds, listObjects, type OpenBackup, openBackup, readNames, setAside } from './targets.service.ts'

export interface ProvingDeps extends Pick<ModuleDeps, 'config' | 'log'> {
  /** Past PgBouncer. */
  databaseUrl: string
  /** Brings an empty database to a migration, or to the newest with its queues. */
  prepare(url: string, to?: string): Promise<void>
}

export interface CheckOptions {
  store: ObjectStore
  /** The newest when absent. */
  id?: string | undefined
  signal?: AbortSignal
  say?: (line: string) => void
}

export interface Checked {
  id: string
  bytes: number
  tables: number
  rows: number
  objects: number
  objectsRead: number
  /** Everything that is wrong with it; empty: it is good. */
  problems: string[]
}

const mostTold = 5
const told = (what: readonly string[]): string =>
  `${what.slice(0, mostTold).join(', ')}${what.length > mostTold ? ` and ${what.length - mostTold} more` : ''}`

export async function newestId(store: ObjectStore, id = 'latest'): Promise<string> {
  if (id !== 'latest') return id
  const [newest] = await listIds(store)
  if (!newest) throw new BackupError('There is no backup on the target: obcms backup makes one.')
  return newest
}

/** That every object is there in its length, which a listing tells. */
async function findLacking(store: ObjectStore, backup: OpenBackup): Promise<string[]> {
  const there = await listObjects(store)
  const lengthOf = await sealedLength(backup.seal)
  const known = absentOf(backup.manifest)
  const lacking: string[] = []
  for await (const object of backup.objects()) {
    if (known.has(object.sha256)) continue
    if (there.get(backup.objectName(object))?.bytes !== lengthOf(object.bytes)) lacking.push(object.sha256)
  }
  return lacking
}

/** @returns what is wrong with it, which is set aside: a backup writes only what it does not find on the target */
async function readObject(store: ObjectStore, backup: OpenBackup, object: ObjectLine): Promise<string | undefined> {
  try {
    // Whatever differs ends the stream with an error.
    for await (const _ of await backup.object(object));
    return undefined
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    // Where it cannot be done, the next proof finds the same damage.
    if (!(error.cause instanceof ObjectMissing)) await setAside(store, backup.objectName(object)).catch(() => {})
    return error.message
  }
}

/** Retention cannot do without it. */
async function problemsOfNames(store: ObjectStore, { index, manifest }: OpenBackup): Promise<string[]> {
  try {
    const names = await readNames(store, index)
    return names.length === manifest.objects.count ? [] : ['The names of its files are not complete.']
  } catch (error) {
    if (error instanceof BackupError) return [error.message]
    throw error
  }
}

function problemsOfManifest({ manifest }: OpenBackup): string[] {
  const { missing } = manifest.objects
  return missing.length > 0 ? [`Files that could not be read when it was made: ${told(missing)}.`] : []
}

/** Reads a backup from end to end without a database. Objects: every one, or whether each is there. */
export async function verifyBackup(
  deps: Pick<ProvingDeps, 'config'>,
  { store, id, say = () => {}, allObjects }: CheckOptions & { allObjects: boolean },
): Promise<Checked> {
  const backup = await openBackup(store, await newestId(store, id), await outerSeal(deps.config))
  const problems = problemsOfManifest(backup)
  for (const table of backup.manifest.tables) {
    if (!table.part) continue
    const meter = new RowMeter()
    try {
      meter.resume()
      await pipeline(await backup.part(table.part), meter)
      if (meter.rows !== table.rows || meter.hash !== table.hash)
        problems.push(`Table ${table.schema}.${table.table} has other rows than were dumped.`)
    } catch (error) {
      if (!(error instanceof BackupError)) throw error
      problems.push(error.message)
    }
    say(`${table.schema}.${table.table}: ${meter.rows} rows`)
  }
  let objectsRead = 0
  try {
    problems.push(...(await problemsOfNames(store, backup)))
    const lacking = await findLacking(store, backup)
    if (lacking.length > 0)
      problems.push(`${lacking.length} files are missing or cut off on the target: ${told(lacking)}.`)
    const known = new Set([...absentOf(backup.manifest), ...lacking])
    if (allObjects)
      for await (const object of backup.objects()) {
        if (known.has(object.sha256)) continue
        const problem = await readObject(store, backup, object)
        if (problem) problems.push(problem)
        objectsRead += 1
        if (objectsRead % 500 === 0) say(`${objectsRead} files read`)
      }
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    problems.push(error.message)
  }
  return figuresOf(backup, objectsRead, problems)
}

const figuresOf = (backup: OpenBackup, objectsRead: number, problems: string[]): Checked => ({
  id: backup.index.id,
  bytes: backup.bytesRead(),
  tables: backup.index.tables,
  rows: backup.index.rows,
  objects: backup.index.objects,
  objectsRead,
  problems,
})

/**
 * Restores a backup into a scratch database, compares every table with the manifest, and files picked at random and the newest.
 * @throws BackupError, AppError, DumpDiffers: it cannot be restored; what is wrong beside that is in `problems`
 */
export async function proveBackup(deps: ProvingDeps, options: CheckOptions): Promise<Checked> {
  const { config, databaseUrl, prepare } = deps
  const { store, signal, say = () => {} } = options
  const outer = await outerSeal(config)
  if (outer.kind === 'recipients' && !config.backupIdentity)
    throw new BackupError('A proof must open the backup: set BACKUP_IDENTITY to the secret key of BACKUP_RECIPIENTS.')
  const backup = await openBackup(store, await newestId(store, options.id), outer)
  const { manifest } = backup
  assertKnown(manifest, listMigrations())
  const problems = [...problemsOfManifest(backup), ...(await problemsOfNames(store, backup))]
  const sampled = await withScratchDatabase(databaseUrl, async (url) => {
    const last = manifest.migrations.at(-1)?.name
    await prepare(url, last)
    const client = await openSession(url)
    try {
      const open = async ({ part }: TableEntry) => backup.part(part ?? '')
      const left = await inTransaction(client, () => loadTables(client, manifest, open))
      if (left.length > 0)
        problems.push(`No migration makes these tables, so they are not restored: ${left.join(', ')}.`)
      say(`${backup.index.rows} rows restored`)
      for (const table of manifest.tables) {
        signal?.throwIfAborted()
        if (table.schema !== 'public' || left.includes(`${table.schema}.${table.table}`)) continue
        const now = await measureTable(client, table)
        if (now.rows !== table.rows || now.hash !== table.hash)
          problems.push(
            `Table ${table.table} has ${now.rows} rows after the restore that are not the ${table.rows} dumped.`,
          )
      }
      const most = config.backupProofObjects
      const picked = most > 0 ? await pickObjects(client, most) : undefined
      if (last !== listMigrations().at(-1)?.name) await prepare(url)
      const jobs = manifest.tables.find(({ schema }) => schema === 'pgboss')
      if (jobs) {
        const skipped = await inTransaction(client, () => loadJobs(client, jobs, open))
        if ((await countJobs(client)) !== jobs.rows - skipped)
          problems.push('The jobs of the queue are not all restored.')
      }
      return picked
    } finally {
      await client.end()
    }
  })
  const lacking = await findLacking(store, backup)
  if (lacking.length > 0)
    problems.push(`${lacking.length} files are missing or cut off on the target: ${told(lacking)}.`)
  const known = new Set([...absentOf(manifest), ...lacking])
  let objectsRead = 0
  const read = async (object: ObjectLine): Promise<void> => {
    signal?.throwIfAborted()
    if (known.has(object.sha256)) return
    const problem = await readObject(store, backup, object)
    if (problem) problems.push(problem)
    objectsRead += 1
  }
  if (sampled) for (const object of sampled) await read(object)
  else for await (const object of backup.objects()) await read(object)
  say(`${objectsRead} of ${backup.index.objects} files decrypted and compared`)
  return figuresOf(backup, objectsRead, problems)
}
