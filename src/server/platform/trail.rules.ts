import type { ChangedMeanwhile } from '#contract/communities.ts'
import type { Change } from './trail.reads.ts'

/** Kept in the trail beside the fields that a person knows. */
const bookkeeping = new Set(['version', 'contactId'])

/** The fields that a person knows, of those that an entry speaks of. */
export const fieldsOf = (change: Change): string[] =>
  [...new Set([...Object.keys(change.before), ...Object.keys(change.after)])].filter((field) => !bookkeeping.has(field))

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

/** What others changed, oldest change first, against what was `sent`. A field changed forth and back is not in it. */
export function changedMeanwhile(changes: readonly Change[], sent: Record<string, unknown>): ChangedMeanwhile[] {
  const fields = new Map<string, { base: unknown; theirs: unknown }>()
  for (const change of changes) {
    for (const field of fieldsOf(change)) {
      const base = fields.has(field) ? fields.get(field)?.base : (change.before[field] ?? null)
      fields.set(field, { base, theirs: change.after[field] ?? null })
    }
  }
  return [...fields]
    .filter(([, { base, theirs }]) => !same(base, theirs))
    .map(([field, { base, theirs }]) =>
      field in sent
        ? { field, base, theirs, mine: sent[field], collides: !same(sent[field], theirs) }
        : { field, base, theirs, collides: false },
    )
}
