import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Db } from './db.ts'

const patienceMs = 2_000
const sharedMs = 1_000

/** `/health/`: the process lives; no I/O. `/ready/`: it can serve; answers within two seconds, one check a second at most. */
export function serveProbes(app: FastifyInstance, db: Db, version: string): void {
  let stopping = false
  app.addHook('preClose', async () => {
    stopping = true
  })

  const askDatabase = async (): Promise<boolean> => {
    const late = new Promise<false>((resolve) => setTimeout(resolve, patienceMs, false).unref())
    const answer = sql`SELECT 1`.execute(db).then(
      () => true,
      () => false,
    )
    return Promise.race([answer, late])
  }
  let shared: { at: number; answer: Promise<boolean> } | undefined
  const databaseAnswers = (): Promise<boolean> => {
    const now = performance.now()
    if (!shared || now - shared.at > sharedMs) shared = { at: now, answer: askDatabase() }
    return shared.answer
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
    handler: async (_request, reply) => {
      const database = !stopping && (await databaseAnswers())
      return reply
        .code(database ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status: database ? 'ready' : 'not_ready', checks: { database } })
    },
  })
}
