import type { Log } from '../log.ts'
import { type Cache, type CacheState, Subscribers } from './cache.ts'
import { openLink } from './redis-link.ts'

const prefix = 'obcms:'

/** A count that lost its end, which cannot be, would refuse for ever; so the end is asked for each time. */
const countScript = `local n = redis.call('INCR', KEYS[1])
local ms = redis.call('PTTL', KEYS[1])
if ms < 0 then ms = tonumber(ARGV[1]); redis.call('PEXPIRE', KEYS[1], ms) end
return {n, ms}`

/** Redis or Valkey, shared by all processes. Opens also while it is away, and is then `down`. */
export async function redisCache(url: string, log: Log): Promise<Cache> {
  const subscribers = new Subscribers()
  const changes: ((state: CacheState) => void)[] = []
  const listener = (message: string, channel: string) => subscribers.tell(channel.slice(prefix.length), message)
  const link = await openLink({
    url,
    log,
    prepare: async (client) => {
      const channels = subscribers.channels().map((channel) => prefix + channel)
      if (channels.length > 0) await client.subscribe(channels, listener)
    },
    changed: (state) => {
      for (const change of changes) change(state)
    },
  })
  return {
    isShared: true,
    get state() {
      return link.state
    },
    whenChanged: (handler) => void changes.push(handler),
    async count(key, windowSeconds) {
      const [count, ms] = (await link.ask((client) =>
        client.eval(countScript, { keys: [prefix + key], arguments: [String(windowSeconds * 1_000)] }),
      )) as [number, number]
      return { count, endsIn: Math.max(1, Math.ceil(ms / 1_000)) }
    },
    get: async (key) => (await link.ask((client) => client.get(prefix + key))) ?? undefined,
    async set(key, value, seconds) {
      await link.ask((client) => client.set(prefix + key, value, { expiration: { type: 'EX', value: seconds } }))
    },
    async delete(key) {
      await link.ask((client) => client.del(prefix + key))
    },
    publish: (channel, message) =>
      link
        .ask((client) => client.publish(prefix + channel, message))
        .then(
          () => true,
          () => false,
        ),
    subscribe(channel, handler) {
      subscribers.add(channel, handler)
      // Not kept waiting: while it is down, and should this fail, the next connection subscribes to all.
      link.ask((client) => client.subscribe(prefix + channel, listener)).catch(() => {})
    },
    ping: () =>
      link
        .ask((client) => client.ping())
        .then(
          () => true,
          () => false,
        ),
    close: () => link.close(),
  }
}
