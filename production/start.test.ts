import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { birthOf } from '#server/platform/processes.ts'
import { version } from '#server/platform/version.ts'
import { createEmptyDb } from '#testing/empty-db.ts'
import { onServer } from '#testing/global-setup.ts'
import { type Command, type Installation, install } from '#testing/peers/installation.ts'

let obcms: Installation
let count = 0
const newFolder = () => join(obcms.dataDir, `data-${count++}`)
const cleanups: (() => unknown)[] = []

/** Each command has a folder of its own unless it is given one. */
const begin = (args: string[], settings?: Record<string, string>): Command =>
  obcms.begin(args, { DATA_DIR: newFolder(), ...settings })
const run = (args: string[], settings?: Record<string, string>) =>
  obcms.run(args, { DATA_DIR: newFolder(), ...settings })

/** @returns its address */
const ready = (started: Command): Promise<string> => started.hears(/ready on (http:\S+)/)

const postmaster = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0])

async function newDatabase() {
  const db = await createEmptyDb()
  cleanups.push(db.drop)
  return db
}

beforeAll(async () => {
  obcms = install({ PORT: '0' })
  // As in most places, so that the database's own user may enter.
  chmodSync(obcms.dataDir, 0o755)
  // Once, so that no test's time holds the build of the web pages.
  expect((await run(['build'])).code).toBe(0)
})
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})
afterAll(() => obcms.close())

test('version, description of the API, list of settings, help', async () => {
  expect(await run(['version'])).toEqual({ code: 0, said: `${version}\n` })
  const api = await run(['openapi'])
  expect(JSON.parse(api.said)).toMatchObject({ openapi: '3.1.0', info: { version } })
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
  expect((await run(['env-example'])).said).toBe(example)
  expect(await run(['jobs', 'retry', '--help'])).toEqual({
    code: 0,
    said: expect.stringContaining('Usage: obcms jobs retry'),
  })
  expect(await run(['strat'])).toEqual({ code: 1, said: expect.stringMatching(/unknown command 'strat'/) })
})

