import { resolve } from 'node:path'
import { listBackups, newKeyPair, prepareDatabase, restoreBackup, showBackup, verifyBackup } from '../compose.ts'
import { type Config, loadConfig } from '../platform/config.ts'
import { StartError } from '../platform/start-error.ts'
import { filesystemStore, type ObjectStore } from '../platform/storage.ts'
import { prepareDataDir } from './data-dir.ts'
import { directUrl, migrateDatabase, withDatabase } from './database.ts'
import { withSystem } from './once.ts'
import { backupStoreOf, filesStoreOf } from './storage.ts'

const say = (line: string): void => console.log(line)
const note = (line: string): void => console.error(line)

/** @param place a folder, or `s3`: the bucket of the settings; absent: as the settings say */
async function storeAt(config: Config, place: string | undefined): Promise<ObjectStore> {
  if (place !== undefined && place !== 's3') return filesystemStore(resolve(place))
  if (place === 's3' && !(config.backupTarget && 's3' in config.backupTarget))
    throw new StartError('Name the bucket: set BACKUP_S3_BUCKET.')
  const store = await backupStoreOf(config)
  if (store) return store
  throw new StartError('There is no place for backups: set BACKUP_DIR or BACKUP_S3_BUCKET, or name a folder.')
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`
const secondsSince = (began: number): string => `${((performance.now() - began) / 1_000).toFixed(1)} s`

export async function backup({ to }: { to?: string }): Promise<void> {
  const config = loadConfig(process.env)
  const store = await storeAt(config, to)
  await withSystem(config, async ({ composition }) => {
    const began = performance.now()
    const made = await composition.backups.make({ store, say, isLastTry: true })
    say(
      `Backup ${made.id}: ${made.rows} rows of ${made.tables} tables, ${made.objects} files; ${megabytes(made.bytes)} written in ${secondsSince(began)}.`,
    )
    if (made.retentionProblem) note(made.retentionProblem)
    if (made.missing.length > 0)
      throw new StartError(
        `The backup is whole but for ${made.missing.length} files that could not be read: ${made.missing.join(', ')}`,
      )
  })
}

export async function listAll({ from }: { from?: string }): Promise<void> {
  const store = await storeAt(loadConfig(process.env), from)
  const ids = await listBackups(store)
  if (ids.length === 0) return say('There is no backup.')
  for (const id of ids) {
    const index = await showBackup(store, id).catch((error: Error) => error)
    if (index instanceof Error) say(`${id}   ${index.message}`)
    else
      say(
        `${id}   OBCMS ${index.version}   ${index.rows} rows   ${index.objects} files, ${megabytes(index.objectBytes)}   ${index.encryption === 'none' ? 'not encrypted' : `encrypted (${index.encryption})`}`,
      )
  }
}

export async function verify(id: string, { from, allObjects }: { from?: string; allObjects: boolean }): Promise<void> {
  const config = loadConfig(process.env)
  const began = performance.now()
  const checked = await verifyBackup({ config }, { store: await storeAt(config, from), id, allObjects, say })
  const read = allObjects ? `${checked.objectsRead} files read` : `${checked.objects} files there`
  say(`Backup ${checked.id}: ${checked.rows} rows of ${checked.tables} tables read, ${read} in ${secondsSince(began)}.`)
  if (checked.problems.length > 0) throw new StartError(checked.problems.join('\n'))
  say('It is whole.')
}

export async function prove({ from }: { from?: string }): Promise<void> {
  const config = loadConfig(process.env)
  const store = await storeAt(config, from)
  await withSystem(config, async ({ composition }) => {
    const began = performance.now()
    const proved = await composition.backups.prove({ store, say, isLastTry: true })
    if (proved.problems.length > 0) throw new StartError(proved.problems.join('\n'))
    say(
      `Backup ${proved.id} is proved: ${proved.rows} rows restored and equal, ${proved.objectsRead} files compared, in ${secondsSince(began)}.`,
    )
  })
}

export async function keygen(): Promise<void> {
  const { identity, recipient } = await newKeyPair()
  say(`BACKUP_RECIPIENTS=${recipient}`)
  say(`BACKUP_IDENTITY=${identity}`)
  note('The first may be anywhere; whoever has the second can read the backups. Keep it where the server is not, too.')
}

export async function restore(id: string, { from }: { from?: string }): Promise<void> {
  const config = loadConfig(process.env)
  const store = await storeAt(config, from)
  prepareDataDir(config)
  await withDatabase(config, note, async (url) => {
    const began = performance.now()
    const restored = await restoreBackup(
      {
        config,
        databaseUrl: directUrl(config, url),
        files: await filesStoreOf(config),
        prepare: (direct, to) =>
          to === undefined ? migrateDatabase(config, direct, note) : prepareDatabase(direct, to),
        say,
      },
      { store, id },
    )
    say(
      `Backup ${restored.id} is restored: ${restored.rows} rows, ${restored.objects} files, in ${secondsSince(began)}.`,
    )
    say(
      `The settings that it was made with are in ${restored.settingsFile}: compare them with those here, then remove the file.`,
    )
    if (config.redisUrl) say('Empty Redis, whose counts are of another day: redis-cli flushall.')
    say('Now start OBCMS: obcms serve and obcms worker, or obcms start.')
    if (restored.missing.length > 0)
      throw new StartError(
        `All is restored but ${restored.missing.length} files that the backup does not have whole: ${restored.missing.join(', ')}`,
      )
  })
}
