import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { LockHeldError, takeLock } from './folder-lock.ts'
import { type Account, type Binaries, installedPostgres, runnableBinaries } from './postgres-binaries.ts'
import { birthOf, commandOf, endProcess } from './processes.ts'
import { StartError } from './start-error.ts'

export interface EmbeddedPostgresOptions {
  /** Made when missing. Holds the cluster, its password, its lock and its log. */
  dataDir: string
  /** On the loopback interface; a free one when absent. */
  port?: number
  log: { info(message: string): void; warn(message: string): void }
  /** False for databases that are thrown away: writes do not wait for the disk, and are lost when the machine fails. */
  durable?: boolean
  /** Where the data goes when OBCMS runs as root and the database's own user may not enter `dataDir`. */
  reachableDir?: string
}

export interface EmbeddedPostgres {
  url: string
  /** Where the data really is. */
  dataDir: string
  /** Resolves when the server has ended, by `stop` or by itself. */
  ended: Promise<void>
  /** Fast shutdown: open transactions are rolled back. Ends in 45 s at the latest. */
  stop(): Promise<void>
}

/** Another OBCMS has the database. */
export class DatabaseInUseError extends StartError {}

const role = 'obcms'
const systemUser = 'obcms-db'
/** An earlier OBCMS may still be closing, or have just lost its parent. */
const lockPatienceMs = 3_000
/** Recovery after a crash replays at most `max_wal_size` of log, which takes seconds; slow disks get the rest. */
const readyPatienceMs = 300_000
const shutdown: [NodeJS.Signals, number][] = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 3_000],
]

/** One process, a few dozen connections, a machine with 2 GB or more. Time zones are the clients' choice. */
const serverSettings = {
  cluster_name: role,
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  maintenance_work_mem: '128MB',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  lc_messages: 'C',
  // Failed statements can hold personal data; the process that sent them reports them.
  log_min_messages: 'log',
}
const throwAwaySettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/**
 * Starts the PostgreSQL that npm installed, on a cluster made at the first start.
 * A start that was killed is recovered from: its half-made cluster is dropped, its server stopped, its lock taken.
 * @throws StartError with one sentence that says what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw new StartError(
      'The built-in PostgreSQL runs on Linux and macOS only: use WSL, or set DATABASE_URL to a PostgreSQL server of your own.',
    )
  }
  const { log, durable = true } = options
  const { home, account } = await naming(options.dataDir, () => chooseHome(options))
  const lock = await lockHome(home)
  try {
    return await naming(home, async () => {
      const binaries = runnableBinaries(installedPostgres(), home, account)
      const place: Place = { home, cluster: join(home, 'cluster'), account, binaries, durable }
      const password = await prepareCluster(place, log)
      const server = await launch(place, options.port, log)
      try {
        const url = await openDatabase(place, password, server.port)
        return { url, dataDir: home, ended: server.ended, stop: () => server.stop().finally(lock.release) }
      } catch (error) {
        await server.stop()
        throw error
      }
    })
  } catch (error) {
    lock.release()
    throw error
  }
}

type Place = { home: string; cluster: string; account: Account | undefined; binaries: Binaries; durable: boolean }

// ── Folder and user ──────────────────────────────────────────────────────────────────────────────

function chooseHome(options: EmbeddedPostgresOptions): { home: string; account: Account | undefined } {
  const { dataDir, log, reachableDir = '/var/lib/obcms' } = options
  mkdirSync(dataDir, { recursive: true })
  const wanted = realpathSync(dataDir)
  const pointer = join(wanted, 'location')
  const moved = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : undefined
  const account = process.getuid?.() === 0 ? databaseAccount(join(moved ?? wanted, 'cluster')) : undefined
  if (moved === undefined && (!account || canEnter(account, wanted))) return { home: wanted, account }

  const home = moved ?? join(reachableDir, createHash('sha256').update(wanted).digest('hex').slice(0, 12))
  if (!existsSync(home)) {
    if (!account) {
      throw new StartError(
        `The database of ${wanted} should be in ${home}, as its file "location" says, but is not there or closed to you: start as root, or delete that file to begin with an empty database.`,
      )
    }
    mkdirSync(home, { recursive: true })
    // A strict umask must not close the folders again.
    for (const made of [reachableDir, home]) chmodSync(made, 0o755)
  }
  if (moved === undefined) writeFileSync(pointer, `${home}\n`)
  if (account)
    log.info(`The database keeps its data in ${home}, for its user "${account.name}" may not enter ${wanted}.`)
  return { home: realpathSync(home), account }
}

/** The folder itself is ours to open; those above it are not. */
function canEnter(account: Account, folder: string): boolean {
  const { uid, gid } = account
  const enters = () =>
    spawnSync('/bin/sh', ['-c', 'cd -- "$0"', folder], { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0
  if (enters()) return true
  chmodSync(folder, (statSync(folder).mode & 0o7777) | 0o011)
  return enters()
}

/** PostgreSQL refuses to run as root: a cluster keeps its user, a new one gets the system user made for it. */
function databaseAccount(cluster: string): Account {
  const owner = existsSync(cluster) ? statSync(cluster) : undefined
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: userName(owner.uid) }
  const existing = findAccount(systemUser)
  if (existing) return existing
  const made = spawnSync(
    'useradd',
    [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      systemUser,
    ],
    { encoding: 'utf8' },
  )
  const account = findAccount(systemUser) ?? findAccount('postgres')
  if (account) return account
  const reason = made.error?.message ?? made.stderr.trim()
  throw new StartError(
    `PostgreSQL refuses to run as root and its system user "${systemUser}" could not be made (${reason}): start OBCMS as an ordinary user, or make that user yourself.`,
  )
}

function findAccount(name: string): Account | undefined {
  const ask = (flag: string) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout || Number.NaN)
  const [uid, gid] = [ask('-u'), ask('-g')]
  return uid > 0 && gid > 0 ? { uid, gid, name } : undefined
}

