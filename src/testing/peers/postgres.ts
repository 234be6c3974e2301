import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort, hostOfPeers, type Peer, program, startPeer, until } from './peer.ts'

const postgres = program('/usr/lib/postgresql/15/bin/postgres')
const initdb = program('/usr/lib/postgresql/15/bin/initdb')

/** Why tests with a PostgreSQL of their own cannot run here; undefined when they can. */
export const noPostgres =
  postgres && initdb ? undefined : 'no PostgreSQL 15 on this machine (Debian: apt-get install postgresql-15)'

/** Neither PostgreSQL nor PgBouncer runs as root. */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8').split('\n')
  const found = users.map((line) => line.split(':')).find(([name]) => name === 'postgres' || name === 'nobody')
  return { uid: Number(found?.[2] ?? 65_534), gid: Number(found?.[3] ?? 65_534) }
}

/** A folder of its own that the component may enter. */
export function folderFor(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `obcms-${name}-`))
  const user = unprivileged()
  if (user) chownSync(dir, user.uid, user.gid)
  return dir
}

export interface PostgresPeer {
  port: number
  /** Of the database `obcms`. */
  url: string
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>
  /** As `systemctl stop`: open transactions end, connections too. */
  stop(): Promise<void>
  /** On the same port, with the same data. */
  start(): Promise<void>
  /** Every process of it stands still and keeps its connections. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/** A process and all below it, itself first. */
function family(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]) }]
      } catch {
        return []
      }
    })
  const below = (of: number): number[] =>
    parents.filter(({ parent }) => parent === of).flatMap((child) => [child.pid, ...below(child.pid)])
  return [pid, ...below(pid)]
}

export async function startPostgres(settings: Record<string, string> = {}): Promise<PostgresPeer> {
  if (!postgres || !initdb) throw new Error(noPostgres)
  const dir = folderFor('postgres')
  const user = unprivileged()
  const port = await freePort()
  const data = join(dir, 'data')
  const env = { LC_ALL: 'C', PATH: process.env.PATH }
  execFileSync(initdb, ['-D', data, '-U', 'obcms', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...user,
    env,
    cwd: dir,
    stdio: 'ignore',
  })
  const chosen = { listen_addresses: hostOfPeers, unix_socket_directories: '', max_connections: '100', ...settings }
  const args = Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const urlOf = (database: string) => `postgres://obcms@${hostOfPeers}:${port}/${database}`
  let peer: Peer | undefined

  async function ask<T extends pg.QueryResultRow>(url: string, text: string, values?: unknown[]): Promise<T[]> {
    const client = new pg.Client({ connectionString: url, application_name: 'test', connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<T>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  async function start(): Promise<void> {
    peer = await startPeer({
      command: postgres ?? '',
      args: ['-D', data, '-p', String(port), ...args],
      port,
      cwd: dir,
      env,
      ...user,
    })
    const answers = () =>
      ask(urlOf('postgres'), 'SELECT 1').then(
        () => true,
        () => false,
      )
    await until('PostgreSQL answers', answers)
  }
  async function stop(): Promise<void> {
    const child = peer?.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    const late = setTimeout(() => child.kill('SIGQUIT'), 20_000)
    await ended
    clearTimeout(late)
  }
  const signal = (name: NodeJS.Signals) => {
    for (const pid of peer?.child.pid ? family(peer.child.pid) : [])
      try {
        process.kill(pid, name)
      } catch (error) {
        // One that served a connection may have ended meanwhile.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
  }

  await start()
  await ask(urlOf('postgres'), 'CREATE DATABASE obcms')
  return {
    port,
    url: urlOf('obcms'),
    query: (text, values) => ask(urlOf('obcms'), text, values),
    stop,
    start,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async close() {
      signal('SIGCONT')
      await stop()
      rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    },
  }
}
