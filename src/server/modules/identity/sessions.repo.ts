import type { Tx } from '#server/platform/db.ts'

export const markSessionSeen = (tx: Tx, sessionId: string, now: Date, expiresAt: Date) =>
  tx
    .updateTable('sessions')
    .set({ last_seen_at: now, expires_at: expiresAt })
    .where('id', '=', sessionId)
    .where('last_seen_at', '<', now)
    .execute()

export const markTokenUsed = (tx: Tx, tokenId: string, now: Date) =>
  tx.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', tokenId).execute()
