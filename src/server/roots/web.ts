import { type Config, loadConfig } from '../platform/config.ts'
import { assertMigrated } from '../platform/migrate.ts'
import { prepareDataDir } from './data-dir.ts'
import { openDatabase } from './database.ts'
import { type Life, runUntilSignal } from './lifetime.ts'
import { openSystem, type System } from './open.ts'
import { freePort, onPort } from './ports.ts'
import { builtSite } from './site.ts'

/** Requests in flight get so long to end. */
const drainMs = 30_000

/** Serves the API and the pages. @returns the address */
export async function listen(config: Config, system: System, life: Life): Promise<string> {
  const { app } = await system.composition.createServer(builtSite())
  life.closing(async () => {
    const late = setTimeout(() => app.server.closeAllConnections(), drainMs)
    await app.close()
    clearTimeout(late)
  })
  return app.listen({ host: config.host, port: config.port })
}

/** The web alone, on a database that `obcms migrate` has prepared. */
export async function serve(): Promise<void> {
  const given = loadConfig(process.env)
  await runUntilSignal(async (life) => {
    const config = onPort(given, await freePort(given.host, given.port))
    builtSite()
    prepareDataDir(config)
    const database = await openDatabase(config, life, console.error)
    await assertMigrated(database.url)
    database.share()
    const system = await openSystem(config, database.url, false)
    life.closing(system.close)
    system.log.info({ address: await listen(config, system, life) }, 'web ready')
  })
}
