import { setTimeout as sleep } from 'node:timers/promises'
import { openSession } from '#server/platform/dump.ts'
import { BackupError } from './manifests.rules.ts'

const backupLock = 7_240_118
/** A proof begins when the backup before it has just ended. */
const patienceMs = 15_000
const askAgainMs = 250

/**
 * One backup, proof, restore or retention of a database at a time. The server gives the lock back when this process dies.
 * @param url past PgBouncer
 * @throws BackupError when another one runs
 */
export async function withBackupLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = await openSession(url)
  try {
    const take = async (): Promise<boolean> => {
      const asked = 'SELECT pg_try_advisory_lock($1) AS taken'
      return (await client.query<{ taken: boolean }>(asked, [backupLock])).rows[0]?.taken === true
    }
    for (const deadline = Date.now() + patienceMs; !(await take()); await sleep(askAgainMs))
      if (Date.now() > deadline)
        throw new BackupError(
          'Another backup, proof or restore of this database is running: try again when it has ended.',
        )
    return await work()
  } finally {
    await client.end()
  }
}
