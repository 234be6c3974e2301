import { QueryClient } from '@tanstack/react-query'
import { ApiError, OfflineError } from './api.ts'

const attemptsOffline = 2

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // Asked even when the browser believes that there is no line: a question that waits for it would look like loading for ever.
      networkMode: 'always',
      refetchOnReconnect: true,
      refetchOnWindowFocus: true,
      // An answer with a reason will not change by asking again; a lost line may come back.
      retry: (count, error) =>
        count < attemptsOffline &&
        (error instanceof OfflineError || (error instanceof ApiError && error.problem.code === 'unavailable')),
    },
    mutations: { retry: false, networkMode: 'always' },
  },
})
