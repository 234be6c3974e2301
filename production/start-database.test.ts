import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '#server/platform/embedded-postgres.ts'
import { birthOf } from '#server/platform/processes.ts'
import { StartError } from '#server/platform/start-error.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65534

let room: string
let count = 0
const said: string[] = []
const log = { info: (line: string) => said.push(line), warn: (line: string) => said.push(line) }
const newFolder = () => join(room, `data-${count++}`)
const start = (dataDir: string, more: Partial<EmbeddedPostgresOptions> = {}) =>
  startEmbeddedPostgres({ dataDir, log, durable: false, ...more })

async function ask(server: Pick<EmbeddedPostgres, 'url'>, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function refusal(work: Promise<EmbeddedPostgres>): Promise<string> {
  try {
    await (await work).stop()
  } catch (error) {
    if (error instanceof StartError) return error.message
    throw error
  }
  throw new Error('it started')
}

/** A process of its own that starts the database, tells its address and waits. */
async function startElsewhere(dataDir: string, uid?: number): Promise<{ owner: ChildProcess; line: string }> {
  const module = new URL('../src/server/platform/embedded-postgres.ts', import.meta.url)
  const script = `
    import { startEmbeddedPostgres } from '${module}'
    // Only now: that user may not be able to enter this checkout.
    ${uid ? `process.setgid(${uid}); process.setuid(${uid})` : ''}
    const log = { info() {}, warn() {} }
    setInterval(() => {}, 1000)
    try {
      const { url } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log })
      console.log(url)
    } catch (error) {
      console.log(error.name + ': ' + error.message)
      process.exit(1)
    }`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [line] = (await Promise.race([once(owner.stdout, 'data'), once(owner.stderr, 'data')])) as [Buffer]
  return { owner, line: line.toString().trim() }
}

const postmaster = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0])

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

beforeAll(() => {
  room = mkdtempSync(join(tmpdir(), 'obcms-embedded-'))
  chmodSync(room, 0o755)
})
afterAll(() => rmSync(room, { recursive: true, force: true }))

