import { v7 as uuidv7 } from 'uuid'
import { audit, type Doer } from '#server/platform/audit.ts'
import type { Clock } from '#server/platform/clock.ts'
import { brokenUnique, type Tx } from '#server/platform/db.ts'
import { AppError } from '#server/platform/errors.ts'
import { listDemoWithFiles } from './communities.reads.ts'
import { deleteDemoCommunities, insertCommunities } from './communities.repo.ts'
import type { ImportedCommunity } from './communities.rules.ts'
import { type ContactOfMany, insertContacts } from './contacts.repo.ts'

export interface RegisterOptions {
  /** The import that registers them. */
  importId?: string
  /** Made-up records, removable together. */
  demo?: boolean
}

/** Rows of one statement: 1.5 MB of JSON as a rule. */
const batchSize = 2000

/**
 * Registers rows that `parseCommunityInput` and `barangayProblem` found right; nothing is checked again. Batches of any size;
 * rows without an office id get one, every row an audit entry.
 * @returns how many there were
 * @throws AppError `already_exists` when an office id was taken meanwhile
 */
export async function registerMany(
  tx: Tx,
  clock: Clock,
  doer: Doer,
  batches: Iterable<readonly ImportedCommunity[]> | AsyncIterable<readonly ImportedCommunity[]>,
  { importId, demo = false }: RegisterOptions = {},
): Promise<number> {
  let count = 0
  for await (const rows of batches) {
    for (let from = 0; from < rows.length; from += batchSize) {
      const batch = rows.slice(from, from + batchSize).map((row) => ({ ...row, id: uuidv7() }))
      try {
        await insertCommunities(tx, batch, { doer, now: clock.now(), importId: importId ?? null, demo })
      } catch (error) {
        if (brokenUnique(error) !== 'communities_office_id_key') throw error
        throw new AppError('already_exists', 'An OBC ID was taken by another community meanwhile.', {}, error)
      }
      count += batch.length
    }
  }
  return count
}

/** Contact persons of communities that were just registered; nothing is checked again. */
export async function addContacts(tx: Tx, clock: Clock, doer: Doer, contacts: readonly ContactOfMany[]): Promise<void> {
  if (contacts.length > 0) await insertContacts(tx, contacts, { doer, now: clock.now() })
}

/** Takes away every made-up record but those with files on them. @returns how many there were, and how many stay */
export async function removeDemo(tx: Tx, clock: Clock, doer: Doer): Promise<{ removed: number; kept: number }> {
  const kept = await listDemoWithFiles(tx)
  const removed = await deleteDemoCommunities(tx, kept)
  if (removed > 0)
    await audit(tx, clock, doer, {
      action: 'communities.demo_removed',
      subject: { type: 'communities', id: 'demo' },
      after: { count: removed },
    })
  return { removed, kept: kept.length }
}
