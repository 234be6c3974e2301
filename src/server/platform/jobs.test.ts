import { pino } from 'pino'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createTestDb } from '#testing/test-db.ts'
import { limitsOf } from './jobs/job.ts'
import { defineJob, handles, installQueues, openJobs } from './jobs.ts'
import { withRequest } from './request-context.ts'

const greet = defineJob({
  name: 'test.greet-person',
  payload: z.object({ name: z.string() }),
  attempts: 1,
  limitSeconds: 10,
})
const log = pino({ level: 'silent' })
const database = await createTestDb()
await installQueues(database.url, [greet])
const jobs = await openJobs({ url: database.url, log, works: true })
const greeted: string[] = []
await jobs.work([
  handles(greet, async ({ name }) => {
    greeted.push(name)
    if (name === 'nobody') throw new Error('Nobody is there.')
  }),
])
afterAll(async () => {
  await jobs.close()
  await database.close()
})

test('jobs stored together run one after the other without a pause, a failed one among them', async () => {
  const names = ['Aisha', 'nobody', 'Bai', 'Carim', 'Datu', 'Esmael', 'Farida', 'Guiamad']
  await database.db.transact(async (tx) => {
    for (const name of names) await jobs.enqueue(tx, greet, { name })
  })
  await vi.waitFor(() => expect(greeted.toSorted()).toEqual(names.toSorted()), { timeout: 5_000 })
})

test('a job of a transaction that is taken back never runs', async () => {
  await expect(
    database.db.transact(async (tx) => {
      await jobs.enqueue(tx, greet, { name: 'taken back' })
      throw new Error('taken back')
    }),
  ).rejects.toThrow('taken back')
  await database.db.transact((tx) => jobs.enqueue(tx, greet, { name: 'last' }))
  await vi.waitFor(() => expect(greeted).toContain('last'), { timeout: 5_000 })
  expect(greeted).not.toContain('taken back')
})

describe('limits', () => {
  const limits = { softSeconds: 1, hardSeconds: 2 }
  const patient = defineJob({ name: 'test.heed-signal', payload: z.object({}), attempts: 1 })
  const deaf = defineJob({ name: 'test.ignore-signal', payload: z.object({}), attempts: 1 })
  const longer = defineJob({ name: 'test.take-longer', payload: z.object({}), attempts: 1, limitSeconds: 30 })
  const poisoned = defineJob({ name: 'test.poisoned', payload: z.object({ n: z.number() }), attempts: 5 })
  const own = [patient, deaf, longer, poisoned]
  const began = new Map<string, number>()
  const ended: string[] = []
  const watch = {
    began: (id: string, killAt: number) => void began.set(id, killAt),
    ended: (id: string) => void ended.push(id),
  }

  test('a longer limit of its own moves the hard one', () => {
    expect(limitsOf(patient, limits)).toEqual(limits)
    expect(limitsOf(longer, limits)).toEqual({ softSeconds: 30, hardSeconds: 90 })
    expect(limitsOf({ ...longer, limitSeconds: 1 })).toEqual({ softSeconds: 1, hardSeconds: 300 })
  })

  test('past the soft one the signal is aborted; who watches knows when to kill', async () => {
    await installQueues(database.url, own)
    const watched = await openJobs({ url: database.url, log, works: true, limits, watch, graceMs: 1_000 })
    let reason = ''
    await watched.work([
      handles(patient, async (_payload, { signal, lastTry }) => {
        expect(lastTry).toBe(true)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        reason = String(signal.reason)
      }),
    ])
    const before = Date.now()
    await database.db.transact((tx) => watched.enqueue(tx, patient, {}))
    await vi.waitFor(() => expect(ended).toHaveLength(1), { timeout: 15_000 })
    expect(reason).toContain('asked to stop after 1 s')
    const killAt = began.get(ended[0] ?? '') ?? 0
    expect(killAt - before).toBeGreaterThanOrEqual(2_000)
    expect(killAt - Date.now()).toBeLessThan(2_000)
    await watched.close()
  })

  test('past the hard one the try has failed, and the next job runs, where nobody kills', async () => {
    const alone = await openJobs({ url: database.url, log, works: true, limits, graceMs: 1_000 })
    let heard = 0
    await alone.work([
      handles({ ...deaf, concurrency: 1 }, async () => {
        heard += 1
        if (heard === 1) await new Promise(() => {})
      }),
      handles(poisoned, async () => {}),
    ])
    await database.db.transact(async (tx) => {
      await alone.enqueue(tx, deaf, {})
      await alone.enqueue(tx, deaf, {})
    })
    await database.query(`INSERT INTO pgboss.job (name, data, retry_limit, dead_letter)
      VALUES ('test.poisoned', '{"n":"one"}', 4, 'dead-letters')`)
    const dead = () =>
      database.query(`SELECT source_name AS job, source_retry_count AS retries, coalesce(source_output, output) ->> 'message' AS error
        FROM pgboss.job WHERE name = 'dead-letters' AND source_name <> 'test.greet-person' ORDER BY 1`)
    await vi.waitFor(
      async () =>
        expect(await dead()).toEqual([
          { job: 'test.ignore-signal', retries: 0, error: 'ran longer than 2 s' },
          { job: 'test.poisoned', retries: 0, error: 'The payload does not fit this job.' },
        ]),
      { timeout: 20_000 },
    )
    await vi.waitFor(() => expect(heard).toBe(2), { timeout: 15_000 })
    await alone.close()
  })
})

