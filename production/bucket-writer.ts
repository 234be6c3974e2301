/** Begins a large object and never ends it: `node production/bucket-writer.ts <settings as JSON>`; says so once parts are there. */
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { s3Store } from '#server/platform/storage/s3-store.ts'

async function* slowly() {
  for (let index = 0; index < 24; index += 1) yield Buffer.alloc(1_048_576)
  await sleep(1_000)
  console.log('under way')
  await sleep(60_000)
}

await s3Store(JSON.parse(process.argv[2] ?? '{}')).put(
  'objects/killed',
  Readable.from(slowly(), { objectMode: false }),
  { bytes: 50_000_000, sha256: '0'.repeat(64) },
)