function userName(uid: number): string {
  return spawnSync('id', ['-un', String(uid)], { encoding: 'utf8' }).stdout?.trim() || String(uid)
}

async function lockHome(home: string): Promise<{ release(): void }> {
  try {
    return await naming(home, () => takeLock(join(home, 'owner.json'), lockPatienceMs))
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error
    throw new DatabaseInUseError(
      `The database in ${home} is in use by another OBCMS (process ${error.pid}): stop that one first, or give this one a folder of its own.`,
    )
  }
}

/** Turns the errors of the file system into what the operator can do about them. */
async function naming<T>(folder: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { code = '', path = folder } = cause as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new StartError(diskFull(folder), { cause })
    if (['EACCES', 'EPERM', 'EROFS'].includes(code)) throw new StartError(notWritable(folder, code), { cause })
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      throw new StartError(`${path} is not a folder, and the database needs one there: move it away and start again.`, {
        cause,
      })
    }
    throw cause
  }
}

const diskFull = (folder: string) =>
  `The disk that holds ${folder} is full: free some space (the database needs at least 200 MB) and start again.`
const notWritable = (folder: string, code: string) =>
  `OBCMS may not read and write in ${folder} (${code}): give that folder and what is in it to user "${userInfo().username}", or choose another one with DATA_DIR.`

// ── Cluster ──────────────────────────────────────────────────────────────────────────────────────

/** Makes the cluster, or brings the existing one into a state that can be started. Returns the password. */
async function prepareCluster(place: Place, log: EmbeddedPostgresOptions['log']): Promise<string> {
  const { home, cluster, account } = place
  for (const entry of readdirSync(home)) {
    // Left by a start that was killed.
    if (/^(cluster|postgresql-.*)\.new/.test(entry))
      rmSync(join(home, entry), { recursive: true, force: true, maxRetries: 5 })
  }
  if (existsSync(cluster)) assertOwned(place)
  if (existsSync(cluster) && readdirSync(cluster).length === 0) rmdirSync(cluster)
  const isNew = !existsSync(cluster)
  const passwordFile = join(home, 'password')
  const hadPassword = existsSync(passwordFile)
  if (!hadPassword) writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (account) chownSync(passwordFile, account.uid, account.gid)
  const password = readFileSync(passwordFile, 'utf8').trim()
  if (isNew) {
    makeCluster(place, passwordFile)
    return password
  }
  assertUsable(place)
  await endLeftover(cluster, log)
  if (!hadPassword) {
    const sql = `ALTER ROLE ${role} PASSWORD '${password}'`
    const said = runAs(place, place.binaries.postgres, ['--single', '-D', cluster, 'postgres'], sql)
    if (said.status !== 0) throw new StartError(explain(place, said.stderr))
  }
  return password
}

