import { loadConfig } from '../platform/config.ts'
import { assertMigrated } from '../platform/migrate.ts'
import { supervision } from '../platform/supervisor/child.ts'
import { runUntilTold } from './lifetime.ts'
import { openSystem } from './open.ts'

/** One process for jobs and schedules; its supervisor has seen to the settings and the database. */
export async function workerProcess(): Promise<void> {
  await runUntilTold(async (life) => {
    const config = loadConfig(process.env)
    const url = config.databaseUrl ?? ''
    // New code, loaded by a reload, may need a newer database than the supervisor has seen.
    await assertMigrated(url)
    const system = await openSystem(config, url, true)
    life.closing(system.close)
    await system.jobs.work(system.composition.registrations)
    supervision.ready(config)
  })
}
