import { timingSafeEqual } from 'node:crypto'
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { networkSet, plainAddress } from './proxy.ts'
import { gatherer } from './supervisor/gather.ts'
import { version } from './version.ts'

/** What a process did since it was last asked. Times in milliseconds. */
export interface Snapshot {
  requests: number
  /** Answers of 500 and above. */
  errors: number
  p95Ms: number
  /** Longest delay of the event loop. */
  loopMs: number
  jobsDone: number
  jobsFailed: number
}

export interface Metrics {
  registry: Registry
  request(facts: { method: string; route: string; status: number; seconds: number }): void
  job(facts: { job: string; ok: boolean; seconds: number }): void
  security(event: string): void
  /** A figure that is looked up when somebody reads. `over`: what it is of several processes. */
  gauge(name: string, help: string, over: 'sum' | 'max', read: () => Promise<number> | number): void
  /** What happened since the last call. */
  snapshot(): Snapshot
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  new Gauge({ name: 'obcms_info', help: 'The version that runs.', labelNames: ['version'], registers })
    .labels(version)
    .set(1)
  const requests = new Histogram({
    name: 'obcms_http_request_duration_seconds',
    help: 'Time from a request to its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: seconds,
    registers,
  })
  const jobs = new Histogram({
    name: 'obcms_job_duration_seconds',
    help: 'Time that a job took.',
    labelNames: ['job', 'outcome'],
    buckets: [...seconds, 60, 120, 300],
    registers,
  })
  const events = new Counter({
    name: 'obcms_security_events_total',
    help: 'Events of the security log.',
    labelNames: ['event'],
    registers,
  })

  const micros = createHistogram()
  const loop = monitorEventLoopDelay({ resolution: 20 })
  loop.enable()
  const counted = { requests: 0, errors: 0, jobsDone: 0, jobsFailed: 0 }
  return {
    registry,
    request({ method, route, status, seconds: took }) {
      requests.labels(method, route, String(status)).observe(took)
      micros.record(Math.max(1, Math.round(took * 1e6)))
      counted.requests += 1
      if (status >= 500) counted.errors += 1
    },
    job({ job, ok, seconds: took }) {
      jobs.labels(job, ok ? 'done' : 'failed').observe(took)
      counted[ok ? 'jobsDone' : 'jobsFailed'] += 1
    },
    security: (event) => events.labels(event).inc(),
    gauge(name, help, over, read) {
      new Gauge({
        name,
        help,
        registers,
        aggregator: over,
        async collect() {
          this.set(await read())
        },
      })
    },
    snapshot() {
      const taken = {
        ...counted,
        p95Ms: micros.count > 0 ? micros.percentile(95) / 1_000 : 0,
        loopMs: Math.max(0, loop.max / 1e6),
      }
      Object.assign(counted, { requests: 0, errors: 0, jobsDone: 0, jobsFailed: 0 })
      micros.reset()
      loop.reset()
      return taken
    },
  }
}

export interface MetricsRoute {
  config: Pick<Config, 'metricsToken' | 'metricsNetworks'>
  metrics: Metrics
}

/**
 * The figures of all processes under this supervisor, in one text. Guarded by token or network; to everybody else the address
 * does not exist.
 */
export function serveMetrics(app: FastifyInstance, { config, metrics }: MetricsRoute): void {
  const isInside = networkSet(config.metricsNetworks)
  const gather = gatherer(() => metrics.registry.getMetricsAsJSON())
  const wanted = Buffer.from(`Bearer ${config.metricsToken ?? ''}`)
  const mayRead = (request: FastifyRequest): boolean => {
    const given = Buffer.from(request.headers.authorization ?? '')
    if (config.metricsToken && given.length === wanted.length && timingSafeEqual(given, wanted)) return true
    // What a neighbour claims to be is not enough: it must be inside itself.
    return isInside(request.client.address) && isInside(plainAddress(request.raw.socket.remoteAddress ?? '') ?? '')
  }
  app.get('/metrics', async (request, reply) => {
    if (!mayRead(request)) throw new AppError('not_found', 'There is nothing here.')
    const text = await AggregatorRegistry.aggregate(await gather()).metrics()
    return reply.header('cache-control', 'no-store').type(metrics.registry.contentType).send(text)
  })
}
