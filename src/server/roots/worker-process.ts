import { loadConfig } from '../platform/config.ts'
import type { JobWatch } from '../platform/jobs.ts'
import { assertMigrated } from '../platform/migrate.ts'
import { supervision } from '../platform/supervisor/child.ts'
import { runUntilTold } from './lifetime.ts'
import { openSystem } from './open.ts'

/** The supervisor kills this process with a job that does not end, and replaces it after so many jobs. */
const watch: JobWatch = {
  began: supervision.began,
  ended(id) {
    supervision.ended(id)
    supervision.count()
  },
}

/** One process for jobs and schedules; its supervisor has seen to the settings and the database. */
export async function workerProcess({ queues }: { queues?: string[] } = {}): Promise<void> {
  await runUntilTold(async (life) => {
    const config = loadConfig(process.env)
    const url = config.databaseUrl ?? ''
    // New code, loaded by a reload, may need a newer database than the supervisor has seen.
    await assertMigrated(url)
    const system = await openSystem(config, url, true, watch)
    life.closing(system.close)
    await system.jobs.work(system.composition.registrations, { queues })
    supervision.ready(config)
  })
}
