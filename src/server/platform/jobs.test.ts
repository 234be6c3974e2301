import { pino } from 'pino'
import { afterAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createTestDb } from '#testing/test-db.ts'
import { defineJob, handles, installQueues, openJobs } from './jobs.ts'

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
