import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '#testing/peers/peer.ts'
import { noRedis, type RedisPeer, startRedis } from '#testing/peers/redis.ts'
import { type Cache, CacheDown } from './cache.ts'
import { memoryCache } from './memory-cache.ts'
import { redisCache } from './redis-cache.ts'

const silent = pino({ level: 'silent' })

/** What both drivers promise. `beside` is what another process would hold; in the memory there is none but itself. */
function keepsItsPromises(open: () => Promise<{ cache: Cache; beside: Cache }>): void {
  let cache: Cache
  let beside: Cache
  beforeAll(async () => {
    ;({ cache, beside } = await open())
  })
  afterAll(() => Promise.all([cache.close(), beside.close()]))

  it('is up and answers', async () => {
    expect(cache.state).toBe('up')
    expect(await cache.ping()).toBe(true)
  })

  it('counts every call once, however many at a time, until the window ends', async () => {
    const counted = await Promise.all(
      Array.from({ length: 200 }, (_, at) => (at % 2 ? cache : beside).count('count me', 2)),
    )
    expect(counted.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, n) => n + 1),
    )
    for (const { endsIn } of counted) expect([1, 2]).toContain(endsIn)
    expect((await cache.count('another', 2)).count).toBe(1)
    await until('a new window', async () => (await cache.count('count me', 2)).count < 200, 5)
  })

  it('keeps a value for its time', async () => {
    expect(await cache.get('colour')).toBeUndefined()
    await cache.set('colour', 'green', 60)
    await cache.set('colour', 'gold', 60)
    expect(await beside.get('colour')).toBe('gold')
    await beside.delete('colour')
    expect(await cache.get('colour')).toBeUndefined()
    await cache.set('short', 'x', 1)
    await until('it is gone', async () => (await beside.get('short')) === undefined, 5)
  })

  it('brings a message to everyone who listens on its channel, and to nobody else', async () => {
    const heard: string[] = []
    beside.subscribe('news', (text) => heard.push(`1 ${text}`))
    beside.subscribe('news', (text) => heard.push(`2 ${text}`))
    cache.subscribe('others', (text) => heard.push(`never ${text}`))
    await until('it is heard', async () => {
      await cache.publish('news', 'ñ "quoted"\n')
      return heard.length >= 2
    })
    expect(new Set(heard)).toEqual(new Set(['1 ñ "quoted"\n', '2 ñ "quoted"\n']))
  })
}

describe('in the memory of the process', () => {
  keepsItsPromises(async () => {
    const cache = memoryCache()
    return { cache, beside: cache }
  })

  it('does not grow without end', async () => {
    const cache = memoryCache()
    for (let at = 0; at < 60_000; at += 1) await cache.set(`key ${at}`, 'x', 600)
    expect(await cache.get('key 0')).toBeUndefined()
    expect(await cache.get('key 59999')).toBe('x')
  })
})

describe.skipIf(noRedis)(`Redis${noRedis ? ` (skipped: ${noRedis})` : ''}`, () => {
  let redis: RedisPeer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  describe('its promises', () =>
    keepsItsPromises(async () => ({
      cache: await redisCache(redis.url, silent),
      beside: await redisCache(redis.url, silent),
    })))

  const watched = async (url: string) => {
    const sink = new PassThrough()
    const lines: { level: number; msg: string }[] = []
    sink.on('data', (line) => lines.push(JSON.parse(line)))
    const cache = await redisCache(url, pino({ level: 'info' }, sink))
    const states: string[] = []
    cache.whenChanged((state) => states.push(state))
    return { cache, states, said: () => lines.map(({ msg }) => msg) }
  }

  /** Every call answers or refuses; none hangs. */
  async function refusesQuickly(cache: Cache): Promise<void> {
    const begun = performance.now()
    const calls = [cache.count('k', 9), cache.get('k'), cache.set('k', 'v', 9), cache.delete('k')]
    for (const result of await Promise.allSettled(calls))
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(CacheDown) })
    expect(await cache.publish('c', 'm')).toBe(false)
    expect(await cache.ping()).toBe(false)
    expect(performance.now() - begun).toBeLessThan(1_500)
  }

  it.each(['killed', 'frozen'] as const)(
    '%s: fails fast, says so once, comes back with its subscriptions',
    async (how) => {
      let peer = await startRedis()
      const { cache, states, said } = await watched(peer.url)
      const heard: string[] = []
      cache.subscribe('news', (text) => heard.push(text))
      try {
        const asked = performance.now()
        if (how === 'killed') await peer.kill()
        else peer.freeze()
        // In flight or refused: the first call after the loss is bounded as well.
        await cache.get('k').catch(() => {})
        expect(performance.now() - asked).toBeLessThan(1_500)
        await until('it is seen as down', () => cache.state === 'down', 5)
        await refusesQuickly(cache)
        if (how === 'killed') peer = await startRedis(peer.port)
        else peer.thaw()
        await until('it is up again', () => cache.state === 'up', 10)
        expect((await cache.count('again', 9)).count).toBe(1)
        await cache.publish('news', 'after')
        await until('the subscription stands', () => heard.includes('after'), 5)
        expect(states).toEqual(['down', 'up'])
        expect(said()).toEqual(['shared cache lost; each process goes on alone', 'shared cache is back'])
      } finally {
        await cache.close()
        await peer.stop()
      }
    },
  )

  it('frozen while nobody asks: the beat sees it', async () => {
    const peer = await startRedis()
    const { cache, states } = await watched(peer.url)
    try {
      peer.freeze()
      await until('it is seen as down', () => states.includes('down'), 5)
    } finally {
      await cache.close()
      await peer.stop()
    }
  })

  it('away at the start: opens as down, and comes up by itself', async () => {
    const { port, stop } = await startRedis()
    await stop()
    const { cache } = await watched(`redis://127.0.0.1:${port}`)
    expect(cache.state).toBe('down')
    const heard: string[] = []
    cache.subscribe('news', (text) => heard.push(text))
    await refusesQuickly(cache)
    const peer = await startRedis(port)
    try {
      await until('it is up', () => cache.state === 'up', 10)
      await cache.publish('news', 'first')
      await until('the subscription stands', () => heard.includes('first'), 5)
    } finally {
      await cache.close()
      await peer.stop()
    }
  })
})
