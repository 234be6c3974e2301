import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../platform/config.ts'
import { DatabaseInUseError, startEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { migrate } from '../platform/migrate.ts'
import { birthOf } from '../platform/processes.ts'
import { keepSessionSettings } from '../platform/session-settings.ts'
import { StartError } from '../platform/start-error.ts'
import type { Life } from './lifetime.ts'

export interface OpenDatabase {
  url: string
  /** Lets commands (`obcms import …`) use this embedded server while this process runs. */
  share(): void
}

type Say = (line: string) => void

/** Commands wait so long for another command to give the embedded database back. */
const patienceMs = 60_000
const folderOf = (config: Config): string => join(config.dataDir, 'postgres')
const noteOf = (config: Config): string => join(folderOf(config), 'running.json')

/** `DATABASE_URL`, or the embedded PostgreSQL below the data folder, which lives as long as this process. */
export async function openDatabase(config: Config, life: Life, say: Say): Promise<OpenDatabase> {
  if (config.databaseUrl) return { url: config.databaseUrl, share: () => {} }
  const { url, ended, stop } = await startEmbeddedPostgres({ dataDir: folderOf(config), log: { info: say, warn: say } })
  const note = noteOf(config)
  const forget = (): void => rmSync(note, { force: true })
  life.closing(() => {
    forget()
    return stop()
  })
  void ended.then(() =>
    life.fail(new StartError('The database has ended by itself, and OBCMS with it: start it again.')),
  )
  return {
    url,
    share() {
      forget()
      writeFileSync(note, JSON.stringify({ pid: process.pid, born: birthOf(process.pid), url }), { mode: 0o600 })
    },
  }
}

/** For one command: `DATABASE_URL`, the embedded server of a running OBCMS, or an embedded server for this call. */
export async function withDatabase<T>(config: Config, say: Say, work: (url: string) => Promise<T>): Promise<T> {
  if (config.databaseUrl) return work(config.databaseUrl)
  const deadline = Date.now() + patienceMs
  for (;;) {
    const shared = sharedUrl(noteOf(config))
    if (shared) return work(shared)
    const server = await startEmbeddedPostgres({ dataDir: folderOf(config), log: { info: say, warn: say } }).catch(
      (error: unknown) => {
        if (!(error instanceof DatabaseInUseError) || Date.now() > deadline) throw error
      },
    )
    if (server) return work(server.url).finally(server.stop)
  }
}

/** The address that a running OBCMS has left; one left by a killed OBCMS is void. */
function sharedUrl(note: string): string | undefined {
  try {
    const { pid, born, url } = JSON.parse(readFileSync(note, 'utf8'))
    return birthOf(pid) === born ? url : undefined
  } catch {
    return undefined
  }
}

/** Past PgBouncer, whose transaction mode knows no locks or notices of a session. */
export const directUrl = (config: Config, url: string): string =>
  (config.databaseUrl && config.databaseDirectUrl) || url

/** Schema, place data and queues; what `obcms migrate` does. */
export async function migrateDatabase(config: Config, url: string, say: Say, to?: string): Promise<void> {
  // Loaded here, so that a supervisor that holds the database stays small.
  const [{ allJobs }, { installQueues }] = await Promise.all([import('../compose.ts'), import('../platform/jobs.ts')])
  const direct = directUrl(config, url)
  await migrate(direct, {
    to,
    say,
    finish: async () => {
      if (config.pgBouncer) await keepSessionSettings(direct, config.statementSeconds)
      await installQueues(direct, allJobs)
    },
  })
}