describe('a sound folder', () => {
  test('first start makes a database with what we need; the next one keeps its data', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir, { durable: true })
    const [facts] = await ask(
      first,
      `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_encoding') AS encoding,
              datlocprovider AS provider, datlocale AS locale, lower('ÑANDÚ') AS folded
       FROM pg_database WHERE datname = current_database()`,
    )
    expect(facts).toEqual({ major: 18, encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', folded: 'ñandú' })
    await ask(first, 'CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent; CREATE TABLE kept AS SELECT 42 AS answer')
    expect(await ask(first, `SELECT unaccent('Parañaque') AS plain`)).toEqual([{ plain: 'Paranaque' }])
    await first.stop()
    await first.stop()
    await first.ended

    const second = await start(dataDir)
    expect(await ask(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    const pid = postmaster(dataDir)
    await second.stop()
    expect(birthOf(pid)).toBeUndefined()
    expect(existsSync(join(dataDir, 'owner.json'))).toBe(false)
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600)
  })

  test('nobody signs in without the password', async () => {
    const server = await start(newFolder())
    const url = new URL(server.url)
    for (const password of ['', 'wrong']) {
      url.password = password
      await expect(ask({ url: url.href }, 'SELECT 1')).rejects.toThrow(/password/)
    }
    await server.stop()
  })

  test('a lost password file is replaced', async () => {
    const dataDir = newFolder()
    await (await start(dataDir)).stop()
    const file = join(dataDir, 'password')
    const old = readFileSync(file, 'utf8')
    rmSync(file)
    const server = await start(dataDir)
    expect(readFileSync(file, 'utf8')).not.toBe(old)
    await server.stop()
    writeFileSync(file, 'not the one')
    expect(await refusal(start(dataDir))).toMatch(/password .*delete that file and start again/)
  })

  test('a second start on a folder in use says who uses it', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    expect(await refusal(start(dataDir))).toMatch(
      new RegExp(`in use by another OBCMS \\(process ${process.pid}\\): stop that one`),
    )
    expect(await ask(first, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await first.stop()
  })

  test('a port that is taken is named', async () => {
    const rival = createServer().listen(0, '127.0.0.1')
    await once(rival, 'listening')
    const { port } = rival.address() as { port: number }
    expect(await refusal(start(newFolder(), { port }))).toBe(
      `Port ${port} is taken: choose another one for the database.`,
    )
    rival.close()
  })
})

describe('after a start that was killed', () => {
  test('the database follows its killed owner, and acknowledged writes are there', async () => {
    const dataDir = newFolder()
    const { owner, line: url } = await startElsewhere(dataDir)
    await ask({ url }, 'CREATE TABLE kept AS SELECT 7 AS answer')
    const pid = postmaster(dataDir)
    await kill(owner)
    // At once, while the old server may still be closing.
    const next = await start(dataDir)
    expect(await ask(next, 'SELECT answer FROM kept')).toEqual([{ answer: 7 }])
    expect(postmaster(dataDir)).not.toBe(pid)
    await next.stop()

    const again = await startElsewhere(dataDir)
    const orphan = postmaster(dataDir)
    await kill(again.owner)
    await expect.poll(() => birthOf(orphan), { timeout: 5_000 }).toBeUndefined()
  })

  test('owner and database killed together', async () => {
    const dataDir = newFolder()
    const { owner, line: url } = await startElsewhere(dataDir)
    await ask({ url }, 'CREATE TABLE kept AS SELECT 8 AS answer')
    owner.kill('SIGKILL')
    process.kill(postmaster(dataDir), 'SIGKILL')
    const next = await start(dataDir)
    expect(await ask(next, 'SELECT answer FROM kept')).toEqual([{ answer: 8 }])
    await next.stop()
  })

  test('a server that still runs is stopped, for it is ours', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    // As if this process had died: nobody holds the lock, the server lives.
    rmSync(join(dataDir, 'owner.json'))
    const pid = postmaster(dataDir)
    const second = await start(dataDir)
    expect(birthOf(pid)).toBeUndefined()
    expect(said.some((line) => line.includes(`earlier OBCMS left running (process ${pid})`))).toBe(true)
    await first.ended
    await second.stop()
  })

  test('a half-made cluster is dropped and made anew', async () => {
    const dataDir = newFolder()
    mkdirSync(join(dataDir, 'cluster.new-1234', 'base'), { recursive: true })
    writeFileSync(join(dataDir, 'cluster.new-1234', 'PG_VERSION'), '18\n')
    mkdirSync(join(dataDir, 'cluster'))
    const server = await start(dataDir)
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await server.stop()
    // A copy of the binaries lies there too when the checkout is closed to the database's user.
    const found = readdirSync(dataDir).filter((name) => !/^postgresql-[\w.-]+\d$/.test(name))
    expect(found.sort()).toEqual(['cluster', 'password', 'postgres.log'])
  })

  test('a killed first start is taken up', async () => {
    const dataDir = newFolder()
    const module = new URL('../src/server/platform/embedded-postgres.ts', import.meta.url)
    const script = `import { startEmbeddedPostgres } from '${module}'
      startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: { info() {}, warn() {} } })`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
    await expect
      .poll(() => existsSync(dataDir) && readdirSync(dataDir).some((name) => name.startsWith('cluster.new')))
      .toBe(true)
    await kill(owner)
    const server = await start(dataDir)
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await server.stop()
  })

  test('a pid file whose number now belongs to another program does not stand in the way', async () => {
    const dataDir = newFolder()
    await (await start(dataDir)).stop()
    const { uid, gid } = statSync(join(dataDir, 'cluster'))
    const other = spawn('sleep', ['60'], isRoot ? { uid, gid } : {})
    const pidFile = join(dataDir, 'cluster', 'postmaster.pid')
    writeFileSync(pidFile, `${other.pid}\n${join(dataDir, 'cluster')}\n1\n5432\n\n127.0.0.1\n`)
    if (isRoot) chownSync(pidFile, uid, gid)
    const server = await start(dataDir)
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await server.stop()
    expect(other.exitCode).toBeNull()
    await kill(other)
  })

  test('a lock whose holder is gone is free, also when its number was given away', async () => {
    const dataDir = newFolder()
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'owner.json'), JSON.stringify({ pid: process.ppid, born: 'long ago' }))
    await (await start(dataDir)).stop()
    writeFileSync(join(dataDir, 'owner.json'), 'half a li')
    await (await start(dataDir)).stop()
  })
})

