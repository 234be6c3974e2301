import { z } from 'zod'
import { defineJob } from '../jobs.ts'

export const tidyEvents = defineJob({
  name: 'events.tidy',
  payload: z.object({}),
  attempts: 3,
  limitSeconds: 300,
  schedule: '17 * * * *',
})
