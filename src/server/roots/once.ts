import { tables } from '#contract/endpoints.ts'
import { envExample, loadConfig } from '../platform/config.ts'
import { openApi } from '../platform/openapi.ts'
import { version } from '../platform/version.ts'
import { migrateDatabase, withDatabase } from './database.ts'
import { prepareDataDir } from './open.ts'
import { buildSite } from './site.ts'

const say = (line: string): void => console.log(line)

export async function migrateOnce(): Promise<void> {
  const config = loadConfig(process.env)
  prepareDataDir(config)
  await withDatabase(config, console.error, (url) => migrateDatabase(url, say))
}

export async function build(): Promise<void> {
  if (!(await buildSite(say))) say('The web pages are up to date.')
}

export async function printOpenApi(): Promise<void> {
  say(JSON.stringify(openApi(tables, version), null, 2))
}

export async function printEnvExample(): Promise<void> {
  process.stdout.write(envExample())
}
