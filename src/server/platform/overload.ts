import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { isProbe } from './gate.ts'

const retryAfter = 5

/** While the event loop is late by `OVERLOAD_DELAY_MS`, new work is turned away, so that what has begun ends and probes answer. */
export async function shedOverload(app: FastifyInstance, { overloadMs }: Config): Promise<void> {
  if (overloadMs === 0) return
  await app.register(underPressure, {
    maxEventLoopDelay: overloadMs,
    sampleInterval: 250,
    pressureHandler(request) {
      if (isProbe(request)) return
      throw new AppError('unavailable', 'OBCMS has more to do than it can at the moment. Try again in a few seconds.', {
        retryAfter,
      })
    },
  })
}
