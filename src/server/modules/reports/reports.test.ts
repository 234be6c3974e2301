import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '#testing/test-app.ts'
import { boundsOf, composeReport, yesterday } from './reports.rules.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

test('yesterday is a day of Manila', () => {
  expect(yesterday(new Date('2026-03-01T15:59:59Z'))).toBe('2026-02-28')
  expect(yesterday(new Date('2026-03-01T16:00:00Z'))).toBe('2026-03-01')
  expect(boundsOf('2026-03-01')).toEqual({
    from: new Date('2026-02-28T16:00:00Z'),
    to: new Date('2026-03-01T16:00:00Z'),
  })
})

test('both languages say every figure; what waits has its link', () => {
  const figures = { communities: 12, imports: 2, importedRows: 3400, waitingAccounts: 1, failedJobs: 0 }
  const facts = { name: 'Aisha', day: '2026-03-01', figures, baseUrl: 'https://obcms.example.org' }
  for (const language of ['en', 'fil'] as const) {
    const { subject, text } = composeReport(language, facts)
    expect(subject).toMatch(/2026/)
    for (const figure of ['12', '2', '3,400', '1']) expect(text).toContain(`: ${figure}`)
    expect(text).toContain('https://obcms.example.org/approvals')
    expect(text).not.toContain('/system/jobs')
  }
})

test('active administrators get one letter a day, also when the job runs twice', async () => {
  await app.createUser({ role: 'administrator', email: 'english@example.org' })
  await app.createUser({ role: 'administrator', email: 'gone@example.org', state: 'inactive' })
  await app.createUser({ role: 'executive', email: 'executive@example.org' })
  const day = yesterday(app.clock.now())
  await app.createCommunity()
  await app.createCommunity()
  await app.query('UPDATE communities SET created_at = $1', [boundsOf(day).from])
  await app.createCommunity()
  const fire = () =>
    app.query(`INSERT INTO pgboss.job (name, data) VALUES ('reports.daily', '{}'), ('reports.daily', '{}')`)
  await fire()
  await app.runJobs()
  expect(app.letters.map(({ to }) => to)).toEqual(['english@example.org'])
  expect(app.letters[0]?.text).toContain('Communities registered: 2\n')
})
