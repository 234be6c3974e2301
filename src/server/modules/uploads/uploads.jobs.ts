import { z } from 'zod'
import { defineJob } from '#server/platform/jobs.ts'

/** Makes a file of an upload whose bytes are all here, when the request that brought the last of them did not. */
export const finishUpload = defineJob({
  name: 'uploads.finish',
  payload: z.object({ uploadId: z.uuid() }),
  attempts: 3,
  limitSeconds: 1_800,
  queue: 'files',
})

/** Finds uploads that a killed process left whole but unfinished. */
export const resumeUploads = defineJob({
  name: 'uploads.resume',
  payload: z.object({}),
  attempts: 1,
  limitSeconds: 240,
  schedule: '* * * * *',
})

/** Gives up what does not go on, and removes staged bytes that nothing needs. */
export const tidyUploads = defineJob({
  name: 'uploads.tidy',
  payload: z.object({}),
  attempts: 3,
  limitSeconds: 240,
  schedule: '35 * * * *',
})
