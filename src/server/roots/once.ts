import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { tables } from '#contract/endpoints.ts'
import { type Config, envExample, loadConfig, loadStaticUrl } from '../platform/config.ts'
import { assertMigrated, checkMigrations, planMigrations } from '../platform/migrate.ts'
import { openApi } from '../platform/openapi.ts'
import { StartError } from '../platform/start-error.ts'
import { collectStatic } from '../platform/static/collect.ts'
import { version } from '../platform/version.ts'
import { createAdministrator, loadConfigWithAdministrator } from './administrator.ts'
import { prepareDataDir } from './data-dir.ts'
import { directUrl, migrateDatabase, withDatabase } from './database.ts'
import { openSystem, type System } from './open.ts'
import { buildSite, builtSite } from './site.ts'

const say = (line: string): void => console.log(line)
const note = (line: string): void => console.error(line)

/** Opens the system for one command and closes it again. */
export async function withSystem(config: Config, work: (system: System) => Promise<void>): Promise<void> {
  prepareDataDir(config)
  await withDatabase(config, note, async (url) => {
    await assertMigrated(url)
    const system = await openSystem({ ...config, logLevel: 'warn' }, url, false)
    await work(system).finally(system.close)
  })
}

/** Embedded or given, past PgBouncer; for commands about the schema itself. */
async function withSchema(work: (config: Config, url: string) => Promise<void>): Promise<void> {
  const config = loadConfig(process.env)
  prepareDataDir(config)
  await withDatabase(config, note, (url) => work(config, directUrl(config, url)))
}

export async function migrateOnce(options: { plan: boolean; check: boolean; to?: string }): Promise<void> {
  await withSchema(async (config, url) => {
    if (options.check) {
      await checkMigrations(url)
      return say('The database is up to date.')
    }
    if (!options.plan) return migrateDatabase(config, url, say, options.to)
    const plan = await planMigrations(url, options.to)
    for (const { name, kind, inTransaction } of plan)
      say(`${name}   ${kind}${inTransaction ? '' : ', outside a transaction'}`)
    if (plan.length === 0) say('Nothing would run: the database is up to date.')
  })
}

export async function createAdmin(email: string): Promise<void> {
  const config = loadConfigWithAdministrator(email)
  await withSystem(config, (system) => createAdministrator(system, config, say, email))
}

export async function importCommunities(path: string, options: { apply: boolean; as?: string }): Promise<void> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new StartError(`There is no file ${path}.`)
  await withSystem(loadConfig(process.env), async ({ composition }) => {
    const result = await composition.imports.importFile({ path, email: options.as, apply: options.apply })
    const { rows, state, refusal } = result.import
    if (refusal) throw new StartError(refusal)
    for (const { row, column, message } of result.problems) say(`row ${row}${column ? `, ${column}` : ''}: ${message}`)
    say(`${rows.total} rows: ${rows.ready} ready, ${rows.wrong} with errors, ${rows.warned} with warnings.`)
    if (rows.wrong > 0) throw new StartError('Nothing was registered: mend the rows above and import the file again.')
    say(state === 'applied' ? 'All are registered.' : 'Nothing is registered yet: run it again with --apply.')
  })
}

export async function demo(what: 'load' | 'remove'): Promise<void> {
  await withSystem(loadConfig(process.env), async ({ composition }) => {
    if (what === 'load') return say(`${await composition.demo.load()} demonstration communities are there.`)
    const { removed, kept } = await composition.demo.remove()
    say(`${removed} were removed.`)
    if (kept > 0) say(`${kept} have files and stay. Move the files to other records, then remove again.`)
  })
}

export async function build(): Promise<void> {
  if (!(await buildSite(say))) say('The web pages are up to date.')
}

/** Needs no other setting than STATIC_URL: it runs while an image is built. */
export async function collectStaticFiles(out: string): Promise<void> {
  await buildSite(say)
  const staticUrl = loadStaticUrl(process.env)
  const { files, written } = await collectStatic(builtSite(), resolve(out), staticUrl)
  say(`${files} files are in ${out}, ${written} of them written now${staticUrl ? `, for ${staticUrl}` : ''}.`)
}

export async function printOpenApi(): Promise<void> {
  say(JSON.stringify(openApi(tables, version), null, 2))
}

export async function printEnvExample(): Promise<void> {
  process.stdout.write(envExample())
}
