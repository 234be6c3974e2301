import { hostname } from 'node:os'
import { v7 as uuidv7 } from 'uuid'
import type { ProcessKind } from '#contract/system.options.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import { repeat } from '#server/platform/repeat.ts'
import type { SecurityBuffer } from '#server/platform/security-buffer.ts'
import { version } from '#server/platform/version.ts'
import { droppedRow, rowOf } from './events.rules.ts'
import { insertEvents, insertSample } from './system.repo.ts'

const minuteMs = 60_000
/** At half past: whatever a timer is early or late by, each minute has one sample of each process. */
const untilHalfPast = (): number => minuteMs - ((Date.now() + minuteMs / 2) % minuteMs)

/** Keeps what this process does and what its security log says. A database that is away is said once and tried again. */
export function keepingService({
  db,
  clock,
  log,
  metrics,
  securityBuffer,
}: Pick<ModuleDeps, 'db' | 'clock' | 'log' | 'metrics'> & { securityBuffer: SecurityBuffer }) {
  const self = { process_id: uuidv7(), host: hostname(), pid: process.pid, version }
  let works = false
  let serves = false
  let isKeeping = false
  let stopSampling: (() => Promise<void>) | undefined

  function quietly(work: () => Promise<void>, words: string): () => Promise<void> {
    let isFailing = false
    return async () => {
      try {
        await work()
        isFailing = false
      } catch (err) {
        if (!isFailing) log.warn({ err }, words)
        isFailing = true
      }
    }
  }

  const sample = quietly(async () => {
    const { p95Ms, loopMs, requests, errors, jobsDone, jobsFailed } = metrics.snapshot()
    const pool = db.connections()
    const now = clock.now()
    const kind: ProcessKind = works && serves ? 'all' : works ? 'worker' : 'web'
    await db.transact((tx) =>
      insertSample(tx, {
        at: now,
        ...self,
        kind,
        started_at: new Date(now.getTime() - Math.round(process.uptime() * 1_000)),
        requests,
        errors,
        p95_ms: requests > 0 ? p95Ms : null,
        loop_ms: loopMs,
        memory_mb: Math.round(process.memoryUsage.rss() / 1_000_000),
        pool_total: pool.total,
        pool_waiting: pool.waiting,
        jobs_done: jobsDone,
        jobs_failed: jobsFailed,
      }),
    )
  }, 'the figures of this process could not be kept')

  const flush = quietly(
    () =>
      securityBuffer.flush(async (events, dropped) => {
        const rows = events.map(rowOf)
        if (dropped > 0) rows.push(droppedRow(clock.now(), dropped))
        await db.transact((tx) => insertEvents(tx, rows))
      }),
    'security events could not be kept',
  )

  /** Once it is known what the process does; a command line does neither and shows nowhere. */
  async function beginSampling(): Promise<void> {
    if (!isKeeping || (!works && !serves)) return
    stopSampling ??= repeat(untilHalfPast, sample)
    await sample()
  }

  return {
    /** From now on requests are answered. */
    async serving(): Promise<void> {
      serves = true
      await beginSampling()
    },
    /** @returns stops, and writes what is held; to be called while the database is open */
    async start(runsJobs: boolean): Promise<() => Promise<void>> {
      works = runsJobs
      isKeeping = true
      const stopFlushing = repeat(() => 1_000, flush)
      await beginSampling()
      return async () => {
        isKeeping = false
        await Promise.all([stopSampling?.(), stopFlushing()])
        await flush()
      }
    },
  }
}
