import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startEmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { migrate } from '#server/platform/migrate.ts'

const outFile = fileURLToPath(new URL('../server/platform/tables.ts', import.meta.url))
const codegen = fileURLToPath(new URL('./cli/bin.js', import.meta.resolve('kysely-codegen')))

/** Writes `tables.ts` from a migrated database, or with `--verify` fails when it differs. */
export async function generateTables(url: string, ...flags: '--verify'[]): Promise<void> {
  const options = ['--dialect', 'postgres', '--url', url, '--out-file', outFile, '--default-schema', 'public']
  const types = ['--date-parser', 'string', '--numeric-parser', 'number', '--type-mapping', '{"int8":"number"}']
  const only = ['--include-pattern', 'public.*']
  await promisify(execFile)(process.execPath, [codegen, ...options, ...types, ...only, ...flags])
}

if (import.meta.main) {
  const dataDir = mkdtempSync(join(tmpdir(), 'obcms-tables-'))
  const server = await startEmbeddedPostgres({ dataDir, durable: false, log: console })
  try {
    await migrate(server.url)
    await generateTables(server.url)
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
