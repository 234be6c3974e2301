import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './certificate.ts'
import { freePort, hostOfPeers, type Peer, program, startPeer } from './peer.ts'
import { shipped } from './shipped.ts'

const server = program('/usr/sbin/nginx', '/usr/local/sbin/nginx')

/** Why tests with nginx cannot run here; undefined when they can. */
export const noNginx =
  server && program('/usr/bin/openssl')
    ? undefined
    : 'no nginx or openssl on this machine (Debian: apt-get install nginx-light openssl)'

export interface ProxyPeer extends Peer {
  /** `https://localhost:…` */
  url: string
  /** The plain port, which sends people to https. */
  plainUrl: string
  /** What callers must trust. */
  ca: string
}

/** nginx with the shipped `deploy/nginx/obcms.conf`: addresses and certificate are changed, nothing else. */
export async function startNginx({ upstreamPort }: { upstreamPort: number }): Promise<ProxyPeer> {
  if (!server) throw new Error(noNginx)
  const dir = mkdtempSync(join(tmpdir(), 'obcms-nginx-'))
  const { certificatePath, keyPath, ca } = makeCertificate(dir)
  const [plain, port] = [await freePort(), await freePort()]
  const site = shipped('nginx/obcms.conf', [
    [/server 127\.0\.0\.1:8000;/, `server ${hostOfPeers}:${upstreamPort};`],
    [/listen 80;/, `listen ${hostOfPeers}:${plain};`],
    [/listen 443 ssl/, `listen ${hostOfPeers}:${port} ssl`],
    [/ssl_certificate \S+;/, `ssl_certificate ${certificatePath};`],
    [/ssl_certificate_key \S+;/, `ssl_certificate_key ${keyPath};`],
  ])
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${dir}/${kind};`,
  )
  writeFileSync(join(dir, 'site.conf'), site)
  writeFileSync(
    join(dir, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
pid ${dir}/nginx.pid;
error_log stderr;
events { worker_connections 8192; }
http { access_log off; ${folders.join(' ')} include ${dir}/site.conf; }
`,
  )
  const clean = (): void => rmSync(dir, { recursive: true, force: true })
  const peer = await startPeer({ command: server, args: ['-e', 'stderr', '-c', join(dir, 'nginx.conf')], port }).catch(
    (error: unknown) => {
      clean()
      throw error
    },
  )
  peer.child.once('exit', clean)
  return { ...peer, url: `https://localhost:${port}`, plainUrl: `http://localhost:${plain}`, ca }
}
