/**
 * `node bench/jobs.ts`: how soon an idle worker picks a job up, and how many trivial jobs a second one worker process does, on an
 * embedded PostgreSQL of its own. Prints Markdown with hardware and versions.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { pino } from 'pino'
import { z } from 'zod'
import { type Db, openDb } from '#server/platform/db.ts'
import { startEmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { defineJob, type Enqueue, handles, installQueues, type Job, openJobs } from '#server/platform/jobs.ts'

const count = Number(process.env.BENCH_JOBS ?? 10_000)
const pickUps = Number(process.env.BENCH_PICK_UPS ?? 200)
const silent = pino({ level: 'silent' })
const payload = z.object({ n: z.number() })
const base = { payload, attempts: 3, limitSeconds: 60 }
const single = defineJob({ ...base, name: 'bench.one-by-one', concurrency: 8 })
const batched = defineJob({ ...base, name: 'bench.in-batches', concurrency: 3, batch: 100 })
const slow = defineJob({ ...base, name: 'bench.slow', concurrency: 4 })
const idle = defineJob({ ...base, name: 'bench.idle' })

async function store(db: Db, enqueue: Enqueue, job: Job<{ n: number }>, count: number): Promise<void> {
  const perTransaction = 500
  for (let first = 0; first < count; first += perTransaction)
    await db.transact(async (tx) => {
      for (let n = first; n < Math.min(first + perTransaction, count); n += 1) await enqueue(tx, job, { n })
    })
}

const dataDir = mkdtempSync(join(tmpdir(), 'obcms-bench-jobs-'))
const server = await startEmbeddedPostgres({ dataDir, log: silent })
try {
  const jobs = [single, batched, slow, idle]
  await installQueues(server.url, jobs)
  const db = openDb({ url: server.url, poolSize: 2 })
  const asker = new pg.Pool({ connectionString: server.url, max: 1 })
  const giver = await openJobs({ url: server.url, log: silent, works: false })

  /** Jobs a second, from the start of a worker on a full queue to the acknowledgement of the last. */
  async function rateOf(job: Job<{ n: number }>, count: number, besides: Job<{ n: number }>[] = []): Promise<number> {
    await store(db, giver.enqueue, job, count)
    let ended = 0
    const worker = await openJobs({ url: server.url, log: silent, works: true, graceMs: 1_000 })
    const started = performance.now()
    await worker.work([
      handles(job, async () => {
        ended += 1
      }),
      ...besides.map((other) =>
        handles(
          other,
          async (_payload, { signal }) => void (await sleep(60_000, undefined, { signal }).catch(() => {})),
        ),
      ),
    ])
    while (ended < count) await sleep(5)
    await waitForAcknowledgement(job)
    const seconds = (performance.now() - started) / 1_000
    await worker.close()
    return count / seconds
  }

  async function waitForAcknowledgement(job: Job<{ n: number }>): Promise<void> {
    const open = `SELECT FROM pgboss.job WHERE name = '${job.name}' AND state < 'completed' LIMIT 1`
    while ((await asker.query(open)).rowCount !== 0) await sleep(5)
  }
  const oneByOne = await rateOf(single, count / 10)
  const inBatches = await rateOf(batched, count)
  await db.transact(async (tx) => {
    for (let n = 0; n < 4; n += 1) await giver.enqueue(tx, slow, { n })
  })
  const besideSlow = await rateOf(batched, count, [slow])

  const waits: number[] = []
  let storedAt = 0
  const picked: { resolve?: () => void } = {}
  const worker = await openJobs({ url: server.url, log: silent, works: true, graceMs: 1_000 })
  await worker.work([
    handles(idle, async () => {
      waits.push(performance.now() - storedAt)
      picked.resolve?.()
    }),
  ])
  await sleep(1_000)
  for (let n = 0; n < pickUps; n += 1) {
    const done = new Promise<void>((resolve) => (picked.resolve = resolve))
    storedAt = performance.now()
    await db.transact((tx) => giver.enqueue(tx, idle, { n }))
    await done
    await sleep(20)
  }
  await worker.close()
  await giver.close()
  await asker.end()
  await db.close()

  const at = (share: number) =>
    waits.toSorted((a, b) => a - b)[Math.min(waits.length - 1, Math.floor(waits.length * share))]
  const { version } = JSON.parse(readFileSync(new URL('../node_modules/pg-boss/package.json', import.meta.url), 'utf8'))
  const ms = (value = 0) => `${value.toFixed(1)} ms`
  const rate = (value: number) => `${Math.round(value).toLocaleString('en')}/s`
  console.log(`${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB; Node ${process.versions.node}, pg-boss ${version}, PostgreSQL 18 embedded (durable), all on this machine

| what | figure | bar |
|---|---|---|
| from commit to the first line of the handler, idle worker, ${pickUps} jobs: median | ${ms(at(0.5))} | |
| p95 | ${ms(at(0.95))} | ≤ 100 ms |
| ${count} trivial jobs, one process, \`concurrency: 3, batch: 100\` | ${rate(inBatches)} | ≥ 2,000/s |
| the same beside four slow jobs of another name | ${rate(besideSlow)} (${(besideSlow / inBatches).toFixed(2)} ×) | |
| one by one, \`concurrency: 8\` | ${rate(oneByOne)} (${(oneByOne / inBatches).toFixed(2)} ×) | |`)
} finally {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
