import { z } from 'zod'
import { defineJob } from '#server/platform/jobs.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** Scans content, makes small pictures of it and reads its text; what was done before is not done again. */
export const examineContent = defineJob({
  name: 'contents.examine',
  payload: z.object({ sha256 }),
  attempts: 3,
  /** A recording of 2 GB goes to the scanner as a whole. */
  limitSeconds: 900,
  queue: 'contents',
  concurrency: 2,
})

/** Looks for what still waits: the scanner or the bucket was away, or a worker died on its last try. */
export const examineWaiting = defineJob({
  name: 'contents.examine-waiting',
  payload: z.object({}),
  attempts: 1,
  limitSeconds: 120,
  queue: 'contents',
  schedule: '*/5 * * * *',
})

/** To one administrator: a file with a virus came. */
export const sendInfectedLetter = defineJob({
  name: 'contents.send-infected-letter',
  payload: z.object({ userId: z.uuid(), sha256 }),
  attempts: 8,
  limitSeconds: 60,
  queue: 'mail',
})
