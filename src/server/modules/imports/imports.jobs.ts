import { z } from 'zod'
import { roleNames } from '#contract/access.ts'
import { defineJob } from '#server/platform/jobs.ts'

/** Who asked, and where that person may import: what was allowed when the button was pressed. */
const importer = z.object({
  userId: z.uuid(),
  name: z.string(),
  role: z.enum(roleNames),
  /** Places whose inside may be imported into; null is everywhere. */
  placeCodes: z.array(z.string()).nullable(),
  requestId: z.string(),
  address: z.string(),
})
export type Importer = z.infer<typeof importer>

const payload = z.object({ importId: z.uuid(), importer })
export type ImportJobPayload = z.infer<typeof payload>

/** Files are large: one of each at a time. */
const work = { payload, attempts: 5, limitSeconds: 900, queue: 'imports', concurrency: 1 }
export const checkImport = defineJob({ name: 'imports.check', ...work })
export const applyImport = defineJob({ name: 'imports.apply', ...work })
export const tidyImports = defineJob({
  name: 'imports.tidy',
  payload: z.object({}),
  attempts: 3,
  limitSeconds: 240,
  schedule: '20 * * * *',
})
