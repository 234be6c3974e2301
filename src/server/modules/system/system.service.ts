import { statfs } from 'node:fs/promises'
import type { KeptEvent } from '#contract/system.options.ts'
import type { Row } from '#server/platform/checks/check.ts'
import { AppError } from '#server/platform/errors.ts'
import type { Probes } from '#server/platform/health.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { minutesPerPoint, pointsOf, startOf } from './samples.rules.ts'
import { countEvents, listEvents, listMinutes, readDatabase } from './system.reads.ts'
import { listProcesses } from './system.repo.ts'

const seenMs = 90_000
const sharedMs = 30_000
const pageSize = 25

/** An error of a driver may quote the address it was given. */
export const withoutCredentials = (text: string): string => text.replace(/\/\/[^/\s]*@/g, '//')

export interface SystemParts {
  /** What `obcms check --deploy` finds here. */
  deployChecks(): Promise<Row[]>
  /** What `/ready/` sees. */
  ready: Probes['look']
}
export type SystemService = ReturnType<typeof systemService>

export function systemService({
  db,
  cache,
  clock,
  config,
  deployChecks,
  ready,
}: Pick<ModuleDeps, 'db' | 'cache' | 'clock' | 'config'> & SystemParts) {
  let shared: { until: number; answer: Promise<{ at: Date; rows: Row[] }> } | undefined

  /** The volume of the files; why it cannot be reached is told by the readiness of storage. */
  const readVolume = async () => {
    const volume = await statfs(config.dataDir).catch(() => undefined)
    return volume ? { freeBytes: volume.bavail * volume.bsize, totalBytes: volume.blocks * volume.bsize } : null
  }

  return {
    async show() {
      const now = clock.now()
      const [processes, database, files, outcomes] = await Promise.all([
        listProcesses(db, new Date(now.getTime() - seenMs)),
        readDatabase(db),
        readVolume(),
        ready(),
      ])
      return { now, processes, database, files, outcomes, cache: { shared: cache.isShared, up: cache.state === 'up' } }
    },

    async samples(hours = 24) {
      const now = clock.now()
      const minutes = await listMinutes(db, startOf(now, hours))
      return { secondsPerPoint: minutesPerPoint(hours) * 60, points: pointsOf(minutes, now, hours) }
    },

    async securityEvents({
      cursor,
      limit = pageSize,
      event,
    }: {
      cursor?: string | undefined
      limit?: number | undefined
      event?: KeptEvent | undefined
    }) {
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor))
        throw new AppError('invalid_input', 'This page of the list cannot be found. Start from its first page.')
      const before = cursor === undefined ? undefined : Number(cursor)
      const rows = await listEvents(db, { event, before }, limit + 1)
      const items = rows.slice(0, limit)
      return {
        items,
        nextCursor: rows.length > limit ? String(items.at(-1)?.id) : null,
        total: cursor === undefined ? await countEvents(db, event) : null,
      }
    },

    /** One run at a time, whoever asks, and one answer for half a minute: it knocks at every peer. */
    checks(): Promise<{ at: Date; rows: Row[] }> {
      if (!shared || clock.now().getTime() >= shared.until) {
        const answer = deployChecks().then((rows) => ({ at: clock.now(), rows }))
        const mine = { until: Number.POSITIVE_INFINITY, answer }
        shared = mine
        answer.then(
          () => {
            mine.until = clock.now().getTime() + sharedMs
          },
          () => {
            mine.until = 0
          },
        )
      }
      return shared.answer
    },
  }
}
