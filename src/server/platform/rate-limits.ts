import type { Actor } from './actor.ts'
import type { Cache, Counted } from './cache/cache.ts'
import { memoryCache } from './cache/memory-cache.ts'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { networkOf } from './networks.ts'
import type { Security } from './security.ts'

const windowSeconds = 60
/** Keys whose refusal is remembered, so that a flood costs neither the cache nor the log anything. */
const refusedMost = 10_000

export interface RateLimitsDeps {
  cache: Cache
  config: Pick<Config, 'ratePerUser' | 'ratePerAddress'>
  security: Security
}

/** Counts a request of this person, token or, without either, client network. @throws AppError `too_many_requests` */
export type LimitRate = (actor: Actor | undefined, address: string) => Promise<void>

/** Requests a minute, counted over all processes; by each one alone while the shared cache is down. */
export function rateLimits({ cache, config, security }: RateLimitsDeps): LimitRate {
  const alone = memoryCache()
  const refusedUntil = new Map<string, number>()

  const count = (key: string): Promise<Counted> =>
    cache.state === 'up'
      ? cache.count(key, windowSeconds).catch(() => alone.count(key, windowSeconds))
      : alone.count(key, windowSeconds)

  function refuse(retryAfter: number): never {
    throw new AppError('too_many_requests', `Too many requests. Wait ${retryAfter} seconds and try again.`, {
      retryAfter,
    })
  }

  return async (actor, address) => {
    const limit = actor ? config.ratePerUser : config.ratePerAddress
    if (limit === 0) return
    const who = actor ? (actor.tokenId ? `token:${actor.tokenId}` : `user:${actor.userId}`) : networkOf(address)
    const key = `rate:${who}`
    const secondsLeft = () => Math.ceil(((refusedUntil.get(key) ?? 0) - performance.now()) / 1_000)
    if (secondsLeft() > 0) refuse(secondsLeft())
    const { count: counted, endsIn } = await count(key)
    if (counted <= limit) return
    if (secondsLeft() > 0) refuse(secondsLeft())
    if (refusedUntil.size >= refusedMost) refusedUntil.clear()
    refusedUntil.set(key, performance.now() + endsIn * 1_000)
    security.record('rate_limited', { rate: who, userId: actor?.userId, address, limit, retryAfter: endsIn })
    refuse(endsIn)
  }
}
