import { join } from 'node:path'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import type { Db } from '../platform/db.ts'
import { filesystemStore, openStorage, type Storage } from '../platform/storage.ts'

/** The volume below DATA_DIR, and the bucket when its settings are there. */
export function storageOf(config: Config, db: Db): Storage {
  const volume = filesystemStore(join(config.dataDir, 'files'))
  return openStorage({
    db,
    clock: systemClock,
    stores: new Map([['filesystem', volume]]),
    preferred: 'filesystem',
    spoolDir: join(config.dataDir, 'spool'),
  })
}
