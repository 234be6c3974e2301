import { type Insertable, type Selectable, sql } from 'kysely'
import type { Reader, Tables, Tx } from '#server/platform/db.ts'

export type SampleRecord = Selectable<Tables['system_samples']>

export async function insertSample(tx: Tx, sample: Insertable<Tables['system_samples']>): Promise<void> {
  await tx
    .insertInto('system_samples')
    .values(sample)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The newest sample of each process that was seen since. */
export const listProcesses = (db: Reader, since: Date): Promise<SampleRecord[]> =>
  db
    .selectFrom(
      db
        .selectFrom('system_samples')
        .selectAll()
        .distinctOn('process_id')
        .where('at', '>', since)
        .orderBy('process_id')
        .orderBy('at', 'desc')
        .as('newest'),
    )
    .selectAll()
    .orderBy('kind', 'desc')
    .orderBy('started_at')
    .orderBy('process_id')
    .execute()

export interface NewEvent {
  at: Date
  event: string
  user_id: string | null
  address: string | null
  request_id: string | null
  facts: object
}

/** One statement of one text, however many there are. */
export async function insertEvents(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  await sql`
    INSERT INTO security_events (at, event, user_id, address, request_id, facts)
    SELECT at, event, user_id, address, request_id, facts
    FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
      AS entry (at timestamptz, event text, user_id uuid, address text, request_id text, facts jsonb)`.execute(tx)
}

/** The rest of a great many goes the next time: one statement must end in time. */
const mostAtOnce = 50_000

export async function removeOld(
  tx: Tx,
  before: { samples: Date; events: Date },
): Promise<{ samples: number; events: number }> {
  const samples = await tx.deleteFrom('system_samples').where('at', '<', before.samples).executeTakeFirst()
  const old = tx
    .selectFrom('security_events')
    .select('id')
    .where('at', '<', before.events)
    .orderBy('id')
    .limit(mostAtOnce)
  const events = await tx.deleteFrom('security_events').where('id', 'in', old).executeTakeFirst()
  return { samples: Number(samples.numDeletedRows), events: Number(events.numDeletedRows) }
}
