import { join } from 'node:path'
import { systemClock } from '../platform/clock.ts'
import type { Config, S3Settings } from '../platform/config.ts'
import type { Db } from '../platform/db.ts'
import { filesystemStore, type ObjectStore, openStorage, type Storage } from '../platform/storage.ts'

/** The SDK costs memory and start time: it is loaded only where there is a bucket. */
async function bucketOf(settings: S3Settings): Promise<ObjectStore> {
  const { s3Store } = await import('../platform/storage/s3-store.ts')
  return s3Store(settings)
}

/** The volume below DATA_DIR, and the bucket when its settings are there. */
export async function storageOf(config: Config, db: Db): Promise<Storage> {
  const stores: ObjectStore[] = [filesystemStore(join(config.dataDir, 'files'))]
  if (config.s3) stores.push(await bucketOf(config.s3))
  return openStorage({
    db,
    clock: systemClock,
    stores: new Map(stores.map((store) => [store.name, store])),
    preferred: config.useS3 ? 's3' : 'filesystem',
    spoolDir: join(config.dataDir, 'spool'),
  })
}
