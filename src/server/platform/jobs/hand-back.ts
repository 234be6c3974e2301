import type { PgBoss } from 'pg-boss'
import type { Taken } from './run.ts'

/**
 * Gives running jobs back, to be run again at once by another worker. Failing them, which is all that pg-boss offers, would use up
 * a try, make them wait, and turn the last try into a dead letter. The number of the try rises with the next one, so whatever this
 * process still says of the old try is passed over.
 */
export async function handBack(boss: PgBoss, tries: readonly Taken[]): Promise<void> {
  if (tries.length === 0) return
  await boss.getDb().executeSql(
    `WITH given AS (
       UPDATE pgboss.job SET state = 'retry', retry_limit = job.retry_limit + 1, start_after = pgboss.job_now()
       FROM unnest($1::text[], $2::uuid[], $3::int[]) AS one (name, id, retry_count)
       WHERE job.name = one.name AND job.id = one.id AND job.retry_count = one.retry_count AND job.state = 'active'
       RETURNING job.name
     )
     SELECT pg_notify('pgboss_' || left(encode(sha224('pgboss'::bytea), 'hex'), 24), name)
     FROM (SELECT DISTINCT name FROM given) AS queues`,
    [tries.map(({ name }) => name), tries.map(({ id }) => id), tries.map(({ retryCount }) => retryCount)],
  )
}
