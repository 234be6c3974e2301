import { queryOptions } from '@tanstack/react-query'
import { type CallInput, call } from '#web/lib/api.ts'

export type MapQuery = NonNullable<CallInput<'GET /api/v1/communities/map'>['query']>

export const mapPoints = (query: MapQuery) =>
  queryOptions({
    queryKey: ['communities', 'map', query],
    queryFn: ({ signal }) => call('GET /api/v1/communities/map', { query, signal }),
  })
