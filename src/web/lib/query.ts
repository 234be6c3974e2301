import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError, OfflineError } from './api.ts'

const attemptsOffline = 2

/** Called when the server says that nobody is signed in any more; the router sets it. */
let onSignedOut = () => {}
export const whenSignedOut = (action: () => void) => {
  onSignedOut = action
}

function notice(error: unknown): void {
  if (error instanceof ApiError && error.problem.code === 'not_signed_in') onSignedOut()
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: notice }),
  mutationCache: new MutationCache({ onError: notice }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: true,
      // An answer with a reason will not change by asking again; a lost line may come back.
      retry: (count, error) =>
        count < attemptsOffline &&
        (error instanceof OfflineError || (error instanceof ApiError && error.problem.code === 'unavailable')),
    },
    mutations: { retry: false, networkMode: 'always' },
  },
})
