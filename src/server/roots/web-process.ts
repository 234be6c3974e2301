import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, loadConfig } from '../platform/config.ts'
import { assertMigrated } from '../platform/migrate.ts'
import { supervision } from '../platform/supervisor/child.ts'
import { type Life, runUntilTold } from './lifetime.ts'
import { openSystem, type System } from './open.ts'
import { builtSite } from './site.ts'

/** Serves the API and the pages. @returns the address */
export async function listen(config: Config, system: System, life: Life): Promise<string> {
  const { app, probes, drain } = await system.composition.createServer(builtSite())
  app.addHook('onResponse', (_request, _reply, done) => {
    supervision.count()
    done()
  })
  life.closing(async ({ all }) => {
    if (all) {
      probes.stopping()
      await sleep(config.stopDelaySeconds * 1_000)
    }
    await drain({
      gracefulSeconds: config.gracefulSeconds,
      async closed() {
        const nobodyListens = supervision.closed()
        // While others serve, whom this one sends away finds them.
        if (all) await nobodyListens
      },
    })
    await app.close()
  })
  await system.composition.warmUp()
  return app.listen({ host: config.host, port: config.port })
}

/** One web process; its supervisor has seen to the settings, the port and the database. */
export async function webProcess(): Promise<void> {
  await runUntilTold(async (life) => {
    const config = loadConfig(process.env)
    const url = config.databaseUrl ?? ''
    // New code, loaded by a reload, may need a newer database than the supervisor has seen.
    await assertMigrated(url)
    const system = await openSystem(config, url, false)
    life.closing(system.close)
    await listen(config, system, life)
    supervision.ready(config)
  })
}
