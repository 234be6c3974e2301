import { z } from 'zod'
import { defineJob } from '#server/platform/jobs.ts'

const hour = 3_600

/** At 02:00 in Manila. The proof follows each backup. */
export const makeBackup = defineJob({
  name: 'backups.make',
  payload: z.object({}),
  attempts: 3,
  limitSeconds: 12 * hour,
  queue: 'backups',
  concurrency: 1,
  schedule: '0 2 * * *',
})

export const proveBackup = defineJob({
  name: 'backups.prove',
  payload: z.object({}),
  attempts: 2,
  limitSeconds: 12 * hour,
  queue: 'backups',
  concurrency: 1,
})

/** One person's letter about a backup that failed. */
export const sendAlarm = defineJob({
  name: 'backups.send-alarm',
  payload: z.object({ userId: z.uuid(), runId: z.uuid() }),
  attempts: 5,
  limitSeconds: 60,
  queue: 'mail',
})
