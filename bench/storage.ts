/**
 * How much memory a large file takes on its way into a store and out of it, and how fast it goes.
 *
 * `node bench/storage.ts [MB] [filesystem|s3]`: 5,000 MB through both by default; the bucket is OpenStack Swift on this machine.
 */
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { S3Settings } from '#server/platform/config.ts'
import { s3Store } from '#server/platform/storage/s3-store.ts'
import { filesystemStore, type ObjectStore } from '#server/platform/storage.ts'
import { noS3, startS3 } from '#testing/peers/s3.ts'

const mebibyte = 1_048_576

export interface StorageFigures {
  store: string
  megabytes: number
  /** Most resident memory while it ran beyond what there was before, MB. */
  put: { seconds: number; megabytes: number }
  get: { seconds: number; megabytes: number }
}

interface Task {
  dir: string
  s3?: S3Settings | undefined
  megabytes: number
  /** Worked out elsewhere: what hashing leaves behind would count as memory that was there before. */
  hashes: { few: string; all: string }
}

/** As much as a socket hands over at once. */
const blockBytes = 65_536

const pattern = Buffer.alloc(blockBytes, createHash('sha512').update('block').digest())

/** The same bytes each time, no two blocks alike; each in memory of its own, as from a socket. */
function* blocks(megabytes: number): Generator<Buffer> {
  for (let index = 0; index < (megabytes * mebibyte) / blockBytes; index += 1) {
    const block = Buffer.from(pattern)
    block.writeUInt32LE(index)
    yield block
  }
}

async function measure<T>(work: () => Promise<T>): Promise<{ seconds: number; megabytes: number }> {
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 10)
  const began = performance.now()
  await work()
  clearInterval(timer)
  const seconds = (performance.now() - began) / 1_000
  return { seconds, megabytes: (most - before) / mebibyte }
}

function hashOf(megabytes: number): string {
  const hash = createHash('sha256')
  for (const block of blocks(megabytes)) hash.update(block)
  return hash.digest('hex')
}

async function carry({ dir, s3, megabytes, hashes }: Task): Promise<StorageFigures> {
  const store: ObjectStore = s3 ? s3Store(s3) : filesystemStore(join(dir, 'files'))
  const put = (key: string, count: number, sha256: string) =>
    store.put(key, Readable.from(blocks(count), { objectMode: false }), { bytes: count * mebibyte, sha256 })
  const read = async (key: string, count: number, sha256: string) => {
    const hash = createHash('sha256')
    const sink = new Writable({
      write(chunk, _encoding, done) {
        hash.update(chunk)
        done()
      },
    })
    await pipeline(await store.get(key, { bytes: count * mebibyte }), sink)
    if (hash.digest('hex') !== sha256) throw new Error('other bytes came out than went in')
  }
  // What the code itself takes is not the file's.
  await put('objects/first', 1, hashes.few)
  await read('objects/first', 1, hashes.few)
  const figures = {
    store: store.name,
    megabytes,
    put: await measure(() => put('objects/large', megabytes, hashes.all)),
    get: await measure(() => read('objects/large', megabytes, hashes.all)),
  }
  await store.close?.()
  return figures
}

/** In a process of its own, whose memory is the transfer's alone. */
export async function carryThrough(name: 'filesystem' | 's3', megabytes: number): Promise<StorageFigures> {
  const dir = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'obcms-storage-bench-'))
  const peer = name === 's3' ? await startS3({ dir: join(dir, 'bucket') }) : undefined
  try {
    const child = fork(fileURLToPath(import.meta.url), ['--carry'], { execArgv: ['--expose-gc'] })
    const hashes = { few: hashOf(1), all: hashOf(megabytes) }
    child.send({ dir, s3: peer?.settings, megabytes, hashes } satisfies Task)
    const [answer] = await Promise.race([once(child, 'message'), once(child, 'exit')])
    if (typeof answer !== 'object' || !answer) throw new Error(`the transfer ended with ${answer}`)
    return answer as StorageFigures
  } finally {
    await peer?.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

if (process.argv.includes('--carry') && process.send) {
  const [task] = (await once(process, 'message')) as [Task]
  process.send(await carry(task))
  process.disconnect()
} else if (import.meta.main) {
  const [megabytes = '5000', only] = process.argv.slice(2)
  const { bavail, bsize } = statfsSync(tmpdir())
  console.log(
    `${availableParallelism()} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${Math.floor((bavail * bsize) / 1e9)} GB free`,
  )
  for (const name of ['filesystem', 's3'] as const) {
    if (only && only !== name) continue
    if (name === 's3' && noS3) {
      console.log(noS3)
      continue
    }
    const { put, get } = await carryThrough(name, Number(megabytes))
    for (const [what, { seconds, megabytes: more }] of Object.entries({ put, get }))
      console.log(
        `${name} ${what}: ${megabytes} MB in ${seconds.toFixed(1)} s (${(Number(megabytes) / seconds).toFixed(0)} MB/s), ${more.toFixed(0)} MB more memory at most`,
      )
  }
}
