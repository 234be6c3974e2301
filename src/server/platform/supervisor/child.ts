import cluster from 'node:cluster'
import type { ChildMessage, ParentMessage } from './messages.ts'

/** This process was made by a supervisor. */
export const isSupervised = cluster.isWorker

/** Resolves when the message has left; a supervisor that is gone is told nothing. */
function tell(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!isSupervised || !process.connected) return resolve()
    process.send?.(message, undefined, undefined, () => resolve())
  })
}

let done = 0

/** What a process tells its supervisor; without one it does nothing. */
export const supervision = {
  /** The process serves; from now on it gives a sign of life, each second or four times in `stallSeconds`. */
  ready({ stallSeconds }: { stallSeconds: number }): void {
    const beat = () => tell({ type: 'beat', memoryMb: Math.round(process.memoryUsage.rss() / 1_048_576), ended: done })
    void tell({ type: 'ready' })
    if (isSupervised) setInterval(beat, Math.min(1_000, stallSeconds * 250)).unref()
  },
  /** The process cannot start, and why. */
  failed: (sentence: string): Promise<void> => tell({ type: 'failed', sentence }),
  /** A job runs; the process is killed with it at `killAt` (milliseconds since 1970). */
  began: (id: string, killAt: number): void => void tell({ type: 'began', id, killAt }),
  ended: (id: string): void => void tell({ type: 'ended', id }),
  /** This process listens no more. Resolves when none does, or the supervisor is gone. */
  async closed(): Promise<void> {
    if (!isSupervised || !process.connected) return
    const released = Promise.withResolvers<void>()
    process.on('message', (message: ParentMessage) => message.type === 'release' && released.resolve())
    process.once('disconnect', released.resolve)
    await tell({ type: 'closed' })
    await released.promise
  },
  /** One more request or job is done. */
  count(): void {
    done += 1
  },
}

/** Resolves when the supervisor tells this process to end, or is gone. */
export function untilTold(): Promise<{ all: boolean }> {
  return new Promise((resolve) => {
    process.on('message', (message: ParentMessage) => {
      if (message.type === 'drain') resolve({ all: message.all })
    })
    // What Node itself still tells a supervisor that has just died must not take this process along.
    cluster.worker?.on('error', () => {})
    cluster.worker?.once('disconnect', () => {
      // Otherwise Node ends the process on the spot, in the middle of its requests.
      if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
      resolve({ all: false })
    })
  })
}
