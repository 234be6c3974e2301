import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installQueues, openJobs } from '#server/platform/jobs.ts'
import { birthOf } from '#server/platform/processes.ts'
import { type Installation, install } from '#testing/peers/installation.ts'
import { until } from '#testing/peers/peer.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'
import { dying, everyMinute, jobs, lasting } from './crash-worker.ts'
import { quick, stuck } from './stuck-worker.ts'

const script = fileURLToPath(new URL('crash-worker.ts', import.meta.url))
const silent = pino({ level: 'silent' })

let database: TestDb
const children = new Set<ChildProcess>()

async function worker(queues: string[], settings: Record<string, string> = {}, file = script): Promise<ChildProcess> {
  const child = spawn(process.execPath, [file, ...queues], {
    env: { PATH: process.env.PATH, DATABASE_URL: database.url, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk))
  await until('the worker is ready', () => /^(crash|stuck) worker ready$/m.test(text) || child.exitCode !== null)
  return child
}

const stopped = async (child: ChildProcess) => {
  child.kill('SIGTERM')
  await once(child, 'exit')
}
const count = async (from: string): Promise<number> =>
  (await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`))[0]?.count ?? 0

beforeAll(async () => {
  database = await createTestDb()
  await installQueues(database.url, [...jobs, stuck, quick])
  await database.query('CREATE TABLE tries (job text, n int)')
  await database.query('CREATE TABLE effects (job text, n int, PRIMARY KEY (job, n))')
})
afterAll(async () => {
  const gone = [...children].map((child) => once(child, 'exit'))
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(gone)
  await database.close()
})

test('killed before the handler, in it, and after its effect: each job runs again elsewhere and is done once', {
  timeout: 180_000,
}, async () => {
  const giver = await openJobs({ url: database.url, log: silent, works: false })
  const stages = ['before', 'middle', 'after']
  const killed = await Promise.all(stages.map((stage) => worker([stage], { DIES: '1' })))
  const deaths = killed.map((child) => once(child, 'exit'))
  await database.db.transact(async (tx) => {
    for (const job of dying) await giver.enqueue(tx, job, { n: 1 })
  })
  expect((await Promise.all(deaths)).map(([, signal]) => signal)).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL'])
  const diedAt = Date.now()
  const next = await worker(stages)
  await until(
    'all are done',
    async () => (await count(`pgboss.job WHERE name LIKE 'crash.%' AND state = 'completed'`)) === 3,
    90,
  )
  // Twelve seconds of silence, four to notice, a first pause of at most five, two to be taken; a busy machine gets as much again.
  expect(Date.now() - diedAt).toBeLessThan(50_000)
  expect(await database.query('SELECT job, count(*)::int AS tries FROM tries GROUP BY 1 ORDER BY 1')).toEqual([
    { job: 'crash.after', tries: 2 },
    { job: 'crash.before', tries: 1 },
    { job: 'crash.middle', tries: 2 },
  ])
  expect(await count('effects')).toBe(3)
  expect(await count(`pgboss.job WHERE name LIKE 'crash.%' AND name <> 'crash.every-minute'`)).toBe(3)
  await stopped(next)
  await giver.close()
})

test('stopped with fifty jobs running: some end, the others run again at once elsewhere, none is lost or fails', {
  timeout: 120_000,
}, async () => {
  const giver = await openJobs({ url: database.url, log: silent, works: false })
  const first = await worker(['lasting'])
  await database.db.transact(async (tx) => {
    for (let n = 0; n < 50; n += 1) await giver.enqueue(tx, lasting, { n })
  })
  const mine = `name = '${lasting.name}'`
  await until('all run', async () => (await count(`tries WHERE job = '${lasting.name}'`)) === 50)
  const other = await worker(['lasting'], { HURRIES: '1' })
  const askedAt = Date.now()
  await stopped(first)
  await until('all are done', async () => (await count(`pgboss.job WHERE ${mine} AND state = 'completed'`)) === 50, 30)
  expect(Date.now() - askedAt).toBeLessThan(11_000)
  expect(await count(`effects WHERE job = '${lasting.name}'`)).toBe(50)
  expect(await count(`pgboss.job WHERE name = 'dead-letters'`)).toBe(0)
  // Those that ended by themselves were not run twice.
  expect(await count(`tries WHERE job = '${lasting.name}'`)).toBe(50 + 33)
  await stopped(other)
  await giver.close()
})

test('past its soft limit it is told; past its hard limit, in a busy loop, it is killed with its process and runs again; others go on', {
  timeout: 120_000,
}, async () => {
  await database.query('CREATE TABLE stuck_tries (pid int, was_told boolean NOT NULL DEFAULT false)')
  await database.query('CREATE TABLE quick_done (n int, at timestamptz)')
  const giver = await openJobs({ url: database.url, log: silent, works: false })
  const both = await worker([], {}, fileURLToPath(new URL('stuck-worker.ts', import.meta.url)))
  await database.db.transact((tx) => giver.enqueue(tx, stuck, {}))
  await until('it is told to stop', async () => (await count('stuck_tries WHERE was_told')) === 1)
  const [{ pid } = { pid: 0 }] = await database.query<{ pid: number }>('SELECT pid FROM stuck_tries')
  // While one process spins, the other takes what comes.
  await database.db.transact(async (tx) => {
    for (let n = 0; n < 20; n += 1) await giver.enqueue(tx, quick, { n })
  })
  await until('the other goes on', async () => (await count('quick_done')) > 0, 20)
  await until('the process is killed', () => birthOf(pid) === undefined, 20)
  await until(
    'it is done elsewhere',
    async () => (await count(`pgboss.job WHERE name = '${stuck.name}' AND state = 'completed'`)) === 1,
    60,
  )
  expect(await count('stuck_tries')).toBe(2)
  expect(await count(`stuck_tries WHERE pid = ${pid}`)).toBe(1)
  await until('all quick ones are done', async () => (await count('quick_done')) === 20, 60)
  await stopped(both)
  await giver.close()
})

test('two schedulers with one clock fire once a minute', { timeout: 240_000 }, async () => {
  const both = await Promise.all([worker(['clock']), worker(['clock'])])
  const fired = `pgboss.job WHERE name = '${everyMinute.name}'`
  // pg-boss files each time of a schedule under its minute, and makes the job from there.
  const minutes = `(SELECT DISTINCT data ->> 'slot' FROM pgboss.job
    WHERE name = '__pgboss__send-it' AND data ->> 'name' = '${everyMinute.name}') AS minutes`
  await until('two minutes have fired', async () => (await count(minutes)) >= 2, 200)
  const seen = await count(minutes)
  await until('each has its job', async () => (await count(fired)) >= seen)
  await Promise.all(both.map(stopped))
  expect(await count(fired)).toBe(await count(minutes))
})

test('a time that passed while nothing ran is seen and made up for, once', { timeout: 120_000 }, async () => {
  const daily = { ...everyMinute, name: 'crash.daily', schedule: '0 3 * * *' }
  await installQueues(database.url, [...jobs, daily])
  await database.query(`UPDATE pgboss.version SET cron_on = now() - interval '3 days'`)
  await database.query(`UPDATE pgboss.schedule SET created_on = now() - interval '5 days' WHERE name = $1`, [
    daily.name,
  ])
  const warned: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void warned.push(line) })
  const opened = await Promise.all([1, 2].map(() => openJobs({ url: database.url, log, works: true, graceMs: 1_000 })))
  for (const one of opened) await one.work([], {})
  await until('it is made up for', async () => (await count(`pgboss.job WHERE name = '${daily.name}'`)) > 0, 90)
  await until('it is told', () => warned.some((line) => line.includes('missed') && line.includes(daily.name)))
  await until(
    'it shows',
    async () =>
      (await opened[0]?.desk.schedules(new Date()))?.some(({ job, state }) => job === daily.name && state === 'late') ??
      false,
  )
  await Promise.all(opened.map((one) => one.close()))
  expect(await count(`pgboss.job WHERE name = '${daily.name}'`)).toBe(1)
})

describe('bin/obcms', { timeout: 120_000 }, () => {
  let obcms: Installation
  let own: TestDb
  beforeAll(async () => {
    own = await createTestDb()
    obcms = install({ DATABASE_URL: own.url, LOG_FORMAT: 'json' })
  })
  afterAll(async () => {
    await obcms.close()
    await own.close()
  })
  const store = (name: string, data: object) =>
    own.query(`INSERT INTO pgboss.job (name, data, retry_limit, dead_letter) VALUES ($1, $2, 0, 'dead-letters')`, [
      name,
      JSON.stringify(data),
    ])

  test('a queue that there is not is one clear sentence', async () => {
    const no = {
      code: 1,
      said: 'obcms: There is no queue post; there are backups, contents, files, imports, mail, reports, upkeep.\n',
    }
    expect(await obcms.run(['worker', '--queues', 'mail,post'])).toEqual(no)
    expect(await obcms.run(['jobs', 'retry', '--queue', 'post'])).toEqual(no)
    expect(await obcms.run(['jobs', 'discard'])).toEqual({
      code: 1,
      said: 'obcms: Name one job by its id, or a queue with --queue.\n',
    })
  })

  test('a worker of one queue leaves the others alone; a poison job is a dead letter and holds up nobody', async () => {
    await store('identity.send-letter', { kind: 'nonsense' })
    await store('identity.answer-forgotten-password', { email: 'nobody@example.org' })
    await store('imports.tidy', {})
    const worker = obcms.begin(['worker', '--queues', 'mail'])
    await worker.hears(/worker ready/)
    const state = async (name: string) =>
      (await own.query<{ state: string }>('SELECT state FROM pgboss.job WHERE name = $1', [name])).map(
        (row) => row.state,
      )
    await until(
      'the good one is done',
      async () => (await state('identity.answer-forgotten-password'))[0] === 'completed',
    )
    await until('the other is a dead letter', async () => (await state('dead-letters')).length === 1)
    expect(await state('imports.tidy')).toEqual(['created'])
    worker.child.kill('SIGTERM')
    expect(await worker.code).toBe(0)
  })

  test('failed jobs are listed, run again and discarded', async () => {
    const list = async (...more: string[]) =>
      (await obcms.run(['jobs', 'list', '--json', ...more])).said.trim().split('\n')
    const [failed] = (await list()).map((line) => JSON.parse(line))
    expect(failed).toMatchObject({ job: 'identity.send-letter', queue: 'mail', state: 'failed' })
    expect((await obcms.run(['jobs', 'retry', failed.id])).said).toBe('The job is stored to run again.\n')
    expect((await obcms.run(['jobs', 'list'])).said).toBe('No job is failed.\n')
    const worker = obcms.begin(['worker', '--queues', 'mail'])
    await until(
      'it failed again',
      async () => (await own.query(`SELECT FROM pgboss.job WHERE name = 'dead-letters'`)).length === 1,
      60,
    )
    worker.child.kill('SIGTERM')
    await worker.code
    expect((await obcms.run(['jobs', 'discard', '--queue', 'mail'])).said).toBe('1 job is removed.\n')
    expect(await own.query('SELECT actor_name, action FROM audit_events ORDER BY id')).toEqual([
      { actor_name: 'obcms jobs', action: 'job.retried' },
      { actor_name: 'obcms jobs', action: 'job.discarded' },
    ])
  })
})