test('a failing job of a batch leaves its neighbours alone', async () => {
  const batched = defineJob({
    name: 'test.batched',
    payload: z.object({ n: z.number() }),
    attempts: 1,
    batch: 10,
    concurrency: 1,
  })
  await installQueues(database.url, [batched])
  const worker = await openJobs({ url: database.url, log, works: true, graceMs: 1_000 })
  await database.db.transact(async (tx) => {
    for (let n = 0; n < 10; n += 1) await worker.enqueue(tx, batched, { n })
  })
  await worker.work([
    handles(batched, async ({ n }) => {
      if (n === 3) throw new Error('three <three@example.org> is none')
    }),
  ])
  const rows = () =>
    database.query(`SELECT state, count(*)::int AS count, max(output ->> 'message') AS error
      FROM pgboss.job WHERE name = 'test.batched' GROUP BY 1 ORDER BY 1`)
  await vi.waitFor(
    async () =>
      expect(await rows()).toEqual([
        { state: 'completed', count: 9, error: null },
        { state: 'failed', count: 1, error: 'three <[e-mail]> is none' },
      ]),
    { timeout: 15_000 },
  )
  await worker.close()
})

test('jobs that a new release no longer has become dead letters when it is installed', async () => {
  const former = defineJob({ name: 'test.former', payload: z.object({}), attempts: 3 })
  await installQueues(database.url, [former])
  await database.db.transact((tx) => jobs.enqueue(tx, former, {}))
  await installQueues(database.url, [greet])
  expect(
    await database.query(`SELECT coalesce(source_output, output) ->> 'message' AS error FROM pgboss.job
      WHERE name = 'dead-letters' AND source_name = 'test.former'`),
  ).toEqual([{ error: 'This release has no job test.former.' }])
})

test('a job stored under an id is stored once', async () => {
  const id = '6f1f2e4e-8d3b-4c55-9a3a-0d9ad6f6b001'
  for (let times = 0; times < 2; times += 1)
    await database.db.transact((tx) => jobs.enqueue(tx, greet, { name: 'once' }, id))
  expect(await database.query('SELECT count(*)::int AS count FROM pgboss.job WHERE id = $1', [id])).toEqual([
    { count: 1 },
  ])
})

test('a job speaks in the name of the request that caused it, and so do the jobs that it causes', async () => {
  const first = defineJob({ name: 'test.caused', payload: z.object({}), attempts: 1 })
  const second = defineJob({ name: 'test.caused-in-turn', payload: z.object({}), attempts: 1 })
  await installQueues(database.url, [first, second])
  const lines: { job: string; requestId?: string }[] = []
  const spoken = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const worker = await openJobs({ url: database.url, log: spoken, works: true, graceMs: 1_000 })
  await worker.work([
    handles(first, async () => {
      await database.db.transact((tx) => worker.enqueue(tx, second, {}))
    }),
    handles(second, async () => {}),
  ])
  await withRequest('request-7', () => database.db.transact((tx) => worker.enqueue(tx, first, {})))
  await vi.waitFor(() => expect(lines.filter(({ requestId }) => requestId === 'request-7')).toHaveLength(2), {
    timeout: 15_000,
  })
  // As an older release stored it.
  await database.query(`INSERT INTO pgboss.job (name, data) VALUES ('test.caused-in-turn', '{}')`)
  await vi.waitFor(() => expect(lines).toHaveLength(3), { timeout: 15_000 })
  expect(lines[2]).not.toHaveProperty('requestId')
  await worker.close()
})
