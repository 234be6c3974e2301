import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { ImportView } from '#contract/imports.ts'
import { call } from '#web/lib/api.ts'
import { isTold } from '#web/lib/events.ts'
import { queryClient } from '#web/lib/query.ts'

export type { ImportView }

export const importsPageSize = 25
export const problemsPageSize = 50
/** Asked again by the page itself: seldom while changes are told, which others’ imports are not. */
const askAgainMs = () => (isTold() ? 10_000 : 3_000)

const underWay: readonly ImportView['state'][] = ['uploaded', 'checking', 'applying']
export const isUnderWay = (state: ImportView['state']): boolean => underWay.includes(state)

export const importList = (cursor: string | undefined) =>
  queryOptions({
    queryKey: ['imports', 'list', cursor ?? ''],
    queryFn: ({ signal }) => call('GET /api/v1/imports', { query: { cursor, limit: String(importsPageSize) }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.items.some(({ state }) => isUnderWay(state)) ? askAgainMs() : false),
  })

export const importById = (importId: string) =>
  queryOptions({
    queryKey: ['imports', 'one', importId],
    queryFn: ({ signal }) => call('GET /api/v1/imports/:importId', { params: { importId }, signal }),
    refetchInterval: (query) => (query.state.data && isUnderWay(query.state.data.state) ? askAgainMs() : false),
  })

export const importProblems = (importId: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ['imports', 'problems', importId, cursor ?? ''],
    queryFn: ({ signal }) =>
      call('GET /api/v1/imports/:importId/problems', {
        params: { importId },
        query: { cursor, limit: String(problemsPageSize) },
        signal,
      }),
    placeholderData: keepPreviousData,
  })

const seen = (view: ImportView): ImportView => {
  queryClient.setQueryData(importById(view.id).queryKey, view)
  void queryClient.invalidateQueries({ queryKey: ['imports', 'list'] })
  return view
}

export const uploadImport = async (file: File, onceKey: string): Promise<ImportView> =>
  seen(await call('POST /api/v1/imports', { file, onceKey }))

export const applyImport = async (importId: string) =>
  seen(await call('POST /api/v1/imports/:importId/apply', { params: { importId } }))

export const cancelImport = async (importId: string) =>
  seen(await call('POST /api/v1/imports/:importId/cancel', { params: { importId } }))

export const retryImport = async (importId: string) =>
  seen(await call('POST /api/v1/imports/:importId/retry', { params: { importId } }))
