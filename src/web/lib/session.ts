import { queryOptions } from '@tanstack/react-query'
import { createContext, use } from 'react'
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

/**
 * The session that the shell has opened with. Pages read it here and not from the query, which is empty from the moment
 * the session ends: a page that renders between that moment and its leaving would find nobody signed in.
 */
export const OpenSession = createContext<SessionView | null>(null)

/** The person who is signed in. Only for what is inside the shell. */
export function useSession(): SessionView {
  const session = use(OpenSession)
  if (!session) throw new Error('This page needs a session.')
  return session
}

export const holds = (session: SessionView | null | undefined, permission: Permission): boolean =>
  session?.permissions.some((held) => held.name === permission) ?? false

/** Whether to offer an action at all; the server decides again, row by row. */
export const useCan = (permission: Permission): boolean => holds(useSession(), permission)
