import type { Config } from '../platform/config.ts'
import { createLog, type Log } from '../platform/log.ts'
import { assertMigrated } from '../platform/migrate.ts'
import { type SupervisorOptions, supervise } from '../platform/supervisor/supervisor.ts'
import { openDatabase } from './database.ts'
import type { Life } from './lifetime.ts'

/** Holds the database, makes the processes that use it, and returns when they are ready. */
export async function supervised(config: Config, life: Life, options: Omit<SupervisorOptions, 'log'>): Promise<Log> {
  const log = createLog(config)
  const database = await openDatabase(config, life, console.error)
  await assertMigrated(database.url)
  database.share()
  const supervisor = supervise({ ...options, log, env: { ...options.env, DATABASE_URL: database.url } })
  life.closing(supervisor.stop)
  await Promise.race([supervisor.begun, life.told])
  return log
}
