import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query'
import type { AccountView } from '#contract/accounts.ts'
import { type CallInput, call } from '#web/lib/api.ts'

type PeopleQuery = NonNullable<CallInput<'GET /api/v1/accounts'>['query']>
type ApprovalsQuery = NonNullable<CallInput<'GET /api/v1/approvals'>['query']>

export const peopleQuery = (query: PeopleQuery) =>
  queryOptions({
    queryKey: ['people', 'list', query],
    queryFn: ({ signal }) => call('GET /api/v1/accounts', { query, signal }),
    placeholderData: keepPreviousData,
  })

export const personQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['people', 'one', accountId],
    queryFn: ({ signal }) => call('GET /api/v1/accounts/:accountId', { params: { accountId }, signal }),
  })

export const approvalsQuery = (query: ApprovalsQuery) =>
  queryOptions({
    queryKey: ['approvals', query],
    queryFn: ({ signal }) => call('GET /api/v1/approvals', { query, signal }),
    placeholderData: keepPreviousData,
  })

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal }) => call('GET /api/v1/access/roles', { signal }),
})

/** An action answered with the person as they are now. */
export function keepPerson(queries: QueryClient, person: AccountView): void {
  queries.setQueryData(personQuery(person.id).queryKey, person)
  void queries.invalidateQueries({ queryKey: ['people', 'list'] })
  void queries.invalidateQueries({ queryKey: ['approvals'] })
}