function makeCluster(place: Place, passwordFile: string): void {
  const { home, cluster, account, binaries, durable } = place
  const draft = join(home, `cluster.new-${randomBytes(4).toString('hex')}`)
  mkdirSync(draft, { mode: 0o700 })
  if (account) chownSync(draft, account.uid, account.gid)
  try {
    // The built-in provider sorts and folds alike on every machine; the C library still classifies letters for pg_trgm,
    // and knows "ñ" for one only where it has a UTF-8 locale.
    let said = { status: 1 as number | null, stderr: '' }
    for (const letters of ['C.UTF-8', 'C']) {
      said = runAs(place, binaries.initdb, [
        `--pgdata=${draft}`,
        `--username=${role}`,
        `--pwfile=${passwordFile}`,
        '--auth-host=scram-sha-256',
        '--auth-local=reject',
        '--encoding=UTF8',
        '--locale=C',
        `--lc-ctype=${letters}`,
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ])
      if (said.status === 0 || !said.stderr.includes('invalid locale name')) break
    }
    if (said.status !== 0) throw new StartError(explain(place, said.stderr))
    renameSync(draft, cluster)
    syncFolder(home)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

function runAs(
  { home, account }: Place,
  file: string,
  args: string[],
  input?: string,
): { status: number | null; stderr: string } {
  const ids = account && { uid: account.uid, gid: account.gid }
  const said = spawnSync(file, args, { ...ids, cwd: home, env: { LC_ALL: 'C' }, input: input ?? '', encoding: 'utf8' })
  return { status: said.status, stderr: said.error?.message ?? said.stderr }
}

function assertOwned({ cluster, account }: Place): void {
  const { uid } = statSync(cluster)
  if (!account && uid !== process.getuid?.()) {
    throw new StartError(
      `The database in ${cluster} belongs to user "${userName(uid)}": start OBCMS as that user or as root, or give the folder to yourself with chown.`,
    )
  }
  // Brought back from a backup by root, for example.
  if (account && uid !== account.uid) execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, cluster])
  chmodSync(cluster, 0o700)
}

function assertUsable({ cluster, binaries }: Place): void {
  const versionFile = join(cluster, 'PG_VERSION')
  const major = existsSync(versionFile) ? Number(readFileSync(versionFile, 'utf8')) : Number.NaN
  if (!(major > 0) || !existsSync(join(cluster, 'global', 'pg_control'))) {
    throw new StartError(damaged(cluster, 'files are missing'))
  }
  if (major > binaries.major) {
    throw new StartError(
      `The database in ${cluster} was made by PostgreSQL ${major}, but this OBCMS brings PostgreSQL ${binaries.major}: start the newer OBCMS that made it, or set DATABASE_URL to a PostgreSQL ${major} server.`,
    )
  }
  if (major < binaries.major) {
    throw new StartError(
      `The database in ${cluster} was made by PostgreSQL ${major}, but this OBCMS brings PostgreSQL ${binaries.major}: carry the data over with pg_dump of version ${binaries.major} and the OBCMS that made it, then start with an empty folder.`,
    )
  }
}

/**
 * Stops the server that a killed OBCMS left running. The pid file of a dead one goes: PostgreSQL would take a zombie, or
 * another program that was given the number, for a living server. Its lock on shared memory still guards the data.
 */
async function endLeftover(cluster: string, log: EmbeddedPostgresOptions['log']): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid')
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
  const command = pid > 0 && birthOf(pid) !== undefined ? commandOf(pid) : ''
  const isServer =
    command.includes(`-D ${cluster} `) || (command.includes('postgres') && workingFolder(pid) === cluster)
  if (!isServer) return rmSync(pidFile)
  if (!command.includes(`cluster_name=${role}`)) throw new StartError(inUse(cluster, pid))
  log.info(`Stopping the database server that an earlier OBCMS left running (process ${pid}).`)
  if (!(await endProcess(pid, shutdown))) throw new StartError(inUse(cluster, pid))
  // One that was killed leaves its file.
  rmSync(pidFile, { force: true })
}

function workingFolder(pid: number): string | undefined {
  try {
    return realpathSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

const inUse = (cluster: string, pid: number) =>
  `The database in ${cluster} is in use by a PostgreSQL server (process ${pid}) that this OBCMS did not start: stop that one first.`
const damaged = (cluster: string, reason: string) =>
  `The database in ${cluster} is damaged (${reason}): put back a backup of that folder, or move it away to begin with an empty database.`

// ── Server ───────────────────────────────────────────────────────────────────────────────────────

type Server = { port: number; ended: Promise<void>; stop(): Promise<void> }

async function launch(place: Place, port: number | undefined, log: EmbeddedPostgresOptions['log']): Promise<Server> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const chosen = port ?? (await freePort())
    const attempt = await tryLaunch(place, chosen, log)
    if ('server' in attempt) return attempt.server
    const portTaken = /Address already in use|could not create any TCP\/IP sockets/.test(attempt.said)
    // Servants of a killed server need a moment to notice its end.
    const passing = (portTaken && port === undefined) || /is still in use/.test(attempt.said)
    if (passing && Date.now() < deadline) {
      await sleep(200)
      continue
    }
    throw new StartError(
      portTaken ? `Port ${chosen} is taken: choose another one for the database.` : explain(place, attempt.said),
    )
  }
}

