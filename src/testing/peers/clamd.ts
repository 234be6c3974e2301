import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, hostOfPeers, type Peer, program, startPeer } from './peer.ts'

const daemon = program('/usr/sbin/clamd')

/** Why tests with a virus scanner cannot run here; undefined when they can. */
export const noClamd = daemon ? undefined : 'no ClamAV on this machine (Debian: apt-get install clamav-daemon)'

/** The harmless text that every scanner calls a virus; in two parts, so that this file is none. */
export const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')
const signature = 'Eicar-Test'
/** What our scanner calls it: it says so of signatures that did not come from its makers. */
export const eicarName = `${signature}.UNOFFICIAL`

export const mostStreamMegabytes = 2

/** A real ClamAV daemon that knows one virus. @param port of an earlier one, to start it again in its place */
export async function startClamd(port?: number): Promise<Peer> {
  if (!daemon) throw new Error(noClamd)
  const at = port ?? (await freePort())
  const dir = mkdtempSync(join(tmpdir(), 'obcms-clamd-'))
  writeFileSync(join(dir, 'test.ndb'), `${signature}:0:*:${Buffer.from(eicar).toString('hex')}\n`)
  const settings = {
    TCPSocket: at,
    TCPAddr: hostOfPeers,
    DatabaseDirectory: dir,
    TemporaryDirectory: dir,
    Foreground: 'yes',
    StreamMaxLength: `${mostStreamMegabytes}M`,
    MaxThreads: 4,
  }
  const file = join(dir, 'clamd.conf')
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  )
  const peer = await startPeer({ command: daemon, args: ['--config-file', file], port: at })
  peer.child.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  return peer
}
