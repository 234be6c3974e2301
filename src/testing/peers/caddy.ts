import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './certificate.ts'
import type { ProxyPeer } from './nginx.ts'
import { freePort, hostOfPeers, program, startPeer } from './peer.ts'
import { shipped } from './shipped.ts'

const server = program('/usr/bin/caddy', '/usr/local/bin/caddy')

/** Why tests with Caddy cannot run here; undefined when they can. */
export const noCaddy =
  server && program('/usr/bin/openssl')
    ? undefined
    : 'no Caddy or openssl on this machine (Debian: apt-get install caddy openssl)'

/** Caddy with the shipped `deploy/caddy/Caddyfile`: addresses and certificate are changed, nothing else. */
export async function startCaddy({ upstreamPort }: { upstreamPort: number }): Promise<ProxyPeer> {
  if (!server) throw new Error(noCaddy)
  const dir = mkdtempSync(join(tmpdir(), 'obcms-caddy-'))
  const { certificatePath, keyPath, ca } = makeCertificate(dir)
  const [plain, port] = [await freePort(), await freePort()]
  const site = shipped('caddy/Caddyfile', [
    [/obcms\.example\.gov\.ph \{/, `localhost {\n\ttls ${certificatePath} ${keyPath}`],
    [/127\.0\.0\.1:8000/, `${hostOfPeers}:${upstreamPort}`],
    [/X-Forwarded-Port 443/, `X-Forwarded-Port ${port}`],
  ])
  const own = ['admin off', `http_port ${plain}`, `https_port ${port}`, `default_bind ${hostOfPeers}`]
  writeFileSync(join(dir, 'Caddyfile'), `{\n${own.join('\n')}\n}\n${site}`)
  const args = ['run', '--adapter', 'caddyfile', '--config', join(dir, 'Caddyfile')]
  const env = { PATH: process.env.PATH, HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir }
  const clean = (): void => rmSync(dir, { recursive: true, force: true })
  const peer = await startPeer({ command: server, args, port, env }).catch((error: unknown) => {
    clean()
    throw error
  })
  peer.child.once('exit', clean)
  return { ...peer, url: `https://localhost:${port}`, plainUrl: `http://localhost:${plain}`, ca }
}
