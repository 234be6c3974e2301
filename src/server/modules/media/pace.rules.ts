import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until so many bytes may pass. */
export type Pace = (bytes: number, signal?: AbortSignal) => Promise<void>

/** A second that was not used up is not saved for later, beyond this. */
const savedMs = 200

/** One pace for everything that takes from it. @param bytesPerSecond null: without a limit */
export function paceOf(bytesPerSecond: number | null): Pace {
  if (bytesPerSecond === null) return async () => {}
  let freeAt = performance.now()
  return async (bytes, signal) => {
    const now = performance.now()
    const wait = Math.max(freeAt, now - savedMs) - now
    freeAt = Math.max(freeAt, now - savedMs) + (bytes / bytesPerSecond) * 1_000
    if (wait > 0) await sleep(wait, undefined, { signal })
  }
}

/** The same bytes, no faster than that; to be destroyed by whoever does not read it to its end. */
export function paced(source: Readable, take: (bytes: number) => Promise<void>): Readable {
  const slow = Readable.from(
    (async function* () {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        await take(chunk.length)
        yield chunk
      }
    })(),
    { objectMode: false, highWaterMark: 256 * 1024 },
  )
  // A generator that was never asked does not let go of its source.
  slow.once('close', () => source.destroy())
  return slow
}
