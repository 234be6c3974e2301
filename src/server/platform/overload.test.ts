import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { loadConfig } from './config.ts'
import { createHttp } from './http.ts'
import { createMetrics } from './metrics.ts'
import { createSecurity } from './security.ts'

/** Holds the event loop, as a handler that computes too long would. */
async function block(ms: number, times: number): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    for (const end = performance.now() + ms; performance.now() < end; );
    await sleep(1)
  }
}

test('an overloaded process turns new work away with Retry-After, answers probes, and recovers', async () => {
  const log = pino({ level: 'silent' })
  const config = loadConfig({ OVERLOAD_DELAY_MS: '200' })
  const { app } = await createHttp({
    log,
    config,
    security: createSecurity(log),
    metrics: createMetrics(),
    resolveActor: async () => undefined,
  })
  app.get('/work', async () => 'done')
  app.get('/health/', async () => 'well')
  await app.ready()
  const statusOf = async (url: string) => (await app.inject({ url })).statusCode
  expect(await statusOf('/work')).toBe(200)
  await block(1_500, 1)
  expect(await statusOf('/work'), 'late from starting').toBe(200)
  await sleep(5_000)
  // The delay is a mean over each quarter of a second; the next sample may fall into calm.
  let refused = false
  for (let tries = 0; tries < 10 && !refused; tries += 1) {
    await block(500, 3)
    const reply = await app.inject({ url: '/work' })
    refused = reply.statusCode === 503
    if (refused) {
      expect(reply.headers['retry-after']).toBe('5')
      expect(reply.json()).toMatchObject({ code: 'unavailable', status: 503 })
      expect(await statusOf('/health/')).toBe(200)
    }
  }
  expect(refused).toBe(true)
  await expect.poll(() => statusOf('/work'), { timeout: 10_000 }).toBe(200)
  await app.close()
})
