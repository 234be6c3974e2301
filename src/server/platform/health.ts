import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from './errors.ts'

/** Resolves when the thing is there and usable; what it throws says why not. */
export type Check = () => Promise<void>

/** Of what we can do without for a while: its failure is told in the details, and people are still sent here. */
export interface MinorCheck {
  minor: Check
}

export interface Outcome {
  ok: boolean
  isMinor?: true
  ms: number
  why?: string
}

const patienceMs = 2_000
const sharedMs = 1_000

/** Of a check that hangs there is one at a time, whatever it hangs on. */
function oneAtATime(check: Check): Check {
  let running: Promise<void> | undefined
  return () => {
    running ??= check().finally(() => {
      running = undefined
    })
    return running
  }
}

/** One look at every part, each within two seconds also when a peer accepts and never answers. */
async function look(checks: Record<string, Check | MinorCheck>): Promise<Record<string, Outcome>> {
  const outcomes = Object.entries(checks).map(async ([name, check]): Promise<[string, Outcome]> => {
    const isMinor = typeof check === 'object'
    const started = performance.now()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs)
    const facts = () => ({ ms: Math.round(performance.now() - started), ...(isMinor && { isMinor }) })
    try {
      await Promise.race([isMinor ? check.minor() : check(), late.promise])
      return [name, { ok: true, ...facts() }]
    } catch (error) {
      return [name, { ok: false, ...facts(), why: error instanceof Error ? error.message : String(error) }]
    } finally {
      clearTimeout(timer)
    }
  })
  return Object.fromEntries(await Promise.all(outcomes))
}

export interface Probes {
  /** From now on `/ready/` answers 503: the process is about to stop. */
  stopping(): void
  look(): Promise<Record<string, Outcome>>
}

export interface ProbeOptions {
  version: string
  checks: Record<string, Check | MinorCheck>
  /** Who sends it as `X-Health-Secret` sees how long each check took and why it failed. */
  secret: string | undefined
}

const knows = (request: FastifyRequest, secret: string | undefined): boolean => {
  const given = Buffer.from(String(request.headers['x-health-secret'] ?? ''))
  const wanted = Buffer.from(secret ?? '')
  return wanted.length > 0 && given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** `/health/`: the process lives; no I/O. `/ready/`: it can serve; one look a second at most, however many ask. */
export function serveProbes(app: FastifyInstance, { version, checks, secret }: ProbeOptions): Probes {
  let isStopping = false
  app.addHook('preClose', async () => {
    isStopping = true
  })
  const single = Object.fromEntries(
    Object.entries(checks).map(([name, check]) => [
      name,
      typeof check === 'object' ? { minor: oneAtATime(check.minor) } : oneAtATime(check),
    ]),
  )
  let shared: { until: number; outcomes: Promise<Record<string, Outcome>> } | undefined
  const lookShared = () => {
    const now = performance.now()
    if (!shared || now >= shared.until) {
      const outcomes = look(single)
      const mine = { until: Number.POSITIVE_INFINITY, outcomes }
      void outcomes.then(() => {
        mine.until = performance.now() + sharedMs
      })
      shared = mine
    }
    return shared.outcomes
  }

  app.route({
    method: ['GET', 'HEAD'],
    url: '/health/',
    handler: async (_request, reply) =>
      reply.header('cache-control', 'no-store').send({ status: 'healthy', service: 'obcms', version }),
  })
  app.route({
    method: ['GET', 'HEAD'],
    url: '/ready/',
    handler: async (request, reply) => {
      const outcomes = await lookShared()
      const needed = Object.entries(outcomes).filter(([, { isMinor }]) => !isMinor)
      const isReady = !isStopping && needed.every(([, { ok }]) => ok)
      const seen = needed.map(([name, { ok }]) => [name, ok])
      return reply
        .code(isReady ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({
          status: isReady ? 'ready' : 'not_ready',
          checks: Object.fromEntries(seen),
          ...(knows(request, secret) && { version, stopping: isStopping, details: outcomes }),
        })
    },
  })
  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/:probe(^(?:health|ready)$)/',
    handler: async () => {
      throw new AppError('method_not_allowed', 'Probes take GET and HEAD.')
    },
  })
  return {
    stopping() {
      isStopping = true
    },
    look: lookShared,
  }
}
