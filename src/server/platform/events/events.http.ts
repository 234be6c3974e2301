import { eventRoutes } from '#contract/events.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../db.ts'
import type { HttpServer } from '../http.ts'
import { handles } from '../jobs.ts'
import type { Module } from '../module.ts'
import { tidyEvents } from './events.jobs.ts'
import { removeEvents } from './events.repo.ts'
import type { Events } from './events.ts'

const keptMs = 86_400_000

export function eventsModule(events: Events, { db, clock }: { db: Db; clock: Clock }): Module {
  return {
    http(server: HttpServer) {
      server.app.addHook('preClose', async () => events.closeStreams())
      // Open pages find another process, and this one is not kept waiting for them.
      server.app.leaving.addEventListener('abort', () => events.closeStreams())
      server.serve(eventRoutes, {
        async stream({ actor, query, raw }) {
          const header = String(raw.headers['last-event-id'] ?? '')
          const after = /^\d{1,15}$/.test(header) ? header : query.after
          return events.open(actor, after === undefined ? undefined : Number(after))
        },
      })
    },
    jobs: [
      handles(tidyEvents, async (_payload, { log }) => {
        const removed = await db.transact((tx) => removeEvents(tx, new Date(clock.now().getTime() - keptMs)))
        log.info({ removed }, 'old events removed')
      }),
    ],
  }
}
