import { type Insertable, sql, type Updateable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Reader, Tables, Tx } from '#server/platform/db.ts'

/** @returns false when the e-mail already has an account */
export async function insertAccount(tx: Tx, account: Insertable<Tables['users']>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('users')
    .values(account)
    .onConflict((conflict) => conflict.column('email').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** @returns false when the version is no longer the present one */
export async function markAccount(
  tx: Tx,
  accountId: string,
  version: number,
  change: Updateable<Tables['users']>,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('users')
    .set({ ...change, version: version + 1, updated_at: now })
    .where('id', '=', accountId)
    .where('version', '=', version)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function replacePlaces(tx: Tx, accountId: string, codes: readonly string[]): Promise<void> {
  await tx.deleteFrom('user_places').where('user_id', '=', accountId).execute()
  if (codes.length === 0) return
  await tx
    .insertInto('user_places')
    .values(codes.map((place_code) => ({ user_id: accountId, place_code })))
    .execute()
}

export async function replaceCommunities(tx: Tx, accountId: string, ids: readonly string[]): Promise<void> {
  await tx.deleteFrom('user_communities').where('user_id', '=', accountId).execute()
  if (ids.length === 0) return
  await tx
    .insertInto('user_communities')
    .values(ids.map((community_id) => ({ user_id: accountId, community_id })))
    .execute()
}

export async function removeSessions(tx: Tx, accountId: string): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom('sessions').where('user_id', '=', accountId).executeTakeFirst()
  return Number(numDeletedRows)
}

export async function removeTokens(tx: Tx, accountId: string): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom('api_tokens').where('user_id', '=', accountId).executeTakeFirst()
  return Number(numDeletedRows)
}

export const removeLinks = (tx: Tx, accountId: string) =>
  tx.deleteFrom('mail_links').where('user_id', '=', accountId).execute()

export const removeRecoveryCodes = (tx: Tx, accountId: string) =>
  tx.deleteFrom('recovery_codes').where('user_id', '=', accountId).execute()

/**
 * Active administrators who may change accounts, locked until the transaction ends: two administrators who take each
 * other's role away at the same moment come one after the other.
 */
export async function lockAdministrators(tx: Tx): Promise<string[]> {
  const active = (db: Reader) =>
    db.selectFrom('users').select('id').where('role', '=', 'administrator').where('state', '=', 'active')
  await active(tx).orderBy('id').forUpdate().execute()
  // Asked again once the locks are held: only now is what the others did in sight.
  const rows = await active(tx)
    .where(
      sql<boolean>`NOT EXISTS (SELECT FROM user_grants g
        WHERE g.user_id = users.id AND g.permission = 'account.edit' AND g.effect = 'deny')`,
    )
    .execute()
  return rows.map((row) => row.id)
}

export interface GrantInput {
  userId: string
  permission: string
  effect: string
  scope: string | null
  reason: string
  expiresAt: Date | null
  createdBy: string
}

/** Replaces what the person had for the same permission. */
export const putGrant = (tx: Tx, grant: GrantInput, now: Date) => {
  const values = {
    effect: grant.effect,
    scope: grant.scope,
    reason: grant.reason,
    expires_at: grant.expiresAt,
    created_by: grant.createdBy,
    created_at: now,
  }
  return tx
    .insertInto('user_grants')
    .values({ id: uuidv7(), user_id: grant.userId, permission: grant.permission, ...values })
    .onConflict((conflict) => conflict.columns(['user_id', 'permission']).doUpdateSet(values))
    .execute()
}

export const findGrant = (db: Reader, accountId: string, grantId: string) =>
  db
    .selectFrom('user_grants')
    .select(['permission', 'effect', 'scope', 'reason', 'expires_at as expiresAt'])
    .where('user_id', '=', accountId)
    .where('id', '=', grantId)
    .executeTakeFirst()

export const removeGrant = (tx: Tx, accountId: string, grantId: string) =>
  tx.deleteFrom('user_grants').where('user_id', '=', accountId).where('id', '=', grantId).execute()

/** @returns whether the role demanded it before */
export async function putRoleDemand(tx: Tx, role: string, demands: boolean, by: string, now: Date): Promise<boolean> {
  const before = await tx
    .selectFrom('role_settings')
    .select('demands_two_factor')
    .where('role', '=', role)
    .forUpdate()
    .executeTakeFirst()
  const values = { demands_two_factor: demands, updated_by: by, updated_at: now }
  await tx
    .insertInto('role_settings')
    .values({ role, ...values })
    .onConflict((conflict) => conflict.column('role').doUpdateSet(values))
    .execute()
  return before?.demands_two_factor ?? false
}
