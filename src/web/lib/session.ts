import { queryOptions, useQuery } from '@tanstack/react-query'
import type { Permission } from '#contract/access.ts'
import type { SessionView } from '#contract/session.ts'
import { call } from './api.ts'
import { queryClient } from './query.ts'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<SessionView | null> => (await call('GET /api/v1/session', { signal })).session,
  staleTime: 60_000,
})

export const setSession = (session: SessionView | null) => {
  queryClient.setQueryData(sessionQuery.queryKey, session)
}

/** Somebody has signed in: nothing that another person loaded in this tab stays. */
export function enter(session: SessionView): void {
  queryClient.clear()
  setSession(session)
}

/** The person who is signed in. Only for pages inside the shell, which opens with a session only. */
export function useSession(): SessionView {
  const { data } = useQuery(sessionQuery)
  if (!data) throw new Error('This page needs a session.')
  return data
}

export const holds = (session: SessionView | null | undefined, permission: Permission): boolean =>
  session?.permissions.some((held) => held.name === permission) ?? false

/** Whether to offer an action at all; the server decides again, row by row. */
export function useCan(permission: Permission): boolean {
  const { data } = useQuery(sessionQuery)
  return holds(data, permission)
}
