import { queryOptions } from '@tanstack/react-query'
import { call } from '#web/lib/api.ts'

export const profileQuery = queryOptions({
  queryKey: ['account', 'profile'],
  queryFn: ({ signal }) => call('GET /api/v1/account', { signal }),
})

export const ownSessionsQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: async ({ signal }) => (await call('GET /api/v1/account/sessions', { signal })).items,
})

export const tokensQuery = queryOptions({
  queryKey: ['account', 'tokens'],
  queryFn: async ({ signal }) => (await call('GET /api/v1/account/tokens', { signal })).items,
})
