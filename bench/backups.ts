/**
 * `node bench/backups.ts`: how fast a backup is made, proved, read and restored, with the real command on the built-in database:
 * 100,000 communities with their history, and 1 GB of files. `BENCH_ROWS` and `BENCH_MB` make it smaller.
 */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { systemClock } from '#server/platform/clock.ts'
import { openDb } from '#server/platform/db.ts'
import { startEmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { filesystemStore, openStorage } from '#server/platform/storage.ts'

const bin = fileURLToPath(new URL('../bin/obcms', import.meta.url))
const rows = Number(process.env.BENCH_ROWS ?? 100_000)
const megabytes = Number(process.env.BENCH_MB ?? 1_000)
const dir = mkdtempSync(join(tmpdir(), 'obcms-bench-backups-'))
const place = (name: string) => join(dir, name)

function obcms(args: string[], dataDir = place('office')): Promise<{ seconds: number; said: string }> {
  const began = performance.now()
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    DATABASE_URL: '',
    DATA_DIR: dataDir,
    BACKUP_DIR: place('backups'),
    BACKUP_PASSPHRASE: 'a passphrase of the bench',
  }
  const child = spawn(process.execPath, [bin, ...args], { env, cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk))
  return new Promise((resolve, reject) =>
    child.on('close', (code) =>
      code === 0
        ? resolve({ seconds: (performance.now() - began) / 1_000, said })
        : reject(new Error(`obcms ${args.join(' ')} ended with ${code}: ${said}`)),
    ),
  )
}

async function fill(): Promise<void> {
  const server = await startEmbeddedPostgres({
    dataDir: join(place('office'), 'postgres'),
    log: { info: () => {}, warn: console.error },
  })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(
    `WITH numbered AS (SELECT p.*, row_number() OVER (ORDER BY code) - 1 AS n, count(*) OVER () AS many FROM places p
       WHERE p.code LIKE '12%' AND p.city_code IS NOT NULL AND p.city_code <> p.code)
     INSERT INTO communities (id, office_id, name, barangay_code, city_code, province_code, region_code, status, status_source,
       status_date, population, primary_group, created_at, updated_at)
     SELECT gen_random_uuid(), 'BENCH-' || s, 'Community ' || s, p.code, p.city_code, p.province_code, p.region_code, 'confirmed',
       'bench', '2026-01-15', s % 900, 'Maguindanaon', now(), now()
     FROM generate_series(1, $1::int) AS s JOIN numbered p ON p.n = s % p.many`,
    [rows],
  )
  await client.query(
    `INSERT INTO audit_events (at, actor_name, action, subject_type, subject_id, after)
     SELECT now(), 'bench', 'community.created', 'community', id, jsonb_build_object('name', name, 'population', population)
     FROM communities`,
  )
  await client.end()
  const db = openDb({ url: server.url, poolSize: 2 })
  const storage = openStorage({
    db,
    clock: systemClock,
    stores: new Map([['filesystem', filesystemStore(join(place('office'), 'files'))]]),
    preferred: 'filesystem',
    spoolDir: join(place('office'), 'spool'),
  })
  for (let done = 0; done < megabytes; done += 2)
    await storage.keep(Readable.from([randomBytes(2_000_000)], { objectMode: false }), { maxBytes: 2 ** 24 })
  await db.close()
  await server.stop()
}

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)

try {
  await obcms(['migrate'])
  await fill()
  const files = join(place('office'), 'files')
  const began = performance.now()
  cpSync(files, place('copy'), { recursive: true })
  execFileSync('sync')
  const copied = (performance.now() - began) / 1_000
  rmSync(place('copy'), { recursive: true })
  const line = (what: string, seconds: number, more = '') =>
    console.log(`| ${what} | ${seconds.toFixed(1)} s | ${more} |`)
  const speed = (seconds: number) => `${(sizeOf(files) / 1_000_000 / seconds).toFixed(0)} MB of files a second`
  console.log(
    `${rows} communities, ${megabytes} MB of files; ${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}\n`,
  )
  console.log('| step | time | |\n|---|---|---|')
  line('plain copy of the files, to compare', copied, speed(copied))
  const first = await obcms(['backup'])
  line(
    'first backup',
    first.seconds,
    `${speed(first.seconds)}; ${(sizeOf(place('backups')) / 1_000_000).toFixed(0)} MB on the target`,
  )
  const second = await obcms(['backup'])
  line('next backup, no new files', second.seconds, second.said.match(/[\d.]+ MB written/)?.[0])
  line('verify --all-objects', (await obcms(['backup', 'verify', '--all-objects'])).seconds)
  line('prove', (await obcms(['backup', 'prove'])).seconds, 'restored into a scratch database, every table compared')
  const restored = await obcms(['restore', 'latest'], place('next'))
  line('restore on an empty system', restored.seconds, speed(restored.seconds))
} finally {
  rmSync(dir, { recursive: true, force: true })
}
