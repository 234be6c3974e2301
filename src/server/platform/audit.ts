import { sql } from 'kysely'
import type { Actor } from './actor.ts'
import type { Clock } from './clock.ts'
import type { Tx } from './db.ts'

/** Who did it: a person, or the system itself by name (`import job`, `obcms demo`). */
export type Doer = Actor | { system: string }

export interface AuditEntry {
  /** Past tense: `community.confirmed`. */
  action: string
  subject: { type: string; id: string }
  before?: Record<string, unknown> | null
  after?: Record<string, unknown> | null
}

/** The fields in which two records differ, as the audit trail keeps them. */
export function changedFields(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const changed = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  const pick = (record: Record<string, unknown>) => Object.fromEntries(changed.map((key) => [key, record[key] ?? null]))
  return { before: pick(before), after: pick(after) }
}

/** Writes to the append-only trail in the caller's transaction. */
export async function audit(tx: Tx, clock: Clock, doer: Doer, entry: AuditEntry): Promise<void> {
  const person = 'system' in doer ? null : doer
  await tx
    .insertInto('audit_events')
    .values({
      at: clock.now(),
      actor_id: person?.userId ?? null,
      actor_name: person?.name ?? ('system' in doer ? doer.system : ''),
      action: entry.action,
      subject_type: entry.subject.type,
      subject_id: entry.subject.id,
      before: entry.before ? sql`${JSON.stringify(entry.before)}::jsonb` : null,
      after: entry.after ? sql`${JSON.stringify(entry.after)}::jsonb` : null,
      request_id: person?.requestId ?? null,
      address: person?.address ?? null,
    })
    .execute()
}
