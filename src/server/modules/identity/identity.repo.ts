import type { Insertable, Selectable, Updateable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Reader, Tables, Tx } from '#server/platform/db.ts'
import { hashSecret } from './secrets.rules.ts'

export type UserRecord = Selectable<Tables['users']>
export type LinkPurpose = 'invitation' | 'password_reset'

export const findUserByEmail = (db: Reader, email: string): Promise<UserRecord | undefined> =>
  db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst()

export const findUser = (db: Reader, userId: string): Promise<UserRecord | undefined> =>
  db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()

/** @returns false when the e-mail already has an account */
export async function insertUser(tx: Tx, user: Insertable<Tables['users']>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('users')
    .values(user)
    .onConflict((conflict) => conflict.column('email').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export const markUser = (tx: Tx, userId: string, change: Updateable<Tables['users']>) =>
  tx.updateTable('users').set(change).where('id', '=', userId).execute()

/** @returns the new version, or undefined when somebody changed the person first */
export async function markProfile(
  tx: Tx,
  userId: string,
  version: number,
  change: Updateable<Tables['users']>,
): Promise<number | undefined> {
  const row = await tx
    .updateTable('users')
    .set({ ...change, version: version + 1 })
    .where('id', '=', userId)
    .where('version', '=', version)
    .returning('version')
    .executeTakeFirst()
  return row?.version
}

/** A step of the authenticator is taken once and never an older one: false when it was taken before. */
export async function markStepTaken(tx: Tx, userId: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('users')
    .set({ totp_last_step: step })
    .where('id', '=', userId)
    .where((eb) => eb.or([eb('totp_last_step', 'is', null), eb('totp_last_step', '<', step)]))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Sealed anew with the present key, unless the person has chosen another secret meanwhile. */
export const markSecretSealed = (tx: Tx, userId: string, before: string, sealed: string) =>
  tx
    .updateTable('users')
    .set({ totp_secret: sealed })
    .where('id', '=', userId)
    .where('totp_secret', '=', before)
    .execute()

export async function markRecoveryCodeUsed(tx: Tx, userId: string, codeHash: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('recovery_codes')
    .set({ used_at: now })
    .where('user_id', '=', userId)
    .where('code_hash', '=', codeHash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function replaceRecoveryCodes(tx: Tx, userId: string, codeHashes: readonly string[]): Promise<void> {
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
  if (codeHashes.length > 0)
    await tx
      .insertInto('recovery_codes')
      .values(codeHashes.map((code_hash) => ({ user_id: userId, code_hash })))
      .execute()
}

/** Replaces the person's earlier link for the same purpose. */
export async function insertLink(
  tx: Tx,
  link: { userId: string; purpose: LinkPurpose; secret: string; now: Date; expiresAt: Date },
): Promise<void> {
  await removeLinks(tx, link.userId, link.purpose)
  await tx
    .insertInto('mail_links')
    .values({
      token_hash: hashSecret(link.secret),
      user_id: link.userId,
      purpose: link.purpose,
      created_at: link.now,
      expires_at: link.expiresAt,
    })
    .execute()
}

export const findLink = (db: Reader, purpose: LinkPurpose, secret: string, now: Date) =>
  db
    .selectFrom('mail_links')
    .innerJoin('users', 'users.id', 'mail_links.user_id')
    .selectAll('users')
    .select('mail_links.expires_at as expiresAt')
    .where('token_hash', '=', hashSecret(secret))
    .where('purpose', '=', purpose)
    .where('mail_links.expires_at', '>', now)
    .executeTakeFirst()

/** Uses a link up: of two at the same moment one gets it. */
export async function takeLink(tx: Tx, purpose: LinkPurpose, secret: string, now: Date): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('mail_links')
    .where('token_hash', '=', hashSecret(secret))
    .where('purpose', '=', purpose)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

export async function removeLinks(tx: Tx, userId: string, purpose?: LinkPurpose): Promise<void> {
  let query = tx.deleteFrom('mail_links').where('user_id', '=', userId)
  if (purpose) query = query.where('purpose', '=', purpose)
  await query.execute()
}

export const findFocalPersons = (db: Reader, organisationId: string) =>
  db
    .selectFrom('users')
    .select('id')
    .where('organisation_id', '=', organisationId)
    .where('role', '=', 'moa_focal')
    .where('state', '=', 'active')
    .execute()

export async function insertToken(
  tx: Tx,
  token: { userId: string; name: string; permissions: string[]; secret: string; now: Date; expiresAt: Date },
): Promise<string> {
  const id = uuidv7()
  await tx
    .insertInto('api_tokens')
    .values({
      id,
      user_id: token.userId,
      name: token.name,
      permissions: token.permissions,
      token_hash: hashSecret(token.secret),
      created_at: token.now,
      expires_at: token.expiresAt,
    })
    .execute()
  return id
}

export const removeToken = (tx: Tx, userId: string, tokenId: string) =>
  tx
    .deleteFrom('api_tokens')
    .where('user_id', '=', userId)
    .where('id', '=', tokenId)
    .returning('name')
    .executeTakeFirst()

/** Takes back all of a person's tokens. */
export const removeTokens = (tx: Tx, userId: string) =>
  tx.deleteFrom('api_tokens').where('user_id', '=', userId).execute()

/** Removes what nobody needs any more. @returns rows removed by table */
export async function removeExpired(tx: Tx, now: Date): Promise<Record<string, number>> {
  const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)
  const [sessions, links, tokens, throttles, keys] = [
    await tx.deleteFrom('sessions').where('expires_at', '<=', now).executeTakeFirst(),
    await tx.deleteFrom('mail_links').where('expires_at', '<=', now).executeTakeFirst(),
    await tx.deleteFrom('api_tokens').where('expires_at', '<=', daysAgo(30)).executeTakeFirst(),
    await tx.deleteFrom('throttles').where('last_failure_at', '<=', daysAgo(1)).executeTakeFirst(),
    await tx.deleteFrom('idempotency_keys').where('created_at', '<=', daysAgo(1)).executeTakeFirst(),
  ]
  return {
    sessions: Number(sessions.numDeletedRows),
    links: Number(links.numDeletedRows),
    tokens: Number(tokens.numDeletedRows),
    throttles: Number(throttles.numDeletedRows),
    idempotencyKeys: Number(keys.numDeletedRows),
  }
}
