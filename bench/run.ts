/**
 * `npm run bench`: the real system (`obcms start`) on a fresh embedded database with 100,000 communities, asked over HTTP.
 * Prints figures as Markdown with hardware and versions; `--write` puts them into docs/performance.md.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { communitiesCsv } from './communities-csv.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const rows = Number(process.env.BENCH_ROWS ?? 100_000)
const email = 'bench@localhost.localdomain'
const password = 'a bench passphrase 42'
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

interface Reply {
  status: number
  body: Buffer
  cookie: string | undefined
}

let base = ''
let cookie = ''

function ask(method: string, path: string, body?: unknown, sink?: (chunk: Buffer) => void): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const raw = Buffer.isBuffer(body)
    const payload = body === undefined || raw ? (body as Buffer | undefined) : Buffer.from(JSON.stringify(body))
    const call = httpRequest(
      base + path,
      {
        method,
        agent,
        headers: {
          ...(cookie && { cookie }),
          ...(payload && { 'content-length': payload.length }),
          ...(payload && { 'content-type': raw ? 'multipart/form-data; boundary=bench' : 'application/json' }),
        },
      },
      (reply: IncomingMessage) => {
        const chunks: Buffer[] = []
        reply.on('data', (chunk: Buffer) => (sink ? sink(chunk) : chunks.push(chunk)))
        reply.on('error', reject)
        reply.on('end', () =>
          resolve({
            status: reply.statusCode ?? 0,
            body: Buffer.concat(chunks),
            cookie: reply.headers['set-cookie']?.[0]?.split(';')[0],
          }),
        )
      },
    )
    call.on('error', reject)
    call.end(payload)
  })
}

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  const reply = await ask(method, path, body)
  if (reply.status >= 400) throw new Error(`${method} ${path}: ${reply.status} ${reply.body.toString().slice(0, 500)}`)
  return JSON.parse(reply.body.toString()) as T
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** Starts `obcms start` and waits until it says that it is ready. @returns the process and the milliseconds it took */
async function startSystem(dataDir: string, port: number): Promise<{ child: ChildProcess; ms: number }> {
  const started = performance.now()
  const child = spawn(process.execPath, [join(root, 'bin/obcms'), 'start'], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: String(port),
      OBCMS_ADMIN_EMAIL: email,
      OBCMS_ADMIN_PASSWORD: password,
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk
      if (text.includes('is ready')) resolve()
    })
    child.on('exit', (code) => reject(new Error(`obcms start ended with ${code}: ${text}`)))
  })
  child.removeAllListeners('exit')
  return { child, ms: performance.now() - started }
}

/** One account per lane of the sign-in bench: several tries at once on one account are throttled. */
const createAdministrator = (dataDir: string, one: string): Promise<unknown> =>
  promisify(execFile)(process.execPath, [join(root, 'bin/obcms'), 'users', 'create-admin', '--email', one], {
    env: { ...process.env, DATA_DIR: dataDir, OBCMS_ADMIN_PASSWORD: password },
  })

const stopSystem = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })

const memoryOf = (child: ChildProcess): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** Runs `work` while the memory of the system is watched. @returns seconds, and megabytes above the level before */
async function watched(child: ChildProcess, work: () => Promise<void>): Promise<{ seconds: number; extra: number }> {
  const before = memoryOf(child)
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, memoryOf(child))
  }, 50)
  const started = performance.now()
  await work()
  clearInterval(watch)
  return { seconds: (performance.now() - started) / 1000, extra: peak - before }
}

interface Load {
  name: string
  p50: number
  p95: number
  p99: number
  perSecond: number
}

/** `count` requests, `parallel` at a time; milliseconds as the caller sees them. */
async function load(
  name: string,
  parallel: number,
  count: number,
  one: (index: number, lane: number) => Promise<Reply>,
): Promise<Load> {
  const times: number[] = []
  let next = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: parallel }, async (_, lane) => {
      while (next < count) {
        const index = next++
        const at = performance.now()
        const reply = await one(index, lane)
        if (reply.status >= 400) throw new Error(`${name}: ${reply.status} ${reply.body.toString().slice(0, 300)}`)
        times.push(performance.now() - at)
      }
    }),
  )
  const perSecond = count / ((performance.now() - started) / 1000)
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { name, p50: at(0.5), p95: at(0.95), p99: at(0.99), perSecond }
}

function upload(csv: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(
      '--bench\r\ncontent-disposition: form-data; name="file"; filename="bench.csv"\r\ncontent-type: text/csv\r\n\r\n',
    ),
    csv,
    Buffer.from('\r\n--bench--\r\n'),
  ])
}

interface ImportState {
  id: string
  state: string
  refusal: string | null
  rows: { wrong: number; ready: number }
}

