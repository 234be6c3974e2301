/** Two processes under the real supervisor with the real job queue, one of whose jobs never ends at its first try: `node production/stuck-worker.ts`. */
import cluster from 'node:cluster'
import pg from 'pg'
import { pino } from 'pino'
import { z } from 'zod'
import { defineJob, handles, openJobs } from '#server/platform/jobs.ts'
import { supervision, untilTold } from '#server/platform/supervisor/child.ts'
import { supervise } from '#server/platform/supervisor/supervisor.ts'

/** Its soft limit passes unheard, and half of its tries never give the event loop back. */
export const stuck = defineJob({
  name: 'stuck.job',
  payload: z.object({}),
  attempts: 3,
  queue: 'stuck',
  limitSeconds: 1,
})
export const quick = defineJob({
  name: 'stuck.quick',
  payload: z.object({ n: z.number() }),
  attempts: 1,
  queue: 'quick',
})

async function supervisor(): Promise<void> {
  const limits = { wanted: 2, stallMs: 60_000, drainMs: 5_000, maxEnded: 0, maxMemoryMb: 0 }
  const { begun, stop } = supervise({ limits, log: pino(), env: {} })
  await begun
  process.stdout.write('stuck worker ready\n')
  process.once('SIGTERM', () => void stop().then(() => process.exit(0)))
}

async function worker(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  const limits = { softSeconds: 1, hardSeconds: 3 }
  const queue = await openJobs({ url, log: pino(), works: true, watch: supervision, graceMs: 1_000, limits })
  await queue.work([
    handles(stuck, async (_payload, { signal }) => {
      const { rows } = await pool.query<{ tries: number }>(
        'INSERT INTO stuck_tries (pid) VALUES ($1) RETURNING (SELECT count(*)::int FROM stuck_tries) AS tries',
        [process.pid],
      )
      if (rows[0]?.tries !== 0) return
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await pool.query('UPDATE stuck_tries SET was_told = true WHERE pid = $1', [process.pid])
      for (;;);
    }),
    handles(quick, async ({ n }) => {
      await pool.query('INSERT INTO quick_done (n, at) VALUES ($1, now())', [n])
    }),
  ])
  supervision.ready({ stallSeconds: 60 })
  await untilTold()
  await queue.close()
  process.exit(0)
}

if (import.meta.main) await (cluster.isPrimary ? supervisor() : worker(process.env.DATABASE_URL ?? ''))
