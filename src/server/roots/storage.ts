import { join } from 'node:path'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import type { Db } from '../platform/db.ts'
import { filesystemStore, type ObjectStore, openStorage, type Storage } from '../platform/storage.ts'

/** Where files lie on this machine. */
export const volumeOf = (config: Config): ObjectStore => filesystemStore(join(config.dataDir, 'files'))

/** The volume below DATA_DIR, and the bucket when its settings are there. */
export function storageOf(config: Config, db: Db): Storage {
  const volume = volumeOf(config)
  return openStorage({
    db,
    clock: systemClock,
    stores: new Map([['filesystem', volume]]),
    preferred: 'filesystem',
    spoolDir: join(config.dataDir, 'spool'),
  })
}

/** Where new files go, as USE_S3 says. */
export const filesStoreOf = (config: Config): ObjectStore => volumeOf(config)

/** Where backups go, as the settings say. */
export function backupStoreOf({ backupTarget }: Pick<Config, 'backupTarget'>): ObjectStore | undefined {
  if (!backupTarget) return undefined
  if ('dir' in backupTarget) return filesystemStore(backupTarget.dir)
  return undefined
}
