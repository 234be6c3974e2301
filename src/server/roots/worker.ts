import { loadConfig } from '../platform/config.ts'
import { assertMigrated } from '../platform/migrate.ts'
import { prepareDataDir } from './data-dir.ts'
import { openDatabase } from './database.ts'
import { runUntilSignal } from './lifetime.ts'
import { openSystem } from './open.ts'

/** Jobs and schedules alone, on a database that `obcms migrate` has prepared. */
export async function work(): Promise<void> {
  const config = loadConfig(process.env)
  await runUntilSignal(async (life) => {
    prepareDataDir(config)
    const database = await openDatabase(config, life, console.error)
    await assertMigrated(database.url)
    database.share()
    const system = await openSystem(config, database.url, true)
    life.closing(system.close)
    await system.jobs.work(system.composition.registrations)
    system.log.info({ jobs: system.composition.registrations.map((entry) => entry.job.name) }, 'worker ready')
  })
}
