import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './certificate.ts'
import type { ProxyPeer } from './nginx.ts'
import { freePort, hostOfPeers, program, startPeer } from './peer.ts'
import { shipped } from './shipped.ts'

const server = program('/usr/sbin/haproxy', '/usr/local/sbin/haproxy')

/** Why tests with HAProxy cannot run here; undefined when they can. */
export const noHaproxy =
  server && program('/usr/bin/openssl')
    ? undefined
    : 'no HAProxy or openssl on this machine (Debian: apt-get install haproxy openssl)'

/** HAProxy with the shipped `deploy/haproxy/haproxy.cfg`: addresses and certificate are changed, nothing else. */
export async function startHaproxy({ upstreamPorts }: { upstreamPorts: number[] }): Promise<ProxyPeer> {
  if (!server) throw new Error(noHaproxy)
  const dir = mkdtempSync(join(tmpdir(), 'obcms-haproxy-'))
  const { certificatePath, keyPath, ca } = makeCertificate(dir)
  const both = join(dir, 'both.pem')
  writeFileSync(both, ca + readFileSync(keyPath, 'utf8'), { mode: 0o600 })
  rmSync(certificatePath)
  const [plain, port] = [await freePort(), await freePort()]
  const servers = upstreamPorts.map((upstream, index) => `  server obcms${index + 1} ${hostOfPeers}:${upstream}\n`)
  const config = shipped('haproxy/haproxy.cfg', [
    [/bind :80\n/, `bind ${hostOfPeers}:${plain}\n`],
    [/bind :443 ssl crt \S+/, `bind ${hostOfPeers}:${port} ssl crt ${both}`],
    [/( {2}server obcms\d .*\n)+/, servers.join('')],
  ])
  writeFileSync(join(dir, 'haproxy.cfg'), config)
  const clean = (): void => rmSync(dir, { recursive: true, force: true })
  const peer = await startPeer({ command: server, args: ['-db', '-f', join(dir, 'haproxy.cfg')], port }).catch(
    (error: unknown) => {
      clean()
      throw error
    },
  )
  peer.child.once('exit', clean)
  return { ...peer, url: `https://localhost:${port}`, plainUrl: `http://localhost:${plain}`, ca }
}
