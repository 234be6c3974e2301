import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { PlaceLevel } from '#contract/places.options.ts'
import type { PlaceSummary, PlaceView } from '#contract/places.ts'
import { call } from '#web/lib/api.ts'

export type { PlaceSummary, PlaceView }

export interface PlaceSearch {
  q: string
  level?: PlaceLevel
  within?: string
  /** `false` leaves out places that are in BARMM today. */
  barmm?: boolean
  limit?: number
}

export const shortestPlaceSearch = 2

/** Places change with an issuance of the PSA, not while somebody types. */
const placesAreFresh = 10 * 60 * 1000

export const placeSearch = (search: PlaceSearch) =>
  queryOptions({
    queryKey: ['places', 'search', search],
    queryFn: ({ signal }) =>
      call('GET /api/v1/places', {
        query: {
          q: search.q,
          level: search.level,
          within: search.within,
          barmm: search.barmm === undefined ? undefined : search.barmm ? 'true' : 'false',
          limit: search.limit === undefined ? undefined : String(search.limit),
        },
        signal,
      }),
    enabled: search.q.trim().length >= shortestPlaceSearch,
    placeholderData: keepPreviousData,
    staleTime: placesAreFresh,
  })

/** The places directly below; without a code, the regions. */
export const placeChildren = (code: string | undefined) =>
  queryOptions({
    queryKey: ['places', 'children', code ?? ''],
    queryFn: ({ signal }) => call('GET /api/v1/places/children', { query: { of: code }, signal }),
    staleTime: placesAreFresh,
  })

export const placeByCode = (code: string) =>
  queryOptions({
    queryKey: ['places', 'one', code],
    queryFn: ({ signal }) => call('GET /api/v1/places/:code', { params: { code }, signal }),
    staleTime: placesAreFresh,
  })
