import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { ContactRole } from '#contract/communities.options.ts'
import type { ContactBody } from '#contract/communities.ts'
import type { Doer } from '#server/platform/audit.ts'
import type { Reader, Tx } from '#server/platform/db.ts'

export interface ContactRecord {
  id: string
  name: string
  role: ContactRole
  position: string | null
  phone: string | null
  email: string | null
  verifiedOn: string | null
  version: number
}
export type ContactInput = Omit<ContactRecord, 'id' | 'version'>

const contactColumns = [
  'id',
  'name',
  'role',
  'position',
  'phone',
  'email',
  'verified_on as verifiedOn',
  'version',
] as const

export async function listContacts(reader: Reader, communityId: string): Promise<ContactRecord[]> {
  const rows = await reader
    .selectFrom('community_contacts')
    .select(contactColumns)
    .where('community_id', '=', communityId)
    .where('removed_at', 'is', null)
    .orderBy('name')
    .orderBy('id')
    .execute()
  return rows as ContactRecord[]
}

/** Locked until the transaction ends. */
export async function findContact(tx: Tx, communityId: string, id: string): Promise<ContactRecord | undefined> {
  const row = await tx
    .selectFrom('community_contacts')
    .select(contactColumns)
    .where('id', '=', id)
    .where('community_id', '=', communityId)
    .where('removed_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  return row as ContactRecord | undefined
}

const contactValues = ({ verifiedOn, ...rest }: ContactInput) => ({ ...rest, verified_on: verifiedOn })

export async function insertContact(tx: Tx, communityId: string, input: ContactInput, now: Date): Promise<string> {
  const id = uuidv7()
  await tx
    .insertInto('community_contacts')
    .values({ id, community_id: communityId, ...contactValues(input), created_at: now, updated_at: now })
    .execute()
  return id
}

export async function updateContact(tx: Tx, id: string, input: ContactInput, now: Date): Promise<void> {
  await tx
    .updateTable('community_contacts')
    .set({ ...contactValues(input), version: sql`version + 1`, updated_at: now })
    .where('id', '=', id)
    .execute()
}

export async function markContactRemoved(tx: Tx, id: string, now: Date): Promise<void> {
  await tx
    .updateTable('community_contacts')
    .set({ removed_at: now, version: sql`version + 1`, updated_at: now })
    .where('id', '=', id)
    .execute()
}

/** `officeId` is the community's. */
export type ContactOfMany = ContactBody & { officeId: string }

/** Adds contact persons to many communities and writes their audit entries, in one statement; every row must be right already. */
export async function insertContacts(
  tx: Tx,
  rows: readonly ContactOfMany[],
  { doer, now }: { doer: Doer; now: Date },
): Promise<void> {
  const person = 'system' in doer ? null : doer
  await sql`
    with given as materialized (
      select r.*, c.id as community_id
      from jsonb_to_recordset(${JSON.stringify(rows.map((row) => ({ ...row, id: uuidv7() })))}::jsonb)
        as r(id uuid, "officeId" text, name text, role text, position text, phone text, email text, "verifiedOn" date)
        join communities c on c.office_id = r."officeId"
    ), made as (
      insert into community_contacts (id, community_id, name, role, position, phone, email, verified_on, created_at, updated_at)
      select id, community_id, name, role, position, phone, email, "verifiedOn", ${now}, ${now} from given
    )
    insert into audit_events (at, actor_id, actor_name, action, subject_type, subject_id, after, request_id, address)
    select ${now}, ${person?.userId ?? null}::uuid, ${'system' in doer ? doer.system : doer.name}, 'community.contact_added',
      'community', community_id::text,
      jsonb_strip_nulls(jsonb_build_object('contactId', id, 'name', name, 'role', role, 'position', position, 'phone', phone,
        'email', email, 'verifiedOn', "verifiedOn")),
      ${person?.requestId ?? null}, ${person?.address ?? null}
    from given`.execute(tx)
}
