import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, hostOfPeers, type Peer, program, startPeer } from './peer.ts'

const server = program('/usr/bin/redis-server', '/usr/bin/valkey-server')

/** Why tests with Redis cannot run here; undefined when they can. */
export const noRedis = server ? undefined : 'no Redis on this machine (Debian: apt-get install redis-server)'

export interface RedisPeer extends Peer {
  url: string
}

/** @param port of an earlier one, to start it again in its place */
export async function startRedis(port?: number): Promise<RedisPeer> {
  if (!server) throw new Error(noRedis)
  const at = port ?? (await freePort())
  const dir = mkdtempSync(join(tmpdir(), 'obcms-redis-'))
  const args = ['--port', String(at), '--bind', hostOfPeers, '--save', '', '--appendonly', 'no', '--dir', dir]
  const peer = await startPeer({ command: server, args, port: at })
  peer.child.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  return { ...peer, url: `redis://${hostOfPeers}:${at}/0` }
}
