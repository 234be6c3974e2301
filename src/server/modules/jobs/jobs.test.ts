import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let admin: TestUser

beforeAll(async () => {
  app = await createTestApp()
  admin = await app.createUser({ role: 'administrator' })
})
afterAll(() => app.close())

const get = async (url: string) => (await app.call(admin, 'GET', `/api/v1${url}`)).json()
const post = (url: string, body?: unknown) => app.call(admin, 'POST', `/api/v1${url}`, body ? { body } : {})

/** Stores a job of this name as it is, also what no release would store. */
const store = (name: string, data: object) =>
  app.query(`INSERT INTO pgboss.job (name, data, retry_limit, dead_letter) VALUES ($1, $2, 2, 'dead-letters')`, [
    name,
    JSON.stringify(data),
  ])

describe('a job whose payload no longer fits', () => {
  test('becomes a dead letter, while others run; its payload is not shown', async () => {
    await store('identity.send-letter', { kind: 'a letter of long ago', userId: 'x', secret: 'aisha@example.org' })
    await store('identity.answer-forgotten-password', { email: 'nobody@example.org' })
    expect(await app.runJobs()).toBeGreaterThanOrEqual(2)
    const { items, total } = await get('/jobs?state=failed')
    expect(total).toBe(1)
    expect(items[0]).toMatchObject({
      job: 'identity.send-letter',
      queue: 'mail',
      state: 'failed',
      tries: 3,
      error: 'The payload does not fit this job.',
    })
    expect(JSON.stringify(items)).not.toContain('aisha')
    expect(await get(`/jobs/${items[0].id}`)).toEqual(items[0])
    expect((await get('/jobs/queues')).items).toContainEqual(
      expect.objectContaining({ job: 'identity.send-letter', queue: 'mail', failed: 1, waiting: 0 }),
    )
  })

  test('is run again, under its own name and with all its tries, and discarded; both are in the trail', async () => {
    const [first] = (await get('/jobs')).items
    expect((await post(`/jobs/${first.id}/retry`)).statusCode).toBe(204)
    expect((await get('/jobs')).items).toEqual([])
    expect((await get('/jobs?state=waiting&queue=mail')).items).toEqual([
      expect.objectContaining({ job: 'identity.send-letter', tries: 0 }),
    ])
    await app.runJobs()
    const [again] = (await get('/jobs?queue=mail')).items
    expect(again.id).not.toBe(first.id)
    expect((await post(`/jobs/${first.id}/retry`)).statusCode).toBe(404)
    expect((await post(`/jobs/${again.id}/discard`)).statusCode).toBe(204)
    expect((await get('/jobs')).items).toEqual([])
    const trail = await app.query('SELECT actor_id, action, subject_id, after FROM audit_events ORDER BY id')
    expect(trail).toEqual([
      { actor_id: admin.id, action: 'job.retried', subject_id: first.id, after: { job: 'identity.send-letter' } },
      { actor_id: admin.id, action: 'job.discarded', subject_id: again.id, after: { job: 'identity.send-letter' } },
    ])
  })
})

test('all failed jobs of a queue at once, and no others; pages follow each other without a gap', async () => {
  for (let n = 0; n < 5; n += 1) await store('identity.send-letter', { n })
  await store('imports.check', {})
  await app.runJobs()
  const seen: string[] = []
  for (let cursor = ''; ; ) {
    const page = await get(`/jobs?limit=2${cursor && `&cursor=${cursor}`}`)
    seen.push(...page.items.map((item: { id: string }) => item.id))
    if (!page.nextCursor) break
    cursor = page.nextCursor
  }
  expect(new Set(seen).size).toBe(6)
  expect((await post('/jobs/retry', { queue: 'mail' })).json()).toEqual({ count: 5 })
  await app.runJobs()
  expect((await post('/jobs/discard', { queue: 'identity.send-letter' })).json()).toEqual({ count: 5 })
  expect((await get('/jobs')).items).toEqual([expect.objectContaining({ job: 'imports.check' })])
  expect((await post('/jobs/discard', { queue: 'imports' })).json()).toEqual({ count: 1 })
  const unknown = await post('/jobs/retry', { queue: 'post' })
  expect([unknown.statusCode, unknown.json().fields[0].message]).toEqual([
    400,
    'There is no queue post; there are backups, contents, files, imports, mail, reports, upkeep.',
  ])
})

test('a job that has not failed is not decided on', async () => {
  await store('identity.answer-forgotten-password', { email: 'nobody@example.org' })
  const [waiting] = (await get('/jobs?state=waiting')).items
  expect((await post(`/jobs/${waiting.id}/discard`)).json().code).toBe('wrong_state')
  await app.runJobs()
  expect((await get(`/jobs/${waiting.id}`)).state).toBe('done')
})

test('schedules with their next time in Manila', async () => {
  const { items } = await get('/schedules')
  const daily = items.find(({ job }: { job: string }) => job === 'reports.daily')
  expect(daily).toMatchObject({ cron: '0 8 * * *' })
  expect(daily.nextAt).toMatch(/T00:00:00/)
})

test('the job that a request caused knows the request', async () => {
  const asked = await app.call(undefined, 'POST', '/api/v1/password-resets', { body: { email: 'nobody@example.org' } })
  expect(asked.statusCode).toBeLessThan(300)
  const [waiting] = (await get('/jobs?state=waiting')).items
  expect(waiting.requestId).toBe(asked.headers['x-request-id'])
})
