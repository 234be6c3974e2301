import { z } from 'zod'
import { defineJob } from '#server/platform/jobs.ts'

export const tidySystem = defineJob({
  name: 'system.tidy',
  payload: z.object({}),
  attempts: 3,
  schedule: '17 * * * *',
})
