import { loadConfig } from '../platform/config.ts'
import { prepareDataDir } from './data-dir.ts'
import { runUntilSignal } from './lifetime.ts'
import { freePort, onPort } from './ports.ts'
import { builtSite } from './site.ts'
import { supervised } from './supervised.ts'

/** The supervisor of the web processes, on a database that `obcms migrate` has prepared. */
export async function serve(): Promise<void> {
  const given = loadConfig(process.env)
  await runUntilSignal(async (life) => {
    const config = onPort(given, await freePort(given.host, given.port))
    builtSite()
    prepareDataDir(config)
    const { webConcurrency: processes } = config
    const log = await supervised(config, life, {
      limits: {
        wanted: processes,
        stallMs: config.stallSeconds * 1_000,
        drainMs: (config.stopDelaySeconds + config.gracefulSeconds) * 1_000 + closingMs,
        maxEnded: config.webMaxRequests,
        maxMemoryMb: config.webMaxMemoryMb,
      },
      env: { PORT: String(config.port) },
    })
    const host = config.host.includes(':') ? `[${config.host}]` : config.host
    if (processes > 1 && !config.redisUrl)
      log.warn('without REDIS_URL each web process counts and remembers for itself: for trials only')
    log.info({ address: `http://${host}:${config.port}`, processes }, 'web ready')
  })
}

/** What closing of pools and of idle connections may take on top. */
const closingMs = 10_000
