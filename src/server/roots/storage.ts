import { join } from 'node:path'
import { systemClock } from '../platform/clock.ts'
import type { Config, S3Settings } from '../platform/config.ts'
import type { Db } from '../platform/db.ts'
import { filesystemStore, type ObjectStore, openStorage, type Storage } from '../platform/storage.ts'

const volumeOf = (config: Config): ObjectStore => filesystemStore(join(config.dataDir, 'files'))

/** The SDK costs memory and start time: it is loaded only where there is a bucket. */
async function bucketOf(settings: S3Settings): Promise<ObjectStore> {
  const { s3Store } = await import('../platform/storage/s3-store.ts')
  return s3Store(settings)
}

/** The volume below DATA_DIR, and the bucket when its settings are there. */
export async function storageOf(config: Config, db: Db): Promise<Storage> {
  const stores: ObjectStore[] = [volumeOf(config)]
  if (config.s3) stores.push(await bucketOf(config.s3))
  return openStorage({
    db,
    clock: systemClock,
    stores: new Map(stores.map((store) => [store.name, store])),
    preferred: config.useS3 ? 's3' : 'filesystem',
    spoolDir: join(config.dataDir, 'spool'),
  })
}

/** Where new files go, as USE_S3 says. */
export const filesStoreOf = async (config: Config): Promise<ObjectStore> =>
  config.useS3 && config.s3 ? bucketOf(config.s3) : volumeOf(config)

/** Where backups go, as the settings say. */
export async function backupStoreOf({ backupTarget }: Pick<Config, 'backupTarget'>): Promise<ObjectStore | undefined> {
  if (!backupTarget) return undefined
  return 'dir' in backupTarget ? filesystemStore(backupTarget.dir) : bucketOf(backupTarget.s3)
}