describe('a start that cannot be', () => {
  test('names every wrong setting at once, and no value', async () => {
    const wrong = { PORT: 'eighty', LOG_LEVEL: 'loud', SECRET_KEY: 'hunter2', DATABASE_URL: 'mysql://me:hunter2@db/x' }
    const { code, said } = await run(['start'], wrong)
    expect(code).toBe(1)
    for (const name of Object.keys(wrong)) expect(said).toContain(`  - ${name} `)
    for (const value of Object.values(wrong)) expect(said).not.toContain(value)
    expect(said).not.toContain('hunter2')
  })

  test('refuses a weak first password before anything is made', async () => {
    const dataDir = newFolder()
    const { code, said } = await run(['start'], { DATA_DIR: dataDir, OBCMS_ADMIN_PASSWORD: 'passwordpassword' })
    expect(code).toBe(1)
    expect(said).toMatch(/^obcms: OBCMS_ADMIN_PASSWORD is not taken: .* Choose another one.*\n$/)
    expect(said).not.toContain('passwordpassword')
    expect(existsSync(dataDir)).toBe(false)
  })

  test('port in use', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const { code, said } = await run(['start'], { PORT: String(port) })
    other.close()
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringMatching(/^obcms: Port \d+ is in use: .*PORT=\d+ npm start\.\n$/),
    })
  })

  test.each(['below-a-file', 'below-proc'])('a folder that cannot be written: %s', async (where) => {
    const file = join(obcms.dataDir, 'file')
    writeFileSync(file, '')
    const folder = where === 'below-proc' ? '/proc/obcms/data' : join(file, 'data')
    const { code, said } = await run(['start'], { DATA_DIR: folder })
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringMatching(/^obcms: The folder \S+ cannot be written \(E[A-Z]+\): .*DATA_DIR.*\n$/),
    })
  })

  test('a damaged data folder, and one of a newer PostgreSQL', async () => {
    const damaged = newFolder()
    mkdirSync(join(damaged, 'postgres/cluster/global'), { recursive: true })
    writeFileSync(join(damaged, 'postgres/cluster/PG_VERSION'), '18\n')
    expect(await run(['start'], { DATA_DIR: damaged })).toEqual({
      code: 1,
      said: expect.stringMatching(/^obcms: The database in \S+ is damaged .*backup.*\n$/),
    })
    writeFileSync(join(damaged, 'postgres/cluster/PG_VERSION'), '99\n')
    writeFileSync(join(damaged, 'postgres/cluster/global/pg_control'), '')
    expect(await run(['start'], { DATA_DIR: damaged })).toEqual({
      code: 1,
      said: expect.stringMatching(/^obcms: The database in \S+ was made by PostgreSQL 99, .*\n$/),
    })
  })

  test('no server, no database', async () => {
    const gone = await run(['serve'], { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x' })
    expect(gone).toEqual({
      code: 1,
      said: expect.stringMatching(/^obcms: .*DATABASE_URL does not answer \(ECONNREFUSED\)\.\n$/),
    })
    const unnamed = await run(['worker'], { DATABASE_URL: onServer(inject('databaseServer'), 'nothing_here') })
    expect(unnamed).toEqual({ code: 1, said: expect.stringMatching(/^obcms: .*DATABASE_URL has no database .*\n$/) })
  })

  test('a database that is older, newer or not as it was applied', async () => {
    const { url, query } = await newDatabase()
    for (const command of ['serve', 'worker'])
      expect(await run([command], { DATABASE_URL: url })).toEqual({
        code: 1,
        said: 'obcms: The database is older than this OBCMS; run: obcms migrate\n',
      })
    await query('CREATE TABLE schema_migrations (name text PRIMARY KEY, checksum text NOT NULL)')
    await query(`INSERT INTO schema_migrations VALUES ('0001_platform', 'another')`)
    expect((await run(['migrate'], { DATABASE_URL: url })).said).toMatch(/Migration 0001_platform was changed after/)
    await query(`INSERT INTO schema_migrations VALUES ('9999_future', '')`)
    for (const command of ['start', 'serve', 'migrate']) {
      const { code, said } = await run([command], { DATABASE_URL: url })
      expect(code).toBe(1)
      expect(said).toMatch(
        /^obcms: The database is newer than this OBCMS \(it knows 9999_future\); start the newer version.*\n$/,
      )
    }
  })
})

test('ten migrations at once: one works, the others wait', { timeout: 90_000 }, async () => {
  const { url } = await newDatabase()
  const runs = await Promise.all(Array.from({ length: 10 }, () => run(['migrate'], { DATABASE_URL: url })))
  expect(runs.map(({ code }) => code)).toEqual(Array(10).fill(0))
  expect(runs.filter(({ said }) => said.includes('Migration 0001_platform'))).toHaveLength(1)
  expect(runs.filter(({ said }) => /(^|\n)The database is up to date\.\n$/.test(said))).toHaveLength(9)

  const web = begin(['serve'], { DATABASE_URL: url })
  await web.hears(/web ready/)
  web.child.kill('SIGTERM')
  expect(await web.code).toBe(0)
  const worker = begin(['worker'], { DATABASE_URL: url })
  await worker.hears(/worker ready/)
  worker.child.kill('SIGTERM')
  expect(await worker.code).toBe(0)
})

