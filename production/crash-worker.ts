/** A worker with the real job queue whose jobs die, dawdle or finish as the test says: `node production/crash-worker.ts <queue…>`. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { pino } from 'pino'
import { z } from 'zod'
import { defineJob, handles, type JobWatch, openJobs } from '#server/platform/jobs.ts'

const numbered = z.object({ n: z.number() })
export const dying = ['before', 'middle', 'after'].map((stage) =>
  defineJob({ name: `crash.${stage}`, payload: numbered, attempts: 3, queue: stage }),
)
/** Fifty at once, the only try of each. */
export const lasting = defineJob({
  name: 'crash.lasting',
  payload: numbered,
  attempts: 1,
  queue: 'lasting',
  concurrency: 50,
})
export const everyMinute = defineJob({
  name: 'crash.every-minute',
  payload: z.object({}),
  attempts: 1,
  queue: 'clock',
  schedule: '* * * * *',
})
export const jobs = [...dying, lasting, everyMinute]

async function run(url: string, queues: string[]): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  const dies = process.env.DIES === '1'
  const hurries = process.env.HURRIES === '1'
  const die = () => process.kill(process.pid, 'SIGKILL')
  const watch: JobWatch = { began: () => dies && queues[0] === 'before' && die(), ended: () => {} }
  const queue = await openJobs({ url, log: pino(), works: true, watch, graceMs: 3_000 })
  const tries = (job: string, n: number) => pool.query('INSERT INTO tries VALUES ($1, $2)', [job, n])
  const effect = (job: string, n: number) =>
    pool.query('INSERT INTO effects VALUES ($1, $2) ON CONFLICT DO NOTHING', [job, n])
  await queue.work(
    [
      ...dying.map((job) =>
        handles(job, async ({ n }) => {
          await tries(job.name, n)
          if (dies && queues[0] === 'middle') die()
          await effect(job.name, n)
          if (dies) die()
        }),
      ),
      handles(lasting, async ({ n }, { signal }) => {
        await tries(lasting.name, n)
        // A third ends in time, a third heeds its signal, a third hears nothing.
        if (!hurries && n % 3 === 0) await sleep(1_000)
        if (!hurries && n % 3 === 1) await sleep(600_000, undefined, { signal })
        if (!hurries && n % 3 === 2) await sleep(600_000)
        await effect(lasting.name, n)
      }),
      handles(everyMinute, async () => {}),
    ],
    { queues },
  )
  process.stdout.write('crash worker ready\n')
  process.once('SIGTERM', async () => {
    await queue.close()
    process.exit(0)
  })
}

if (import.meta.main) await run(process.env.DATABASE_URL ?? '', process.argv.slice(2))
