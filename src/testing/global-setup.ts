import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import type { TestProject } from 'vitest/node'
import { allJobs } from '#server/compose.ts'
import { startEmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { installQueues } from '#server/platform/jobs.ts'
import { migrate } from '#server/platform/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    databaseServer: string
    templateDatabase: string
  }
}

export const onServer = (server: string, database: string): string => {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

/** One PostgreSQL for the run (`TEST_DATABASE_URL`, or the embedded one in a temporary folder) and one template database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL
  const dataDir = given ? undefined : mkdtempSync(join(tmpdir(), 'obcms-test-'))
  const embedded = dataDir
    ? await startEmbeddedPostgres({ dataDir, durable: false, log: pino({ level: 'silent' }) })
    : undefined
  const server = given ?? embedded?.url ?? ''
  const template = `obcms_template_${process.pid}`
  const admin = new pg.Client({ connectionString: server })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${template}`)
  await migrate(onServer(server, template))
  await installQueues(onServer(server, template), allJobs)
  project.provide('databaseServer', server)
  project.provide('templateDatabase', template)
  return async () => {
    await admin.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
    await admin.end()
    await embedded?.stop()
    if (dataDir) rmSync(dataDir, { recursive: true, force: true })
  }
}
