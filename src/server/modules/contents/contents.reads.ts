import { sql } from 'kysely'
import type { Reader } from '#server/platform/db.ts'
import { examineContent } from './contents.jobs.ts'
import type { InfectedFile } from './letters.rules.ts'

const waiting = sql<boolean>`(x.scan = 'unscanned' OR x.thumbnails = 'waiting' OR x.text_state = 'waiting')`

export async function countWaiting(db: Reader): Promise<number> {
  const { rows } = await sql<{
    count: number
  }>`SELECT count(*)::int AS count FROM object_facts x WHERE ${waiting}`.execute(db)
  return rows[0]?.count ?? 0
}

/** What waits, is due and has no job. @param canScan without it, what waits for the scanner goes on waiting */
export async function listDue(db: Reader, now: Date, canScan: boolean, limit: number): Promise<string[]> {
  const { rows } = await sql<{ sha256: string }>`SELECT x.object_sha256 AS sha256 FROM object_facts x
    WHERE ${waiting} AND (${canScan} OR x.scan <> 'unscanned')
      AND x.looked_at <= ${now}::timestamptz - least(interval '5 minutes' * 2 ^ least(x.looks, 20), interval '12 hours')
      AND NOT EXISTS (SELECT FROM pgboss.job j
        WHERE j.name = ${examineContent.name} AND j.state < 'completed' AND j.data->>'sha256' = x.object_sha256)
    ORDER BY x.looked_at LIMIT ${limit}`.execute(db)
  return rows.map(({ sha256 }) => sha256)
}

/** Files that have this content in any version. */
export async function listFilesOf(db: Reader, sha256: string): Promise<InfectedFile[]> {
  const { rows } = await sql<InfectedFile>`SELECT DISTINCT ON (f.id) f.id, f.name, u.name AS "addedBy"
    FROM file_versions v JOIN files f ON f.id = v.file_id LEFT JOIN users u ON u.id = v.created_by
    WHERE v.object_sha256 = ${sha256} ORDER BY f.id, v.number LIMIT 20`.execute(db)
  return rows
}
