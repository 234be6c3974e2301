import { type JobView, jobRoutes } from '#contract/jobs.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { JobEntry, JobsService } from './jobs.service.ts'

const toView = (entry: JobEntry): JobView => ({
  id: entry.id,
  job: entry.job,
  queue: entry.queue,
  state: entry.state,
  tries: entry.tries,
  storedAt: entry.storedAt.toISOString(),
  startedAt: entry.startedAt?.toISOString() ?? null,
  endedAt: entry.endedAt?.toISOString() ?? null,
  error: entry.error,
  logId: entry.logId,
  requestId: entry.requestId,
})

export function jobsHttp(server: HttpServer, jobs: JobsService): void {
  server.serve(jobRoutes, {
    queues: async () => jobs.queues(),
    async list({ query }) {
      const { items, ...page } = await jobs.list(query)
      return { items: items.map(toView), ...page }
    },
    show: async ({ params }) => toView(await jobs.show(params.jobId)),
    async retry({ actor, params }) {
      await jobs.retry(actor, params.jobId)
      return undefined
    },
    async discard({ actor, params }) {
      await jobs.discard(actor, params.jobId)
      return undefined
    },
    retryAll: async ({ actor, body }) => ({ count: await jobs.retryAll(actor, body.queue) }),
    discardAll: async ({ actor, body }) => ({ count: await jobs.discardAll(actor, body.queue) }),
    async schedules() {
      const items = await jobs.schedules()
      return {
        items: items.map(({ job, cron, lastAt, nextAt, state, dueAt }) => ({
          job,
          cron,
          lastAt: lastAt?.toISOString() ?? null,
          nextAt: nextAt.toISOString(),
          state,
          dueAt: dueAt?.toISOString() ?? null,
        })),
      }
    },
  })
}
