import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Config } from '#server/platform/config.ts'
import { loadJobs, loadTables, openSession } from '#server/platform/dump.ts'
import { listMigrations } from '#server/platform/migration-files.ts'
import { Checked, ContentDiffers, ObjectMissing, type ObjectStore, objectKey } from '#server/platform/storage.ts'
import { outerSeal } from './encryption.service.ts'
import { withBackupLock } from './lock.service.ts'
import { absentOf, assertKnown, BackupError, type Manifest, type ObjectLine } from './manifests.rules.ts'
import { newestId } from './proving.service.ts'
import {
  type Client,
  countUsers,
  findForeignTable,
  findOpenRestore,
  insertFormerFile,
  insertRestore,
  inTransaction,
  isThere,
  listApplied,
  markRestored,
  markUnderWayEnded,
  replaceCopies,
} from './restores.repo.ts'
import { type OpenBackup, openBackup } from './targets.service.ts'

export interface RestoreDeps {
  config: Config
  /** Past PgBouncer. */
  databaseUrl: string
  /** Where files are to lie from now on. */
  files: ObjectStore
  /** Brings the database to a migration, or to the newest with its queues. */
  prepare(url: string, to?: string): Promise<void>
  say(line: string): void
}

/** What the database is before: `empty`, `migrated` without people; `marked` and `loaded` by a restore of this backup. */
type Beginning = 'empty' | 'migrated' | 'marked' | 'loaded'

/**
 * Restores onto an empty system. Killed at any time and started again it goes on: files that are there stay, the rows come in one
 * transaction, and until the queue has followed the database is marked, and nothing starts on it.
 * @throws BackupError
 */
export async function restoreBackup(
  deps: RestoreDeps,
  { store, id }: { store: ObjectStore; id: string },
): Promise<{ id: string; rows: number; objects: number; missing: string[]; settingsFile: string }> {
  const { config, databaseUrl, say } = deps
  const backup = await openBackup(store, await newestId(store, id), await outerSeal(config))
  const { manifest, index } = backup
  assertKnown(manifest, listMigrations())
  say(`Backup ${index.id} of ${index.madeAt}, OBCMS ${index.version}: ${index.rows} rows, ${index.objects} files`)
  return withBackupLock(databaseUrl, async () => {
    const client = await openSession(databaseUrl)
    try {
      const beginning = await findBeginning(client, manifest)
      const settingsFile = keepSettings(config, manifest)
      keepSecretKey(config, manifest, settingsFile)
      const missing = await restoreObjects(backup, deps)
      if (beginning !== 'loaded') await loadRows(client, backup, deps, missing, beginning)
      await finish(client, backup, deps)
      return { id: index.id, rows: index.rows, objects: index.objects - missing.length, missing, settingsFile }
    } finally {
      await client.end()
    }
  })
}

/** @throws BackupError when anything could be overwritten */
async function findBeginning(client: Client, manifest: Manifest): Promise<Beginning> {
  const applied = await listApplied(client)
  if (applied.length === 0) {
    const foreign = await findForeignTable(client)
    if (foreign && foreign !== 'schema_migrations')
      throw new BackupError(`The database holds tables of something else (${foreign}): restore into an empty one.`)
    return 'empty'
  }
  if (await isThere(client, 'public.backup_restores')) {
    const open = await findOpenRestore(client)
    if (open?.id === manifest.id) return open.isLoaded ? 'loaded' : 'marked'
    if (open)
      throw new BackupError(
        `A restore of backup ${open.id} into this database was broken off: restore that one again, or use an empty database.`,
      )
  }
  const people = (await isThere(client, 'public.users')) ? await countUsers(client) : 0
  if (people > 0)
    throw new BackupError(
      `The database is not empty, it has ${people} ${people === 1 ? 'account' : 'accounts'}: restore into an empty one (createdb, then DATABASE_URL; or another DATA_DIR for the built-in one).`,
    )
  const newer = applied.filter((name) => !manifest.migrations.some((one) => one.name === name))
  if (newer.length > 0)
    throw new BackupError(
      `The database has ${newer.join(', ')}, which the backup is older than: restore into an empty database, not a migrated one.`,
    )
  return 'migrated'
}

/** The settings of the backed-up system, for the operator to compare with those here. */
function keepSettings(config: Config, { id, settings, secretKeys }: Manifest): string {
  const path = join(config.dataDir, 'restored.env')
  const [secretKey, ...former] = secretKeys
  const given = {
    ...settings,
    SECRET_KEY: secretKey,
    ...(former.length > 0 && { SECRET_KEY_FALLBACKS: former.join(',') }),
  }
  const lines = Object.entries(given).map(([name, value]) => `${name}=${quotedValue(String(value))}`)
  writeFileSync(path, `# Settings of backup ${id}\n${lines.join('\n')}\n`, { mode: 0o600 })
  return path
}

