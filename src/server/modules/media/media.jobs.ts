import { z } from 'zod'
import { defineJob } from '#server/platform/jobs.ts'
import { scrubSeconds } from './media.rules.ts'

const base = { queue: 'files', concurrency: 1 }

/** A slice of a move; the next one follows by itself. Its last object may be of gigabytes, on a slow line. */
export const moveMedia = defineJob({
  ...base,
  name: 'media.move',
  payload: z.object({ moveId: z.uuid() }),
  attempts: 20,
  limitSeconds: 21_600,
})

export const cleanUpMedia = defineJob({
  ...base,
  name: 'media.clean-up',
  payload: z.object({ moveId: z.uuid() }),
  attempts: 10,
  limitSeconds: 3_600,
})

export const collectMedia = defineJob({
  ...base,
  name: 'media.collect',
  payload: z.object({}),
  attempts: 3,
  limitSeconds: 3_600,
  schedule: '20 1 * * *',
})

export const scrubMedia = defineJob({
  ...base,
  name: 'media.scrub',
  payload: z.object({}),
  attempts: 3,
  limitSeconds: scrubSeconds + 300,
  schedule: '40 1 * * *',
})

/** One person's letter about one scrub. */
export const sendDamageLetter = defineJob({
  name: 'media.send-damage-letter',
  payload: z.object({ userId: z.uuid(), damaged: z.number().int(), mended: z.number().int() }),
  attempts: 5,
  limitSeconds: 60,
  queue: 'mail',
})
