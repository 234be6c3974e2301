import { z } from 'zod'
import { type ImportView, importRoutes } from '#contract/imports.ts'
import { timestamp, uuid } from '#contract/paging.ts'
import { invalidField } from '#server/platform/errors.ts'
import type { HttpServer } from '#server/platform/http.ts'
import type { SpreadsheetFormat } from '#server/platform/spreadsheets/read.ts'
import { csvStream } from '#server/platform/spreadsheets/write.ts'
import type { ImportRecord } from './imports.reads.ts'
import { canApply, canCancel, canRetry, templateColumns } from './imports.rules.ts'
import type { ImportsService } from './imports.service.ts'

const usualPage = 50

const contentTypes: Record<SpreadsheetFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

const toView = (record: ImportRecord): ImportView => ({
  id: record.id,
  fileName: record.fileName,
  fileBytes: record.fileBytes,
  state: record.state,
  createdAt: record.createdAt.toISOString(),
  createdBy: record.createdBy,
  finishedAt: record.finishedAt?.toISOString() ?? null,
  progress: {
    done: record.progress.done,
    total: record.progress.total,
    startedAt: record.progress.startedAt?.toISOString() ?? null,
  },
  rows: record.rows,
  columns: record.columns,
  refusal: record.refusal,
  can: { apply: canApply(record), cancel: canCancel(record), retry: canRetry(record) },
})

const cursorOf = (...parts: (string | number)[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url')

/** @throws AppError `invalid_input` for anything that is not a cursor of ours */
function partsOf<T>(shape: z.ZodType<T>, cursor: string | undefined): T | undefined {
  if (cursor === undefined) return undefined
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw invalidField('cursor', 'Take the cursor that the page before answered.')
  }
}

const placeInList = z
  .tuple([timestamp.startsWith('20').transform((at) => new Date(at)), uuid])
  .transform(([createdAt, id]) => ({ createdAt, id }))
const placeInProblems = z
  .tuple([z.int().min(0).max(2_147_483_647), z.int().min(0)])
  .transform(([row, id]) => ({ row, id }))

export function serveImports(server: HttpServer, imports: ImportsService): void {
  server.serve(importRoutes, {
    list: async ({ actor, query }) => {
      const limit = query.limit ?? usualPage
      const page = await imports.list(actor, { before: partsOf(placeInList, query.cursor), limit })
      const last = page.items.at(-1)
      return {
        items: page.items.map(toView),
        nextCursor: page.hasMore && last ? cursorOf(last.createdAt.toISOString(), last.id) : null,
        total: page.total,
      }
    },
    upload: async ({ actor, upload, onceKey }) => toView(await imports.upload(actor, await upload(), onceKey)),
    show: async ({ actor, params }) => toView(await imports.show(actor, params.importId)),
    problems: async ({ actor, params, query }) => {
      const limit = query.limit ?? usualPage
      const page = await imports.problems(actor, params.importId, {
        after: partsOf(placeInProblems, query.cursor),
        limit,
      })
      const last = page.items.at(-1)
      return {
        items: page.items.map(({ row, severity, column, value, message }) => ({
          row,
          severity,
          column,
          value,
          message,
        })),
        nextCursor: page.hasMore && last ? cursorOf(last.row, last.id) : null,
        total: page.total,
      }
    },
    marked: async ({ actor, params }) => {
      const { stream, fileName, format } = await imports.marked(actor, params.importId)
      return { stream, fileName, contentType: contentTypes[format] }
    },
    template: async () => ({
      stream: csvStream(templateColumns, noRows()),
      fileName: 'communities.csv',
      contentType: contentTypes.csv,
    }),
    apply: async ({ actor, params }) => toView(await imports.apply(actor, params.importId)),
    cancel: async ({ actor, params }) => toView(await imports.cancel(actor, params.importId)),
    retry: async ({ actor, params }) => toView(await imports.retry(actor, params.importId)),
  })
}

async function* noRows(): AsyncGenerator<never[]> {}
