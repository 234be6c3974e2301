/**
 * `node bench/media.ts`: how fast all files move from the volume to a bucket and back, beside what either side reaches alone in the
 * same run: reading everything from one, writing everything to the other. Prints Markdown with hardware and versions.
 * BENCH_SMALL, BENCH_LARGE: how many objects of 20 kB and of 50 MB.
 */
import { randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { copyingService, eachOf } from '#server/modules/media/copying.service.ts'
import { findNewestMove, insertMove } from '#server/modules/media/media.repo.ts'
import { movingService } from '#server/modules/media/moving.service.ts'
import { systemClock } from '#server/platform/clock.ts'
import { type Db, openDb } from '#server/platform/db.ts'
import { startEmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { migrate } from '#server/platform/migrate.ts'
import { s3Store } from '#server/platform/storage/s3-store.ts'
import { filesystemStore, type ObjectStore, objectKey, openStorage, type StoreName } from '#server/platform/storage.ts'
import { startS3 } from '#testing/peers/s3.ts'

const small = Number(process.env.BENCH_SMALL ?? 2_000)
const large = Number(process.env.BENCH_LARGE ?? 6)
const [smallBytes, largeBytes] = [20_000, 50_000_000]
const silent = pino({ level: 'silent' })
const endless = new AbortController().signal

interface Kept {
  sha256: string
  bytes: number
}

const dataDir = mkdtempSync(join(tmpdir(), 'obcms-bench-media-'))
const [server, s3] = await Promise.all([startEmbeddedPostgres({ dataDir, log: silent }), startS3()])
let db: Db | undefined
try {
  await migrate(server.url, { say: () => {}, finish: async () => {} })
  db = openDb({ url: server.url, poolSize: 10 })
  const volume = filesystemStore(join(dataDir, 'files'))
  const bucket = s3Store(s3.settings)
  const stores = new Map<StoreName, ObjectStore>([
    ['filesystem', volume],
    ['s3', bucket],
  ])
  const deps = { db, clock: systemClock, log: silent }
  const storage = openStorage({ ...deps, stores, preferred: 'filesystem', spoolDir: join(dataDir, 'spool') })
  const copying = copyingService({ ...deps, storage })
  const moving = movingService({ ...deps, storage, copying, preferred: 'filesystem' })

  const kept: Kept[] = []
  for (let n = 0; n < small + large; n += 1) {
    const content = randomFillSync(Buffer.allocUnsafe(n < small ? smallBytes : largeBytes))
    kept.push(await storage.keep(Readable.from([content], { objectMode: false }), { maxBytes: 2 * largeBytes }))
  }
  kept.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
  const total = small * smallBytes + large * largeBytes

  /** As many at once as a move does. @returns seconds */
  async function timed(work: (object: Kept) => Promise<void>): Promise<number> {
    const began = performance.now()
    await eachOf(async (after) => kept.filter(({ sha256 }) => sha256 > after).slice(0, 500), work, endless)
    return (performance.now() - began) / 1_000
  }
  const readAll = (store: ObjectStore) =>
    timed(async ({ sha256, bytes }) => {
      for await (const _ of await store.get(objectKey(sha256), { bytes })) void _
    })
  const content = new Map<string, Buffer>()
  async function writeAll(store: ObjectStore): Promise<number> {
    const seconds = await timed((object) => {
      const bytes = content.get(object.sha256) ?? Buffer.alloc(0)
      const chunks = Array.from({ length: Math.ceil(bytes.length / 262_144) }, (_, n) =>
        bytes.subarray(n * 262_144, (n + 1) * 262_144),
      )
      return store.put(`trial/${object.sha256}`, Readable.from(chunks, { objectMode: false }), object)
    })
    for (const { sha256 } of kept) await store.remove(`trial/${sha256}`)
    return seconds
  }
  async function moveAll(target: StoreName): Promise<{ copied: number; verified: number }> {
    await db?.transact((tx) => insertMove(tx, { target, limit: null, startedBy: null }, systemClock.now()))
    const outcome = await moving.work({ signal: endless })
    const ended = systemClock.now()
    const move = db && (await findNewestMove(db))
    if ((outcome !== 'done' && outcome !== 'switched') || !move?.verifyingSince)
      throw new Error(`the move is ${outcome}`)
    const seconds = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 1_000
    return { copied: seconds(move.startedAt, move.verifyingSince), verified: seconds(move.verifyingSince, ended) }
  }

  for (const { sha256, bytes } of kept) {
    const chunks: Buffer[] = []
    for await (const chunk of await volume.get(objectKey(sha256), { bytes })) chunks.push(chunk)
    content.set(sha256, Buffer.concat(chunks))
  }
  const [readVolume, writeBucket] = [await readAll(volume), await writeAll(bucket)]
  const there = await moveAll('s3')
  const [readBucket, writeVolume] = [await readAll(bucket), await writeAll(volume)]
  await db.transact(async (tx) => {
    await tx.deleteFrom('object_copies').where('store', '=', 'filesystem').execute()
    await tx.updateTable('media_moves').set({ state: 'cancelled' }).execute()
  })
  for (const { sha256 } of kept) await volume.remove(objectKey(sha256))
  const back = await moveAll('filesystem')

  const speed = (seconds: number) =>
    `${(total / seconds / 1e6).toFixed(1)} MB/s, ${Math.round(kept.length / seconds).toLocaleString('en')} objects/s`
  const share = (seconds: number, one: number, other: number) =>
    `${Math.round((Math.max(one, other) / seconds) * 100)} %`
  console.log(`${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB; Node ${process.versions.node}, PostgreSQL 18 embedded, OpenStack Swift with its S3 API, all on this machine; ${small.toLocaleString('en')} objects of 20 kB and ${large} of 50 MB

| what | figure | of the slower side (bar: 80 %) |
|---|---|---|
| volume, reading alone | ${speed(readVolume)} | |
| bucket, writing alone | ${speed(writeBucket)} | |
| move to the bucket, copying | ${speed(there.copied)} | ${share(there.copied, readVolume, writeBucket)} |
| bucket, reading alone | ${speed(readBucket)} | |
| move to the bucket, verifying | ${speed(there.verified)} | ${share(there.verified, readBucket, 0)} |
| volume, writing alone | ${speed(writeVolume)} | |
| move to the volume, copying | ${speed(back.copied)} | ${share(back.copied, readBucket, writeVolume)} |
| move to the volume, verifying | ${speed(back.verified)} | ${share(back.verified, readVolume, 0)} |`)
  await bucket.close?.()
} finally {
  await db?.close()
  await s3.stop()
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
