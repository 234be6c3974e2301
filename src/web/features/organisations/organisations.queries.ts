import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type CallInput, call } from '#web/lib/api.ts'
import type { Found } from '#web/ui/search-select.tsx'

type Query = NonNullable<CallInput<'GET /api/v1/organisations'>['query']>

export const organisationsQuery = (query: Query) =>
  queryOptions({
    queryKey: ['organisations', query],
    queryFn: ({ signal }) => call('GET /api/v1/organisations', { query, signal }),
    placeholderData: keepPreviousData,
  })

export const organisationById = (organisationId: string) =>
  queryOptions({
    queryKey: ['organisations', 'one', organisationId],
    queryFn: ({ signal }) => call('GET /api/v1/organisations/:organisationId', { params: { organisationId }, signal }),
  })

const mostOffered = '20'

/** Active organisations for a picker. */
export async function findOrganisations(words: string, signal: AbortSignal): Promise<Found[]> {
  const { items } = await call('GET /api/v1/organisations', {
    query: { q: words || undefined, active: 'true', limit: mostOffered },
    signal,
  })
  return items.map(({ id, name, acronym }) => ({ value: id, label: acronym ? `${acronym} – ${name}` : name }))
}