const quotedValue = (value: string): string => {
  if (/^[\w.,:/@+=-]*$/.test(value)) return value
  return value.includes("'") ? `"${value}"` : `'${value}'`
}

/** @throws BackupError when what the backup holds encrypted could not be read here */
function keepSecretKey(config: Config, { secretKeys }: Manifest, file: string): void {
  const [key = ''] = secretKeys
  if (config.secretKey) {
    if (config.secretKey === key || config.secretKeyFallbacks.includes(key)) return
    throw new BackupError(
      `SECRET_KEY is another one than the backup's, so two-factor secrets could not be read: take it from ${file}, or add it to SECRET_KEY_FALLBACKS, and restore again.`,
    )
  }
  const path = join(config.dataDir, 'secret-key')
  let now: string | undefined
  try {
    now = readFileSync(path, 'utf8').trim()
  } catch {
    now = undefined
  }
  if (now === key) return
  // Of a system that was started here and had nobody in it.
  if (now !== undefined) renameSync(path, `${path}.before-restore`)
  const draft = `${path}.restored`
  writeFileSync(draft, key, { mode: 0o600 })
  renameSync(draft, path)
}

/** @returns content that the backup does not have */
async function restoreObjects(backup: OpenBackup, { files, say }: RestoreDeps): Promise<string[]> {
  const missing = [...backup.manifest.objects.missing]
  const known = absentOf(backup.manifest)
  let done = 0
  let toldAt = performance.now()
  for await (const object of backup.objects()) {
    done += 1
    if (known.has(object.sha256)) continue
    const key = objectKey(object.sha256)
    if (!(await isWhole(files, key, object)))
      try {
        await files.put(key, await backup.object(object), object)
      } catch (error) {
        // One damaged file must not keep the rest from coming back; it is told at the end.
        if (!(error instanceof BackupError) && !(error instanceof ContentDiffers)) throw error
        say(error.message)
        missing.push(object.sha256)
      }
    if (performance.now() - toldAt < 5_000) continue
    toldAt = performance.now()
    say(`${done} of ${backup.index.objects} files`)
  }
  say(`${done - missing.length} files are in place`)
  return missing
}

/** What lies there may be what was damaged. Reading it is no slower than writing it again. */
async function isWhole(files: ObjectStore, key: string, { sha256, bytes }: ObjectLine): Promise<boolean> {
  if ((await files.stat(key))?.bytes !== bytes) return false
  try {
    const checked = new Checked(key, { sha256, bytes })
    checked.resume()
    await pipeline(await files.get(key, { bytes }), checked)
    return true
  } catch (error) {
    if (error instanceof ContentDiffers || error instanceof ObjectMissing) return false
    throw error
  }
}

async function loadRows(
  client: Client,
  backup: OpenBackup,
  deps: RestoreDeps,
  missing: string[],
  beginning: Beginning,
): Promise<void> {
  const { databaseUrl, files, prepare, say } = deps
  const { manifest } = backup
  const last = manifest.migrations.at(-1)?.name
  if (last && !(await listApplied(client)).includes(last)) await prepare(databaseUrl, last)
  if (beginning !== 'marked') await insertRestore(client, manifest, { isLoaded: false })
  await inTransaction(client, async () => {
    const left = await loadTables(client, manifest, async (table) => {
      say(`${table.schema}.${table.table}: ${table.rows} rows`)
      return backup.part(table.part ?? '')
    })
    if (left.length > 0) say(`Not restored, for no migration makes them: ${left.join(', ')}`)
    for await (const object of backup.objects())
      if (object.formerKey && !missing.includes(object.sha256)) await insertFormerFile(client, object)
    await replaceCopies(client, files.name, [...absentOf(manifest), ...missing])
    await markUnderWayEnded(client)
    await insertRestore(client, manifest, { isLoaded: true })
  })
}

/** Newer migrations and the queue; then the database is whole. */
async function finish(client: Client, backup: OpenBackup, { databaseUrl, prepare, say }: RestoreDeps): Promise<void> {
  const { manifest } = backup
  await prepare(databaseUrl)
  const jobs = manifest.tables.find(({ schema }) => schema === 'pgboss')
  await inTransaction(client, async () => {
    if (jobs) {
      const skipped = await loadJobs(client, jobs, async () => backup.part(jobs.part ?? ''))
      say(`${jobs.rows - skipped} jobs are in the queue`)
    }
    await markRestored(client)
  })
}
