/**
 * A process that keeps and reads files without pause, as web processes and workers do, until it is told to stop. Standard input
 * tells it so; its last line on standard output is what it met.
 */
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { loadConfig } from '#server/platform/config.ts'
import { openDb } from '#server/platform/db.ts'
import { storageOf } from '#server/roots/storage.ts'

export interface Met {
  reads: number
  writes: number
  failures: string[]
}

const config = loadConfig(process.env)
const url = config.databaseUrl ?? ''
const db = openDb({ ...config, url, poolSize: 4 })
const storage = await storageOf(config, db)
const rows = new pg.Client({ connectionString: url })
await rows.connect()
const met: Met = { reads: 0, writes: 0, failures: [] }
let isOver = false
let known: string[] = []

async function look(): Promise<void> {
  while (!isOver) {
    known = (await rows.query<{ sha256: string }>('SELECT sha256 FROM objects')).rows.map(({ sha256 }) => sha256)
    for (let n = 0; n < 10 && !isOver; n += 1) await sleep(100)
  }
}
async function read(): Promise<void> {
  while (!isOver) {
    await sleep(20)
    const sha256 = known[Math.floor(Math.random() * known.length)]
    if (!sha256) continue
    try {
      const hash = createHash('sha256')
      for await (const chunk of (await storage.read(sha256)).stream) hash.update(chunk as Buffer)
      if (hash.digest('hex') !== sha256) throw new Error('other bytes')
      met.reads += 1
    } catch (error) {
      met.failures.push(`read ${sha256}: ${String(error)} ${String((error as Error).cause ?? '')}`)
    }
  }
}
async function write(): Promise<void> {
  while (!isOver) {
    await sleep(150)
    const content = randomBytes(500 + Math.floor(Math.random() * 30_000))
    try {
      const kept = await storage.keep(Readable.from([content], { objectMode: false }), { maxBytes: 2 ** 20 })
      if (kept.sha256 !== createHash('sha256').update(content).digest('hex')) throw new Error('other bytes')
      met.writes += 1
    } catch (error) {
      met.failures.push(`write: ${String(error)} ${String((error as Error).cause ?? '')}`)
    }
  }
}

process.stdin.once('data', () => {
  isOver = true
})
process.stdout.write('begun\n')
await Promise.all([look(), read(), read(), write()])
await rows.end()
await storage.close?.()
await db.close()
process.stdout.write(`${JSON.stringify(met)}\n`, () => process.exit(0))
