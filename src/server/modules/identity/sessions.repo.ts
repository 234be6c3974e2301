import { v7 as uuidv7 } from 'uuid'
import type { Reader, Tx } from '#server/platform/db.ts'
import { hashSecret, randomSecret } from './secrets.rules.ts'
import { expiryAt, partialLimit } from './sessions.rules.ts'

export interface Origin {
  requestId: string
  address: string
  userAgent: string | null
}

export interface OpenedSession {
  id: string
  secret: string
  expiresAt: Date
}

/** An incomplete session waits for the second factor and opens nothing else. */
export async function insertSession(
  tx: Tx,
  userId: string,
  complete: boolean,
  origin: Origin,
  now: Date,
): Promise<OpenedSession> {
  const opened = {
    id: uuidv7(),
    secret: randomSecret(),
    expiresAt: complete ? expiryAt(now, now) : new Date(now.getTime() + partialLimit),
  }
  await tx
    .insertInto('sessions')
    .values({
      id: opened.id,
      token_hash: hashSecret(opened.secret),
      user_id: userId,
      complete,
      created_at: now,
      last_seen_at: now,
      expires_at: opened.expiresAt,
      address: origin.address,
      user_agent: origin.userAgent?.slice(0, 300) ?? null,
    })
    .execute()
  return opened
}

export const findPartialSession = (db: Reader, secret: string, now: Date) =>
  db
    .selectFrom('sessions')
    .select(['id', 'user_id as userId'])
    .where('token_hash', '=', hashSecret(secret))
    .where('complete', '=', false)
    .where('expires_at', '>', now)
    .executeTakeFirst()

export const removeSessionBySecret = (tx: Tx, secret: string) =>
  tx
    .deleteFrom('sessions')
    .where('token_hash', '=', hashSecret(secret))
    .returning(['id', 'user_id', 'complete'])
    .executeTakeFirst()

export const removeSession = (tx: Tx, userId: string, sessionId: string) =>
  tx.deleteFrom('sessions').where('user_id', '=', userId).where('id', '=', sessionId).returning('id').executeTakeFirst()

/** Ends a person's sessions, but for one. @returns how many ended */
export async function removeSessions(tx: Tx, userId: string, exceptId?: string | null): Promise<number> {
  let query = tx.deleteFrom('sessions').where('user_id', '=', userId)
  if (exceptId) query = query.where('id', '!=', exceptId)
  return Number((await query.executeTakeFirst()).numDeletedRows)
}

export const markSessionSeen = (tx: Tx, sessionId: string, now: Date, expiresAt: Date) =>
  tx
    .updateTable('sessions')
    .set({ last_seen_at: now, expires_at: expiresAt })
    .where('id', '=', sessionId)
    .where('last_seen_at', '<', now)
    .execute()

export const markTokenUsed = (tx: Tx, tokenId: string, now: Date) =>
  tx.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', tokenId).execute()