async function tryLaunch(
  { home, cluster, account, binaries, durable }: Place,
  port: number,
  log: EmbeddedPostgresOptions['log'],
): Promise<{ server: Server } | { said: string }> {
  const logFile = join(home, 'postgres.log')
  if (existsSync(logFile) && statSync(logFile).size > 10_000_000) renameSync(logFile, `${logFile}.1`)
  const handle = openSync(logFile, 'a', 0o600)
  const logStart = statSync(logFile).size
  const ids = account && { uid: account.uid, gid: account.gid }
  const settings = { ...serverSettings, ...(durable ? {} : throwAwaySettings), port: String(port) }
  const child = spawn(
    binaries.postgres,
    ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // A session of its own: Ctrl-C in the terminal is for us, and we stop the database last.
    { ...ids, cwd: home, env: { LC_ALL: 'C' }, detached: true, stdio: ['ignore', handle, handle] },
  )
  closeSync(handle)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
  const pid = child.pid
  if (pid === undefined) return { said: 'FATAL: the server process could not be made' }
  const watcher = watchOver(pid, ids)
  let stopping: Promise<void> | undefined
  ended.then(() => {
    watcher.kill('SIGKILL')
    watcher.stdin?.destroy()
    if (ready && !stopping) log.warn(`The database server has ended by itself; its log is ${logFile}.`)
  })
  let ready = false
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const stop = () => {
    child.ref()
    stopping ??= endProcess(pid, shutdown).then(() => ended)
    return stopping
  }
  const began = Date.now()
  let told = false
  while (!isReady(cluster, pid)) {
    if (hasEnded()) return { said: readFileSync(logFile).subarray(logStart).toString() }
    const waited = Date.now() - began
    if (waited > readyPatienceMs) {
      await stop()
      throw new StartError(
        `The database in ${cluster} was not ready within ${readyPatienceMs / 60_000} minutes: read ${logFile}, then start again.`,
      )
    }
    if (waited > 5_000 && !told) {
      told = true
      log.info('The database is recovering from a hard stop; this can take some minutes.')
    }
    await sleep(10)
  }
  ready = true
  child.unref()
  return { server: { port, ended, stop } }
}

/** Stops the server when this process dies without a word (SIGKILL): the shell's input then ends. */
function watchOver(pid: number, ids: { uid: number; gid: number } | undefined): ChildProcess {
  const watcher = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0"', String(pid)], {
    ...ids,
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  // A pipe to a child is a socket, which would keep the process alive.
  ;(watcher.stdin as import('node:net').Socket | null)?.unref()
  return watcher
}

/** As `pg_ctl --wait` does it: the eighth line of the pid file tells the state. */
function isReady(cluster: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Signs in, which proves that password and server fit, and makes our database at the first start. */
async function openDatabase({ home }: Place, password: string, port: number): Promise<string> {
  const url = (database: string) => `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
  const client = new pg.Client({ connectionString: url('postgres'), connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [role])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${role}`)
  } catch (cause) {
    if ((cause as { code?: string }).code !== '28P01') throw cause
    throw new StartError(
      `The password in ${join(home, 'password')} does not fit the database beside it: delete that file and start again, and a new one will be set.`,
      { cause },
    )
  } finally {
    await client.end()
  }
  return url(role)
}

/** What PostgreSQL said when it refused, as what the operator can do. */
function explain({ home, cluster, account }: Place, said: string): string {
  if (/No space left on device|Disk quota exceeded/.test(said)) return diskFull(home)
  const reason = /(?:FATAL|PANIC|error): +(.+)/.exec(said)?.[1] ?? said.trim().split('\n').at(-1) ?? ''
  if (/[Cc]annot allocate memory|could not (create|map|resize) .*shared memory/.test(said)) {
    return `This machine has too little free memory for the database (${reason}): free some, or set DATABASE_URL to a PostgreSQL server elsewhere.`
  }
  if (/Permission denied|Read-only file system|Operation not permitted/.test(said)) {
    const user = account?.name ?? userInfo().username
    return `The database's user "${user}" is not allowed to use its files in ${home} (${reason}): give the folder "cluster" in it to that user with chown -R.`
  }
  if (/lock file ".*" already exists/.test(said))
    return `The database in ${cluster} is in use (${reason}): stop the other server first.`
  if (!existsSync(cluster))
    return `PostgreSQL could not make its files in ${home} (${reason}): mend that and start again.`
  return damaged(cluster, `${reason}; the whole story is in ${join(home, 'postgres.log')}`)
}
