import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { Cache } from './cache.ts'
import { memoryCache } from './memory-cache.ts'

/** Redis when REDIS_URL is set, else the memory of this process. */
export async function openCache({ redisUrl }: Pick<Config, 'redisUrl'>, log: Log): Promise<Cache> {
  if (!redisUrl) return memoryCache()
  // Loaded only where it is used: it takes a fifth of a second.
  const { redisCache } = await import('./redis-cache.ts')
  return redisCache(redisUrl, log)
}
