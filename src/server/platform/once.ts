import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Actor } from './actor.ts'
import type { Clock } from './clock.ts'
import type { Tx } from './db.ts'
import { AppError } from './errors.ts'

export interface OnceKey {
  key: string
  route: string
  body: unknown
}

/**
 * Does `work` once per person and `Idempotency-Key`, in the same transaction as what it creates: a repeat gets the first
 * answer, a repeat that comes while the first still runs waits for it.
 * @throws AppError `idempotency_mismatch` when the key came with another request before
 */
export async function once<T>(
  tx: Tx,
  clock: Clock,
  actor: Actor,
  request: OnceKey | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!request) return work()
  const hash = createHash('sha256').update(JSON.stringify(request.body)).digest('hex')
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('idempotency_keys')
    .values({
      actor_id: actor.userId,
      key: request.key,
      route: request.route,
      request_hash: hash,
      created_at: clock.now(),
    })
    .onConflict((conflict) => conflict.columns(['actor_id', 'key']).doNothing())
    .executeTakeFirst()
  const row = () =>
    tx.selectFrom('idempotency_keys').selectAll().where('actor_id', '=', actor.userId).where('key', '=', request.key)
  if (numInsertedOrUpdatedRows === 0n) {
    const first = await row().executeTakeFirstOrThrow()
    if (first.route !== request.route || first.request_hash !== hash) {
      throw new AppError('idempotency_mismatch', 'This Idempotency-Key was used for another request; send a new key.')
    }
    return first.reply as T
  }
  const result = await work()
  await tx
    .updateTable('idempotency_keys')
    .set({ reply: sql`${JSON.stringify(result)}::jsonb` })
    .where('actor_id', '=', actor.userId)
    .where('key', '=', request.key)
    .execute()
  return result
}