describe('a folder that cannot be used', () => {
  let dataDir: string
  beforeAll(async () => {
    dataDir = newFolder()
    await (await start(dataDir)).stop()
  })
  const inCluster = (...path: string[]) => join(dataDir, 'cluster', ...path)

  test.each([
    ['19', /made by PostgreSQL 19, but this OBCMS brings PostgreSQL 18: start the newer OBCMS/],
    ['17', /made by PostgreSQL 17, but this OBCMS brings PostgreSQL 18: carry the data over/],
    ['', /is damaged \(files are missing\): put back a backup/],
  ])('of version "%s"', async (version, reason) => {
    writeFileSync(inCluster('PG_VERSION'), `${version}\n`)
    expect(await refusal(start(dataDir))).toMatch(reason)
    writeFileSync(inCluster('PG_VERSION'), '18\n')
  })

  test('damaged, as only the server can tell', async () => {
    const control = inCluster('global', 'pg_control')
    const sound = readFileSync(control)
    truncateSync(control, 100)
    expect(await refusal(start(dataDir))).toMatch(/is damaged \(.*pg_control.*postgres\.log\): put back a backup/s)
    writeFileSync(control, sound)

    for (const segment of readdirSync(inCluster('pg_wal'))) {
      if (/^[0-9A-F]{24}$/.test(segment)) rmSync(inCluster('pg_wal', segment))
    }
    expect(await refusal(start(dataDir))).toMatch(/is damaged \(.*checkpoint.*\): put back a backup/s)
    expect(existsSync(join(dataDir, 'owner.json'))).toBe(false)
  })

  test('no folder at all', async () => {
    const file = newFolder()
    writeFileSync(file, '')
    expect(await refusal(start(join(file, 'data')))).toMatch(/is not a folder/)
  })

  test('not writable for us', async () => {
    const closed = newFolder()
    mkdirSync(closed)
    chmodSync(closed, 0o555)
    const { owner, line } = await startElsewhere(closed, isRoot ? nobody : undefined)
    await kill(owner)
    expect(line).toMatch(/^StartError: OBCMS may not read and write in .*\(EACCES\): give that folder/)
  })

  test.skipIf(!isRoot)('of another user', async () => {
    const open = newFolder()
    await (await start(open)).stop()
    chownSync(open, nobody, nobody)
    const { owner, line } = await startElsewhere(open, nobody)
    await kill(owner)
    expect(line).toMatch(/^StartError: /)
  })
})

describe.skipIf(!isRoot)('as root', () => {
  test('the server runs as a system user, also on data that root has brought back', async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    expect(statSync(`/proc/${postmaster(dataDir)}`).uid).not.toBe(0)
    await first.stop()
    const { uid } = statSync(join(dataDir, 'cluster'))
    chownSync(join(dataDir, 'cluster'), 0, 0)
    const second = await start(dataDir)
    expect(statSync(join(dataDir, 'cluster')).uid).toBe(uid)
    await second.stop()
  })

  test('data under a folder that its user may not enter goes elsewhere, says where, and is found again', async () => {
    const home = join(room, 'closed')
    mkdirSync(home, { mode: 0o700 })
    const dataDir = join(home, 'clone', 'var')
    const reachableDir = join(room, 'reachable')
    const first = await start(dataDir, { reachableDir })
    expect(first.dataDir.startsWith(reachableDir)).toBe(true)
    expect(said.at(-1)).toContain(`keeps its data in ${first.dataDir}`)
    await ask(first, 'CREATE TABLE kept AS SELECT 9 AS answer')
    await first.stop()
    expect(readdirSync(dataDir)).toEqual(['location'])

    const second = await start(dataDir, { reachableDir })
    expect(await ask(second, 'SELECT answer FROM kept')).toEqual([{ answer: 9 }])
    await second.stop()
  })

  test('a folder that is itself closed is opened, when it lies in an open one', async () => {
    const dataDir = mkdtempSync(join(room, 'closed-'))
    const server = await start(dataDir)
    expect(server.dataDir).toBe(dataDir)
    await server.stop()
  })
})

test('a process with nothing left to do but stop the database ends well', async () => {
  const module = new URL('../src/server/platform/embedded-postgres.ts', import.meta.url)
  const script = `import { startEmbeddedPostgres } from '${module}'
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(newFolder())}, log: { info() {}, warn() {} } })
    await server.stop()`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  expect(await once(owner, 'exit')).toEqual([0, null])
})