async function waitFor(id: string, states: string[]): Promise<ImportState> {
  const until = Date.now() + 300_000
  while (Date.now() < until) {
    const seen = await json<ImportState>('GET', `/api/v1/imports/${id}`)
    if (states.includes(seen.state)) return seen
    if (['refused', 'failed', 'cancelled'].includes(seen.state))
      throw new Error(`import ${seen.state}: ${seen.refusal}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('import took more than five minutes')
}

async function run(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'obcms-bench-'))
  const port = await freePort()
  base = `http://127.0.0.1:${port}`
  let { child, ms: firstStart } = await startSystem(dataDir, port)
  try {
    await stopSystem(child)
    const again = await startSystem(dataDir, port)
    child = again.child
    cookie = (await ask('POST', '/api/v1/session', { email, password })).cookie ?? ''

    const emails = Array.from({ length: 8 }, (_, lane) => `bench${lane}@localhost.localdomain`)
    for (const one of emails) await createAdministrator(dataDir, one)

    const csv = Buffer.from(communitiesCsv(rows))
    let id = ''
    const check = await watched(child, async () => {
      id = (await json<ImportState>('POST', '/api/v1/imports', upload(csv))).id
      const seen = await waitFor(id, ['checked'])
      if (seen.rows.wrong > 0) throw new Error(`${seen.rows.wrong} rows of the bench file are wrong`)
    })
    const apply = await watched(child, async () => {
      await json('POST', `/api/v1/imports/${id}/apply`, {})
      await waitFor(id, ['applied'])
    })
    const exported = async (format: string) => {
      let bytes = 0
      const result = await watched(child, async () => {
        await ask('GET', `/api/v1/communities/export?format=${format}`, undefined, (chunk) => {
          bytes += chunk.length
        })
      })
      return { ...result, megabytes: bytes / 1_048_576 }
    }
    const exports = { csv: await exported('csv'), xlsx: await exported('xlsx'), geojson: await exported('geojson') }

    const page = await json<{ items: { id: string }[] }>('GET', '/api/v1/communities?limit=200')
    const ids = page.items.map((item) => item.id)
    const words = [
      'ala',
      'zam',
      'cotab',
      'gen san',
      'sto nino',
      'pob',
      'isa',
      'dapit',
      'ipil',
      'koro',
      'marbel',
      'malapatan',
      'brgy ayala',
      'davao',
    ]
    const loads = [
      await load('`/health/` (reference)', 20, 5_000, () => ask('GET', '/health/')),
      await load('place search', 20, 3_000, (i) =>
        ask('GET', `/api/v1/places?q=${encodeURIComponent(words[i % words.length] ?? '')}`),
      ),
      await load('place search, one at a time', 1, 1_000, (i) =>
        ask('GET', `/api/v1/places?q=${encodeURIComponent(words[i % words.length] ?? '')}`),
      ),
      await load('communities, first page by name', 20, 2_000, () => ask('GET', '/api/v1/communities?limit=25')),
      await load('communities of Region XII, by population', 20, 1_000, () =>
        ask('GET', '/api/v1/communities?limit=25&place=1200000000&sort=-population'),
      ),
      await load('communities, words', 20, 500, (i) => ask('GET', `/api/v1/communities?limit=25&q=bench%20${i % 900}`)),
      await load('one community', 20, 3_000, (i) => ask('GET', `/api/v1/communities/${ids[i % ids.length]}`)),
      await load('register a community', 10, 1_000, (i) =>
        ask('POST', '/api/v1/communities', {
          name: `Bench registration ${i}`,
          barangayCode: '1208001001',
          status: 'confirmed',
          statusSource: 'bench',
          statusDate: '2026-01-15',
        }),
      ),
      await load('figures of the home page', 5, 100, () => ask('GET', '/api/v1/communities/figures')),
      await load('sign-in', emails.length, 400, (_, lane) =>
        ask('POST', '/api/v1/session', { email: emails[lane], password }),
      ),
    ]
    const rest = memoryOf(child)
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return report({ version, firstStart, nextStart: again.ms, check, apply, exports, loads, rest })
  } finally {
    await stopSystem(child)
    agent.destroy()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

interface Result {
  version: string
  firstStart: number
  nextStart: number
  check: { seconds: number; extra: number }
  apply: { seconds: number; extra: number }
  exports: Record<string, { seconds: number; extra: number; megabytes: number }>
  loads: Load[]
  rest: number
}

const n = (value: number, digits = 1): string => value.toFixed(digits)

function report(result: Result): string {
  const reference = result.loads[0]?.perSecond ?? 1
  const thousand = rows.toLocaleString('en-PH')
  return `# Performance

Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: OBCMS ${result.version}, Node ${process.version}, embedded PostgreSQL 18, ${thousand} communities,
${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB. System, database and load generator share the machine; one process serves web and jobs.

| start | seconds |
|---|---|
| first start, from nothing to ready (web pages built already) | ${n(result.firstStart / 1000)} |
| next start | ${n(result.nextStart / 1000)} |

| whole file | seconds | extra memory, MB |
|---|---|---|
| import, check of ${thousand} rows (CSV) | ${n(result.check.seconds)} | ${n(result.check.extra, 0)} |
| import, register ${thousand} rows | ${n(result.apply.seconds)} | ${n(result.apply.extra, 0)} |
${Object.entries(result.exports)
  .map(
    ([format, r]) =>
      `| export, ${thousand} rows as ${format} (${n(r.megabytes)} MB) | ${n(r.seconds)} | ${n(r.extra, 0)} |`,
  )
  .join('\n')}

| request | p50 ms | p95 ms | p99 ms | per second | of \`/health/\` |
|---|---|---|---|---|---|
${result.loads
  .map(
    (l) =>
      `| ${l.name} | ${n(l.p50)} | ${n(l.p95)} | ${n(l.p99)} | ${n(l.perSecond, 0)} | ${n((100 * l.perSecond) / reference, 0)} % |`,
  )
  .join('\n')}

Times are those of the caller, with 20 requests under way (registrations 10, sign-ins 8, figures 5) unless the row says otherwise. Memory of the process after the run: ${n(result.rest, 0)} MB.
`
}

const text = await run()
console.log(text)
if (process.argv.includes('--write')) writeFileSync(join(root, 'docs/performance.md'), text)
