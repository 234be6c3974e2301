import { assertRestored } from '../platform/migrate.ts'
import { version } from '../platform/version.ts'
import { createAdministrator, loadConfigWithAdministrator } from './administrator.ts'
import { prepareDataDir } from './data-dir.ts'
import { migrateDatabase, openDatabase } from './database.ts'
import { runUntilSignal } from './lifetime.ts'
import { openSystem } from './open.ts'
import { freePort, onPort } from './ports.ts'
import { buildSite } from './site.ts'
import { listen } from './web-process.ts'

const say = (line: string): void => console.log(line)

/** Everything in one process: database, migrations, place data, web pages, web and jobs. */
export async function start({ demo }: { demo: boolean }): Promise<void> {
  const given = loadConfigWithAdministrator()
  await runUntilSignal(async (life) => {
    const config = onPort(given, await freePort(given.host, given.port))
    prepareDataDir(config)
    const database = await openDatabase(config, life, say)
    await migrateDatabase(config, database.url, say)
    await assertRestored(database.url)
    await buildSite(say)
    const system = await openSystem(config, database.url, true)
    life.closing(system.close)
    database.share()
    if (!(await system.composition.identity.hasAdministrator())) await createAdministrator(system, config, say)
    if (demo) say(`${await system.composition.demo.load()} demonstration communities are there.`)
    await system.jobs.work(system.composition.registrations)
    const address = await listen(config, system, life)
    say(`OBCMS ${version} is ready on ${address.replace('127.0.0.1', 'localhost')}  (stop with Ctrl+C)`)
  })
}
