import { sql } from 'kysely'

/** One entry of a record's trail; the fields that changed, before and after. */
export interface Change {
  id: number
  at: Date
  by: string
  action: string
  before: Record<string, unknown>
  after: Record<string, unknown>
}

/** Of `audit_events`, as `Change`. */
export const changeColumns = sql`id, at, actor_name as by, action, coalesce(before, '{}') as before, coalesce(after, '{}') as after`
