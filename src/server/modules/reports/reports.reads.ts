import { sql } from 'kysely'
import type { Reader } from '#server/platform/db.ts'
import { deadLetters } from '#server/platform/jobs.ts'
import type { DayFigures } from './reports.rules.ts'

/** Demonstration communities are none of the office's. */
export async function readFigures(db: Reader, from: Date, to: Date): Promise<DayFigures> {
  const { rows } = await sql<DayFigures>`SELECT
    (SELECT count(*) FROM communities WHERE created_at >= ${from} AND created_at < ${to} AND NOT demo) AS communities,
    (SELECT count(*) FROM imports WHERE state = 'applied' AND finished_at >= ${from} AND finished_at < ${to}) AS imports,
    (SELECT coalesce(sum(rows_ready), 0) FROM imports
      WHERE state = 'applied' AND finished_at >= ${from} AND finished_at < ${to}) AS "importedRows",
    (SELECT count(*) FROM users WHERE state IN ('requested', 'endorsed')) AS "waitingAccounts",
    (SELECT count(*) FROM pgboss.job WHERE name = ${deadLetters} AND state < 'active') AS "failedJobs"`.execute(db)
  if (!rows[0]) throw new Error('no figures')
  return rows[0]
}
