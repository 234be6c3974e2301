import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { isProbe } from './gate.ts'

const retryAfter = 5
const settlingMs = 5_000

/** While the event loop is late by `OVERLOAD_DELAY_MS`, new work is turned away, so that what has begun ends and probes answer. */
export async function shedOverload(app: FastifyInstance, { overloadMs }: Config): Promise<void> {
  if (overloadMs === 0) return
  // A process that has just come is late from reading its own code, not from work.
  let shedsFrom = Number.POSITIVE_INFINITY
  app.addHook('onReady', async () => {
    shedsFrom = performance.now() + settlingMs
  })
  await app.register(underPressure, {
    maxEventLoopDelay: overloadMs,
    sampleInterval: 250,
    pressureHandler(request) {
      if (isProbe(request) || performance.now() < shedsFrom) return
      throw new AppError('unavailable', 'OBCMS has more to do than it can at the moment. Try again in a few seconds.', {
        retryAfter,
      })
    },
  })
}
