import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { childrenOf, install } from '#testing/peers/installation.ts'
import { accepts, freePort, program, until } from '#testing/peers/peer.ts'

/**
 * What watching costs: the access log as a share of throughput, the time of /metrics, memory and the time to readiness.
 * `node bench/watching.ts [seconds] [rounds]`
 */
const [seconds = 5, rounds = 4] = process.argv.slice(2).map(Number)
const wrk = program('/usr/bin/wrk')
if (!wrk) {
  console.error('wrk is missing (Debian: apt-get install wrk).')
  process.exit(1)
}
const bin = fileURLToPath(new URL('../bin/obcms', import.meta.url))
const route = '/api/v1/registrations/organisations'
const installation = install({})
const database = await startEmbeddedPostgres({
  dataDir: join(installation.dataDir, 'pg'),
  log: { info() {}, warn: console.warn },
})
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function serve(logLevel: string) {
  const port = await freePort()
  const log = openSync(join(installation.dataDir, `${logLevel}.log`), 'w')
  const started = performance.now()
  const child = spawn(process.execPath, [bin, 'serve'], {
    env: {
      PATH: process.env.PATH,
      HOME: installation.dataDir,
      DATA_DIR: installation.dataDir,
      DATABASE_URL: database.url,
      PORT: String(port),
      LOG_LEVEL: logLevel,
      WEB_CONCURRENCY: '1',
      WEB_MAX_REQUESTS: '0',
      OVERLOAD_DELAY_MS: '0',
      RATE_LIMIT_ADDRESS: '0',
    },
    stdio: ['ignore', log, log],
  })
  await until('OBCMS serves', () => accepts(port), 60)
  return { child, port, ms: performance.now() - started }
}

const rssMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024

const rate = (port: number): number => {
  const said = execFileSync(wrk, ['-t1', '-c20', `-d${seconds}s`, `http://127.0.0.1:${port}${route}`], {
    encoding: 'utf8',
  })
  if (/Non-2xx/.test(said)) throw new Error(said)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1])
}

for (const command of ['build', 'migrate'])
  if ((await installation.run([command], { DATABASE_URL: database.url })).code !== 0)
    throw new Error(`${command} failed`)

const [logging, silent] = [await serve('info'), await serve('fatal')]
console.log(
  `${cpus().length} × ${cpus()[0]?.model}; Node ${process.versions.node}; one web process each; wrk -c20 -d${seconds}s on ${route}`,
)
console.log(`from the command to readiness: ${Math.round(median([logging.ms, silent.ms]))} ms`)
const [processId = 0] = childrenOf({ child: logging.child } as never)
console.log(
  `memory at the start: supervisor ${Math.round(rssMb(logging.child.pid ?? 0))} MB, web process ${Math.round(rssMb(processId))} MB`,
)

const rates = { logging: [] as number[], silent: [] as number[] }
for (let round = 0; round < rounds; round += 1) {
  rates.logging.push(rate(logging.port))
  rates.silent.push(rate(silent.port))
}
const [withLog, without] = [median(rates.logging), median(rates.silent)]
console.log(
  `with the access log ${Math.round(withLog)}/s, without ${Math.round(without)}/s: it costs ${((1 - withLog / without) * 100).toFixed(1)} %`,
)
console.log(`memory after the load: web process ${Math.round(rssMb(processId))} MB`)

const times: number[] = []
for (let turn = 0; turn < 50; turn += 1) {
  const started = performance.now()
  await (await fetch(`http://127.0.0.1:${logging.port}/metrics`)).text()
  times.push(performance.now() - started)
}
console.log(`/metrics: median ${median(times).toFixed(1)} ms, worst ${Math.max(...times).toFixed(1)} ms`)

for (const { child } of [logging, silent]) {
  child.kill('SIGTERM')
  await once(child, 'exit')
}
await database.stop()
await installation.close()