describe('npm start, with nothing installed', { timeout: 90_000 }, () => {
  let dataDir: string
  let settings: Record<string, string>
  beforeAll(() => {
    dataDir = newFolder()
    settings = { DATA_DIR: dataDir, OBCMS_ADMIN_EMAIL: 'first@example.org' }
  })

  test('starts from nothing; commands use its database; one Ctrl+C that arrives twice stops everything', async () => {
    const system = begin(['start'], settings)
    const address = await ready(system)
    expect(await (await fetch(`${address}/health/`)).json()).toEqual({ status: 'healthy', service: 'obcms', version })
    // A busy machine may need a moment for what answers within two seconds at rest.
    await expect.poll(async () => (await fetch(`${address}/ready/`)).status, { timeout: 20_000 }).toBe(200)
    expect(await (await fetch(address)).text()).toContain('<div id="root">')
    for (const file of ['secret-key', 'postgres/running.json'])
      expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600)

    const password = /Administrator +first@example\.org\n +Password +(\S+) /.exec(system.said())?.[1]
    expect(password).toMatch(/^[\w-]{16,}$/)
    const signIn = await fetch(`${address}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'first@example.org', password }),
    })
    expect(signIn.status).toBeLessThan(300)

    expect(await run(['migrate'], settings)).toEqual({ code: 0, said: 'The database is up to date.\n' })
    expect(await run(['users', 'create-admin', '--email', 'second@example.org'], settings)).toMatchObject({ code: 0 })
    expect(await run(['users', 'create-admin', '--email', 'second@example.org'], settings)).toEqual({
      code: 1,
      said: expect.stringMatching(/^obcms: .*already.*\n$/),
    })
    expect((await run(['worker'], settings)).said).toMatch(/in use by another OBCMS \(process \d+\)/)

    const server = postmaster(dataDir)
    system.child.kill('SIGINT')
    system.child.kill('SIGINT')
    expect(await system.code).toBe(0)
    expect(birthOf(server)).toBeUndefined()
  })

  test('demonstration communities and a spreadsheet, while nothing else runs', async () => {
    const demo = { code: 0, said: '2000 demonstration communities are there.\n' }
    expect(await run(['demo', 'load'], settings)).toEqual(demo)
    expect(await run(['demo', 'remove'], settings)).toEqual({ code: 0, said: '2000 were removed.\n' })

    const file = join(obcms.dataDir, 'communities.csv')
    writeFileSync(file, 'PSGC,Community,Status,Source,Date\n1208001001,Made up,confirmed,Test,2026-01-15\n')
    const checked = await run(['import', 'communities', file], settings)
    expect(checked).toEqual({ code: 0, said: expect.stringContaining('Nothing is registered yet') })
    const applied = await run(['import', 'communities', file, '--apply'], settings)
    expect(applied).toEqual({ code: 0, said: expect.stringContaining('All are registered.') })
    writeFileSync(file, 'PSGC,Community,Status,Source,Date\n9999999999,Nowhere,confirmed,Test,2026-01-15\n')
    const refused = await run(['import', 'communities', file, '--apply'], settings)
    expect(refused).toEqual({
      code: 1,
      said: expect.stringMatching(/row 2.*\n.*1 with errors[\s\S]*Nothing was registered/),
    })
    expect((await run(['import', 'communities', join(obcms.dataDir, 'none.csv')], settings)).code).toBe(1)
  })

  test('a killed start is recovered from; so is an end of the database by itself', async () => {
    const killed = begin(['start'], settings)
    await ready(killed)
    expect(killed.said()).not.toContain('Password')
    killed.child.kill('SIGKILL')
    await killed.code

    const next = begin(['start'], settings)
    await ready(next)
    process.kill(postmaster(dataDir), 'SIGKILL')
    expect(await next.code).toBe(1)
    expect(next.said()).toContain('obcms: The database has ended by itself, and OBCMS with it: start it again.')

    const last = begin(['start'], settings)
    const address = await ready(last)
    expect((await fetch(`${address}/ready/`)).status).toBe(200)
    last.child.kill('SIGTERM')
    expect(await last.code).toBe(0)
  })

  test('serve and worker hold the database for their processes, and end with it', async () => {
    for (const command of ['serve', 'worker']) {
      const supervisor = begin([command], settings)
      await supervisor.hears(new RegExp(`${command === 'serve' ? 'web' : 'worker'} ready`))
      expect(await run(['migrate'], settings)).toEqual({ code: 0, said: 'The database is up to date.\n' })
      process.kill(postmaster(dataDir), 'SIGKILL')
      expect(await supervisor.code).toBe(1)
      expect(supervisor.said()).toContain('obcms: The database has ended by itself, and OBCMS with it: start it again.')
    }
  })

  test('told to stop while it starts, it leaves nothing behind', async () => {
    const folder = newFolder()
    const system = begin(['start'], { DATA_DIR: folder })
    await system.hears(/Migration 0001/)
    const server = postmaster(folder)
    system.child.kill('SIGTERM')
    expect(await system.code).toBe(0)
    expect(birthOf(server)).toBeUndefined()
    expect(system.said()).not.toContain('is ready')
  })
})
