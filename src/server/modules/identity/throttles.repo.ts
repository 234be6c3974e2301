import { sql } from 'kysely'
import type { Reader, Tx } from '#server/platform/db.ts'
import type { ThrottlePolicy } from './throttles.rules.ts'

export async function findBlock(db: Reader, keys: readonly string[], now: Date): Promise<Date | undefined> {
  const row = await db
    .selectFrom('throttles')
    .select((eb) => eb.fn.max('blocked_until').as('until'))
    .where('key', 'in', keys)
    .where('blocked_until', '>', now)
    .executeTakeFirst()
  return row?.until ?? undefined
}

/** Counts a try unless the key is blocked: one statement, so that tries at the same moment cannot pass together. */
export async function insertTry(tx: Tx, key: string, policy: ThrottlePolicy, now: Date): Promise<number | undefined> {
  const { rows } = await sql<{ failures: number }>`
    INSERT INTO throttles AS t (key, failures, last_failure_at) VALUES (${key}, 1, ${now})
    ON CONFLICT (key) DO UPDATE SET
      failures = CASE WHEN t.last_failure_at < ${now}::timestamptz - ${policy.forgottenAfter} * interval '1 second'
        THEN 1 ELSE t.failures + 1 END,
      last_failure_at = ${now}
    WHERE t.blocked_until IS NULL OR t.blocked_until <= ${now}
    RETURNING failures`.execute(tx)
  return rows[0]?.failures
}

export const markBlocked = (tx: Tx, key: string, until: Date) =>
  tx.updateTable('throttles').set({ blocked_until: until }).where('key', '=', key).execute()

export const removeThrottle = (tx: Tx, key: string) => tx.deleteFrom('throttles').where('key', '=', key).execute()
