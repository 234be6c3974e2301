import { allJobs } from '../compose.ts'
import { loadConfig } from '../platform/config.ts'
import { assertQueues } from '../platform/jobs.ts'
import { prepareDataDir } from './data-dir.ts'
import { runUntilSignal } from './lifetime.ts'
import { supervised } from './supervised.ts'

/** The supervisor of the processes for jobs and schedules, on a database that `obcms migrate` has prepared. */
export async function work({ queues }: { queues?: string[] } = {}): Promise<void> {
  assertQueues(allJobs, queues)
  const config = loadConfig(process.env)
  await runUntilSignal(async (life) => {
    prepareDataDir(config)
    const log = await supervised(config, life, {
      limits: {
        wanted: config.workerConcurrency,
        stallMs: config.stallSeconds * 1_000,
        drainMs: config.workerGracefulSeconds * 1_000 + closingMs,
        maxEnded: config.workerMaxJobs,
        maxMemoryMb: config.workerMaxMemoryMb,
      },
      env: {},
    })
    log.info({ processes: config.workerConcurrency }, 'worker ready')
  })
}

/** What handing back of jobs and closing of pools may take on top. */
const closingMs = 15_000
