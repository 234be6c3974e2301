import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { freePort, hostOfPeers, type Peer, program, startPeer } from './peer.ts'
import { folderFor, unprivileged } from './postgres.ts'

const pgbouncer = program('/usr/sbin/pgbouncer', '/usr/bin/pgbouncer')

/** Why tests with PgBouncer cannot run here; undefined when they can. */
export const noPgBouncer = pgbouncer ? undefined : 'no PgBouncer on this machine (Debian: apt-get install pgbouncer)'

export interface PgBouncerPeer extends Peer {
  /** The database of the given address, through the pooler. */
  url: string
  /** Names of the programs that are connected to it. */
  clients(): Promise<string[]>
}

/** In transaction mode, with its own defaults otherwise: what OBCMS sends must be what it takes. */
export async function startPgBouncer(databaseUrl: string, serverConnections: number): Promise<PgBouncerPeer> {
  if (!pgbouncer) throw new Error(noPgBouncer)
  const to = new URL(databaseUrl)
  const name = to.pathname.slice(1)
  const [user, password] = [decodeURIComponent(to.username), decodeURIComponent(to.password)]
  const port = await freePort()
  const dir = folderFor('pgbouncer')
  const settings = {
    listen_addr: hostOfPeers,
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: join(dir, 'users'),
    stats_users: user,
    pool_mode: 'transaction',
    default_pool_size: serverConnections,
    max_client_conn: 500,
    // Its default keeps clients waiting for 15 s after the database is back.
    server_login_retry: 1,
  }
  writeFileSync(join(dir, 'users'), `"${user}" "${password}"\n`)
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`)
  const database = `${name} = host=${to.hostname} port=${to.port || 5432} dbname=${name}`
  writeFileSync(join(dir, 'pgbouncer.ini'), ['[databases]', database, '[pgbouncer]', ...lines, ''].join('\n'))
  const peer = await startPeer({
    command: pgbouncer,
    args: [join(dir, 'pgbouncer.ini')],
    port,
    cwd: dir,
    ...unprivileged(),
  })
  peer.child.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const url = new URL(databaseUrl)
  url.host = `${hostOfPeers}:${port}`
  const console = new URL(url)
  console.pathname = '/pgbouncer'
  return {
    ...peer,
    url: url.href,
    async clients() {
      const client = new pg.Client({ connectionString: console.href })
      await client.connect()
      try {
        const { rows } = await client.query<{ application_name: string }>('SHOW CLIENTS')
        return rows.map((row) => row.application_name)
      } finally {
        await client.end()
      }
    },
  }
}
