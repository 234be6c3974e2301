import { fromKysely, type PgBoss } from 'pg-boss'
import type { Tx } from '../db.ts'
import { deadLetters } from './install.ts'
import { readSchedules, type ScheduleState } from './schedules.ts'

/** What administrators see and decide. Lists are read with SQL by who shows them. */
export interface JobDesk {
  schedules(now: Date): Promise<ScheduleState[]>
  /** Processes that run jobs and gave a sign of life within a minute and a half. */
  countWorkers(): Promise<number>
  /** Stores dead letters again under the job that they were. @returns how many */
  retry(tx: Tx, ids: readonly string[]): Promise<number>
  /** Removes dead letters for good. */
  discard(tx: Tx, ids: readonly string[]): Promise<void>
}

const missedBeats = 3

export const createDesk = (boss: PgBoss): JobDesk => ({
  schedules: (now) => readSchedules(boss, now),
  async countWorkers() {
    const instances = await boss.getInstances()
    return instances.filter(
      ({ stoppedOn, heartbeatOn, heartbeatSeconds }) =>
        !stoppedOn && Date.now() - heartbeatOn.getTime() < missedBeats * heartbeatSeconds * 1_000,
    ).length
  },
  retry: (tx, ids) => boss.redrive(deadLetters, { ids: [...ids], db: fromKysely(tx) }),
  async discard(tx, ids) {
    await boss.deleteJob(deadLetters, [...ids], { db: fromKysely(tx) })
  },
})
