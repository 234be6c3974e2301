import { z } from 'zod'
import { defineJob } from '#server/platform/jobs.ts'

export const dailyReport = defineJob({
  name: 'reports.daily',
  payload: z.object({}),
  attempts: 5,
  limitSeconds: 120,
  queue: 'reports',
  schedule: '0 8 * * *',
})

/** One person's letter, so that one address that refuses mail does not send the others theirs again. */
export const sendDailyReport = defineJob({
  name: 'reports.send-daily',
  payload: z.object({ userId: z.uuid(), day: z.iso.date() }),
  attempts: 5,
  limitSeconds: 60,
  queue: 'reports',
})
