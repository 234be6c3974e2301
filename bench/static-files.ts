import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from '#testing/peers/installation.ts'
import { accepts, freePort, hostOfPeers, program, startPeer, until } from '#testing/peers/peer.ts'

/**
 * Static files against nginx with the same folder: `node bench/static-files.ts [processes] [seconds] [rounds]`. With one
 * process each, both servers are pinned to the first core and the load to the second.
 */
const [processes = 1, seconds = 10, rounds = 3] = process.argv.slice(2).map(Number)
const bar = 0.6
const nginx = program('/usr/sbin/nginx')
const wrk = program('/usr/bin/wrk')
if (!nginx || !wrk) {
  console.error('nginx or wrk is missing (Debian: apt-get install nginx-light wrk).')
  process.exit(1)
}
const bin = fileURLToPath(new URL('../bin/obcms', import.meta.url))
const pinned = processes === 1
const onCore = (core: number, command: string, args: string[]): [string, string[]] =>
  pinned ? ['taskset', ['-c', String(core), command, ...args]] : [command, args]

const room = mkdtempSync(join(tmpdir(), 'obcms-bench-static-'))
chmodSync(room, 0o755)
const site = join(room, 'site')
const installation = install({})

async function startObcms(port: number) {
  const log = openSync(join(room, 'obcms.log'), 'w')
  const [command, args] = onCore(0, process.execPath, [bin, 'serve'])
  const child = spawn(command, args, {
    env: {
      PATH: process.env.PATH,
      HOME: room,
      DATA_DIR: installation.dataDir,
      PORT: String(port),
      WEB_CONCURRENCY: String(processes),
      WEB_MAX_REQUESTS: '0',
      OVERLOAD_DELAY_MS: '0',
    },
    stdio: ['ignore', log, log],
  })
  await until('OBCMS serves', () => accepts(port), 120)
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { child, stop }
}

async function startNginx(port: number) {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${room}/${kind};`,
  )
  const file = join(room, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; worker_processes ${processes}; pid ${room}/nginx.pid; error_log stderr;
    events { worker_connections 1024; }
    http { include /etc/nginx/mime.types; ${folders.join(' ')} access_log ${room}/nginx.log;
      sendfile on; tcp_nopush on; keepalive_requests 100000000;
      server { listen ${hostOfPeers}:${port}; root ${site}; gzip_static on; gzip_vary on; etag on;
        location /assets/ { add_header Cache-Control "public, max-age=31536000, immutable"; } } }`,
  )
  const [command, args] = onCore(0, nginx as string, ['-e', 'stderr', '-c', file])
  return startPeer({ command, args, port })
}

/** Processor time so far of a process and its children, in µs. */
function processorTime(pid: number): number {
  const ofOne = (one: number) => {
    const fields = readFileSync(`/proc/${one}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10_000
  }
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  return children.reduce((sum, child) => sum + processorTime(child), ofOne(pid))
}

interface Figures {
  perSecond: number
  /** Processor time of the server for one request, which other work on the machine disturbs less. */
  us: number
}

function measure(pid: number, port: number, path: string, coding: string): Figures {
  const url = `http://${hostOfPeers}:${port}${path}`
  const load = ['-t1', '-c50', `-d${seconds}s`, '-H', `Accept-Encoding: ${coding}`, url]
  const before = processorTime(pid)
  const said = execFileSync(...onCore(1, wrk as string, load), { encoding: 'utf8' })
  if (/Non-2xx|Socket errors/.test(said)) throw new Error(said)
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]),
    us: (processorTime(pid) - before) / Number(/(\d+) requests in/.exec(said)?.[1]),
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0
const percent = (ratio: number): string => `${(ratio * 100).toFixed(0)} %`
const first = (command: string, ...args: string[]): string =>
  (
    execFileSync('sh', ['-c', `"$0" "$@" 2>&1 || true`, command, ...args], { encoding: 'utf8' }).split('\n')[0] ?? ''
  ).trim()

try {
  for (const args of [['migrate'], ['collectstatic', '--out', site]]) {
    const { code, said } = await installation.run(args)
    if (code !== 0) throw new Error(said)
  }
  execFileSync('chmod', ['-R', 'a+rX', site])
  const [port, nginxPort] = [await freePort(), await freePort()]
  const obcms = await startObcms(port)
  const peer = await startNginx(nginxPort)
  const page = readFileSync(join(site, 'index.html'), 'utf8')
  const main = /<script type="module"[^>]* src="([^"]+)"/.exec(page)?.[1] ?? ''
  const base = /href="(\/assets\/base-[^"]+\.js)"/.exec(page)?.[1] ?? ''
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}; Node ${process.versions.node}; ${first(nginx, '-v')}; ${first(wrk, '-v')}`,
  )
  console.log(
    `${processes} process${pinned ? ', pinned to core 0, load on core 1' : 'es, nothing pinned'}; wrk -t1 -c50 -d${seconds}s; median of ${rounds} rounds, in turns`,
  )
  let isBelow = false
  for (const [what, path] of [
    ['entry script', main],
    ['largest first script', base],
  ] as const)
    for (const [ours, theirs] of [
      ['br', 'gzip'],
      ['gzip', 'gzip'],
      ['identity', 'identity'],
    ] as const) {
      // Both as they are when they have served for a while.
      measure(obcms.child.pid as number, port, path, ours)
      measure(peer.child.pid as number, nginxPort, path, theirs)
      const turns: [Figures, Figures][] = []
      for (let round = 0; round < rounds; round++)
        turns.push([
          measure(obcms.child.pid as number, port, path, ours),
          measure(peer.child.pid as number, nginxPort, path, theirs),
        ])
      const ratio = median(turns.map(([mine, other]) => mine.perSecond / other.perSecond))
      const perRequest = median(turns.map(([mine, other]) => other.us / mine.us))
      const figures = (side: 0 | 1) =>
        `${Math.round(median(turns.map((turn) => turn[side].perSecond)))}/s, ${median(turns.map((turn) => turn[side].us)).toFixed(1)} µs each`
      isBelow ||= ratio < bar
      console.log(
        `${what}: OBCMS ${ours} ${figures(0)}; nginx ${theirs} ${figures(1)}: ${percent(ratio)} of its rate, ${percent(perRequest)} by processor time`,
      )
    }
  await peer.stop()
  await obcms.stop()
  if (isBelow) {
    console.error(`Below ${bar * 100} % of nginx.`)
    process.exitCode = 1
  }
} finally {
  await installation.close()
  rmSync(room, { recursive: true, force: true })
}
