import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { extendLease, releaseLease, takeLease } from './uploads.repo.ts'

/** Seconds that a lease lasts without a sign of life: so long an upload waits when its process was killed. */
export const leaseSeconds = 10
const beatMs = 2_000
/** Before the others may take it, its holder has stopped. */
const marginMs = 2_000
const lookMs = 200
const waitMs = 25_000

/** One at a time works on an upload, over all processes and machines; no connection of the database is held meanwhile. */
export interface Lease {
  token: string
  /** @throws when others may have taken over: nothing may be written any more */
  assertHeld(): void
  /** Harmless when it ended with the upload. @param received bytes that are safe, where that is known anew */
  release(received?: number): Promise<void>
  /** Its row is let go with the change that ends the upload. */
  forget(): void
}

export interface Leases {
  /**
   * Asks who has it to stop, and waits.
   * @param whenWanted called when another waits, and when the lease was lost
   * @throws AppError `not_found`, `unavailable`
   */
  take(id: string, whenWanted: () => void): Promise<Lease>
  /** Takes it, works, and lets it go. */
  during(id: string, work: (lease: Lease) => Promise<void>): Promise<void>
  /** A lease that was written with its upload. */
  hold(id: string, token: string, whenWanted: () => void): Lease
  /** This process ends: whoever works should come to an end. */
  askAll(): void
}

export function createLeases({ db, clock, log }: Pick<ModuleDeps, 'db' | 'clock' | 'log'>): Leases {
  const wanted = new Map<string, () => void>()

  function hold(id: string, token: string, whenWanted: () => void, since = performance.now()): Lease {
    let until = since + leaseSeconds * 1_000 - marginMs
    let isAsked = false
    const ask = () => {
      if (isAsked) return
      isAsked = true
      whenWanted()
    }
    const beat = setInterval(async () => {
      const at = performance.now()
      try {
        const isWanted = await db.transact((tx) => extendLease(tx, id, token, leaseSeconds, clock.now()))
        if (isWanted === undefined) until = 0
        else until = at + leaseSeconds * 1_000 - marginMs
        if (isWanted !== false) ask()
      } catch (err) {
        log.warn({ err, uploadId: id }, 'the lease of an upload was not extended')
      }
    }, beatMs).unref()
    let isForgotten = false
    const forget = () => {
      isForgotten = true
      clearInterval(beat)
      if (wanted.get(id) === ask) wanted.delete(id)
    }
    wanted.set(id, ask)
    return {
      token,
      assertHeld() {
        if (performance.now() < until) return
        throw new AppError('unavailable', 'The upload was interrupted on our side. It goes on from where it is.', {
          retryAfter: 2,
        })
      },
      async release(received) {
        if (isForgotten) return
        forget()
        await db.transact((tx) => releaseLease(tx, id, token, received, clock.now()))
      },
      forget,
    }
  }

  async function take(id: string, whenWanted: () => void): Promise<Lease> {
    const token = randomUUID()
    for (const end = performance.now() + waitMs; performance.now() < end; await sleep(lookMs)) {
      const since = performance.now()
      const isTaken = await db.transact((tx) => takeLease(tx, id, token, leaseSeconds))
      if (isTaken === undefined) throw new AppError('not_found', 'There is no such upload.')
      if (isTaken) return hold(id, token, whenWanted, since)
      wanted.get(id)?.()
    }
    throw new AppError('unavailable', 'Another part of this file is just arriving. Try again in a moment.', {
      retryAfter: 2,
    })
  }

  return {
    take,
    hold,
    async during(id, work) {
      const lease = await take(id, () => {})
      try {
        await work(lease)
      } finally {
        await lease.release()
      }
    },
    askAll() {
      for (const ask of wanted.values()) ask()
    },
  }
}
