import type { PgBoss } from 'pg-boss'
import type { Log } from '../log.ts'
import { type FiringState, timeOfFiring } from './firings.ts'

export interface ScheduleState extends FiringState {
  job: string
  /** Five-field cron, Asia/Manila. */
  cron: string
}

/** A worker's look at the clock, the making of the job and a busy machine may take so long. */
const patienceMs = 3 * 60_000
const lookEveryMs = 2 * 60_000

/** Every schedule, its last and next firing, read against the clock. */
export async function readSchedules(boss: PgBoss, now: Date): Promise<ScheduleState[]> {
  const rows = await boss.getSchedules()
  return Promise.all(
    rows.map(async ({ name, cron, timezone, createdOn, lastJobId }) => {
      const [last] = lastJobId ? await boss.findJobs(name, { id: lastJobId }) : []
      const after = (from: Date, count = 1) => boss.previewSchedule(cron, { tz: timezone, from, count })
      const firing = timeOfFiring({ after, createdAt: createdOn, lastAt: last?.createdOn ?? null, now, patienceMs })
      return { job: name, cron, ...firing }
    }),
  )
}

/** Warns of each firing that was missed: at once, and every two minutes. @returns ends it */
export function watchSchedules(boss: PgBoss, log: Log): () => void {
  const told = new Set<string>()
  const look = async (): Promise<void> => {
    for (const { job, state, dueAt } of await readSchedules(boss, new Date())) {
      const key = `${job} ${dueAt?.toISOString()}`
      if ((state !== 'missed' && state !== 'late') || told.has(key)) continue
      told.add(key)
      log.warn({ job, dueAt, made: state === 'late' }, 'a scheduled job was missed; it runs once now')
    }
  }
  const lookSafely = () => look().catch((err: unknown) => log.warn({ err }, 'schedules could not be read'))
  void lookSafely()
  const timer = setInterval(lookSafely, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
