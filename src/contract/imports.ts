import { z } from 'zod'
import { importStates, maxImportBytes } from './imports.options.ts'
import { pageOf, pageQuery, timestamp, uuid } from './paging.ts'
import { defineRoutes } from './route.ts'

const importView = z.object({
  id: uuid,
  fileName: z.string(),
  fileBytes: z.number().int(),
  state: z.enum(importStates),
  createdAt: timestamp,
  createdBy: z.string().nullable(),
  finishedAt: timestamp.nullable(),
  /** Rows read and handled so far in the present step; `total` is null until the file has been read once. */
  progress: z.object({ done: z.number().int(), total: z.number().int().nullable(), startedAt: timestamp.nullable() }),
  rows: z.object({
    total: z.number().int(),
    /** Rows that would be, or were, registered. */
    ready: z.number().int(),
    /** Rows with at least one error. An import with errors registers nothing. */
    wrong: z.number().int(),
    /** Rows with a warning only. */
    warned: z.number().int(),
  }),
  /** Which column of the file became which field; `field` null means the column is not used. */
  columns: z.array(z.object({ header: z.string(), field: z.string().nullable() })),
  /** Why the file as a whole was refused, in words. */
  refusal: z.string().nullable(),
  can: z.object({ apply: z.boolean(), cancel: z.boolean(), retry: z.boolean() }),
})
export type ImportView = z.infer<typeof importView>

const importRowProblem = z.object({
  /** Line of the file as the person sees it; the header is line 1. */
  row: z.number().int(),
  severity: z.enum(['error', 'warning']),
  column: z.string().nullable(),
  value: z.string().nullable(),
  message: z.string(),
})

const params = z.object({ importId: uuid })

export const importRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/imports',
    summary: 'Imports, newest first.',
    permission: 'community.import',
    query: z.object(pageQuery),
    reply: pageOf(importView),
  },
  upload: {
    method: 'POST',
    path: '/api/v1/imports',
    summary: 'Upload a CSV or XLSX file of communities. A job checks it (dry run); nothing is registered yet.',
    permission: 'community.import',
    upload: { maxBytes: maxImportBytes },
    reply: importView,
    status: 201,
  },
  show: {
    method: 'GET',
    path: '/api/v1/imports/:importId',
    summary: 'State and progress of one import.',
    permission: 'community.import',
    params,
    reply: importView,
  },
  problems: {
    method: 'GET',
    path: '/api/v1/imports/:importId/problems',
    summary: 'Errors and warnings by row.',
    permission: 'community.import',
    params,
    query: z.object(pageQuery),
    reply: pageOf(importRowProblem),
  },
  marked: {
    method: 'GET',
    path: '/api/v1/imports/:importId/marked-file',
    summary: 'The copy of the uploaded file with the reasons in a first column “Problem”.',
    permission: 'community.import',
    params,
    download: true,
  },
  template: {
    method: 'GET',
    path: '/api/v1/imports/template',
    summary: 'An empty CSV with the columns an import understands.',
    permission: 'community.import',
    download: true,
  },
  apply: {
    method: 'POST',
    path: '/api/v1/imports/:importId/apply',
    summary: 'Register all rows of a checked import without errors; all or nothing.',
    permission: 'community.import',
    params,
    reply: importView,
    status: 202,
  },
  cancel: {
    method: 'POST',
    path: '/api/v1/imports/:importId/cancel',
    summary: 'Cancel an import that is not applied; nothing of it is kept in the registry.',
    permission: 'community.import',
    params,
    reply: importView,
  },
  retry: {
    method: 'POST',
    path: '/api/v1/imports/:importId/retry',
    summary: 'Start a failed import again.',
    permission: 'community.import',
    params,
    reply: importView,
    status: 202,
  },
})
