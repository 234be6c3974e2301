import type { Tx } from '#server/platform/db.ts'
import type { Emit } from '#server/platform/events/events.ts'
import { findAnnounced } from './imports.reads.ts'

/** Pages redraw no oftener. */
const progressEveryMs = 1_000

/** Tells the person who uploaded the file; to be called last in the transaction that changed its import. */
export interface Announcements {
  changed(tx: Tx, importId: string): Promise<void>
  /** Rows were handled; says so about once a second. */
  progressed(tx: Tx, importId: string): Promise<void>
}

export function announcements(emit: Emit): Announcements {
  const saidAt = new Map<string, number>()

  async function say(tx: Tx, importId: string): Promise<void> {
    const found = await findAnnounced(tx, importId)
    if (found) await emit(tx, { kind: 'import.changed', ...found })
  }

  return {
    async changed(tx, importId) {
      saidAt.delete(importId)
      await say(tx, importId)
    },
    async progressed(tx, importId) {
      const now = performance.now()
      if (now - (saidAt.get(importId) ?? Number.NEGATIVE_INFINITY) < progressEveryMs) return
      saidAt.set(importId, now)
      await say(tx, importId)
    },
  }
}
