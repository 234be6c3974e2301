import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { KeptEvent } from '#contract/system.options.ts'
import { call } from '#web/lib/api.ts'

/** While the page is in front; nobody asks for one that is not looked at. */
export const refreshMs = 15_000

export const systemQuery = queryOptions({
  queryKey: ['system', 'now'],
  queryFn: ({ signal }) => call('GET /api/v1/system', { signal }),
  refetchInterval: refreshMs,
})

export const samplesQuery = queryOptions({
  queryKey: ['system', 'samples'],
  queryFn: ({ signal }) => call('GET /api/v1/system/samples', { signal }),
  refetchInterval: refreshMs,
})

export const eventsPageSize = 10

export const eventsQuery = (event: KeptEvent | undefined, cursor: string | undefined) =>
  queryOptions({
    queryKey: ['system', 'events', { event, cursor }],
    queryFn: ({ signal }) =>
      call('GET /api/v1/system/security-events', { query: { event, cursor, limit: String(eventsPageSize) }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
  })

/** Knocks at every peer of the server, so it is asked now and then. */
export const checksQuery = queryOptions({
  queryKey: ['system', 'checks'],
  queryFn: ({ signal }) => call('GET /api/v1/system/checks', { signal }),
  refetchInterval: 300_000,
})
