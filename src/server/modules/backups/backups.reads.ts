import type { Reader } from '#server/platform/db.ts'

/** An administrator and what went wrong. */
export const findAlarm = (db: Reader, userId: string, runId: string) =>
  db
    .selectFrom('users')
    .innerJoin('backup_runs as run', (join) => join.on('run.id', '=', runId))
    .select(['users.name', 'users.email', 'users.language', 'run.kind', 'run.problem'])
    .where('users.id', '=', userId)
    .where('users.role', '=', 'administrator')
    .where('users.state', '=', 'active')
    .executeTakeFirst()
