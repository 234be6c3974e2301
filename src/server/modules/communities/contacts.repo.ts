import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { ContactRole } from '#contract/communities.options.ts'
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
