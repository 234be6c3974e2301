import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type {
  ChangeCommunityBody,
  CommunityRow,
  CommunityView,
  ContactBody,
  ContactView,
  CreateCommunityBody,
  HistoryEntry,
} from '#contract/communities.ts'
import { call } from '#web/lib/api.ts'
import { queryClient } from '#web/lib/query.ts'
import { type CommunityFilterSearch, type CommunityListSearch, filterOf } from './list-search.ts'

export type { CommunityRow, CommunityView, ContactBody, ContactView, HistoryEntry }

export const listPageSize = 25

export const communityList = (search: CommunityListSearch) =>
  queryOptions({
    queryKey: ['communities', 'list', filterOf(search), search.sort, search.cursor],
    queryFn: ({ signal }) =>
      call('GET /api/v1/communities', {
        query: { ...filterOf(search), sort: search.sort, cursor: search.cursor, limit: String(listPageSize) },
        signal,
      }),
    placeholderData: keepPreviousData,
  })

export const communityFigures = (filter: CommunityFilterSearch) =>
  queryOptions({
    queryKey: ['communities', 'figures', filterOf(filter)],
    queryFn: ({ signal }) => call('GET /api/v1/communities/figures', { query: filterOf(filter), signal }),
    placeholderData: keepPreviousData,
  })

const mostOffered = '20'

/** For a picker. */
export async function findCommunities(words: string, signal: AbortSignal): Promise<{ value: string; label: string }[]> {
  const { items } = await call('GET /api/v1/communities', {
    query: { q: words || undefined, limit: mostOffered },
    signal,
  })
  return items.map(({ id, name, city }) => ({ value: id, label: `${name}, ${city.name}` }))
}

export const communityById = (communityId: string) =>
  queryOptions({
    queryKey: ['communities', 'one', communityId],
    queryFn: ({ signal }) => call('GET /api/v1/communities/:communityId', { params: { communityId }, signal }),
  })

export const communityContacts = (communityId: string) =>
  queryOptions({
    queryKey: ['communities', 'contacts', communityId],
    queryFn: ({ signal }) => call('GET /api/v1/communities/:communityId/contacts', { params: { communityId }, signal }),
  })

const historyPageSize = 20

export const communityHistory = (communityId: string) =>
  infiniteQueryOptions({
    queryKey: ['communities', 'history', communityId],
    queryFn: ({ pageParam, signal }) =>
      call('GET /api/v1/communities/:communityId/history', {
        params: { communityId },
        query: { cursor: pageParam, limit: String(historyPageSize) },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })

/** Lists, counts and maps may all have changed. */
async function keep(view: CommunityView): Promise<CommunityView> {
  queryClient.setQueryData(communityById(view.id).queryKey, view)
  await queryClient.invalidateQueries({
    queryKey: ['communities'],
    predicate: ({ queryKey }) => queryKey[1] !== 'one',
    refetchType: 'active',
  })
  return view
}

export const createCommunity = async (body: CreateCommunityBody, onceKey: string) =>
  keep(await call('POST /api/v1/communities', { body, onceKey }))

export const changeCommunity = async (communityId: string, body: ChangeCommunityBody) =>
  keep(await call('PATCH /api/v1/communities/:communityId', { params: { communityId }, body }))

export const archiveCommunity = async (communityId: string, body: { reason: string; version: number }) =>
  keep(await call('POST /api/v1/communities/:communityId/archive', { params: { communityId }, body }))

export const restoreCommunity = async (communityId: string, body: { version: number }) =>
  keep(await call('POST /api/v1/communities/:communityId/restore', { params: { communityId }, body }))

/** What is stored now, asked afresh. */
export const freshCommunity = (communityId: string): Promise<CommunityView> =>
  queryClient.fetchQuery({ ...communityById(communityId), staleTime: 0 })

const contactsChanged = async (communityId: string): Promise<void> => {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: communityContacts(communityId).queryKey }),
    queryClient.invalidateQueries({ queryKey: communityHistory(communityId).queryKey }),
  ])
}

export async function addContact(communityId: string, body: ContactBody, onceKey: string): Promise<void> {
  await call('POST /api/v1/communities/:communityId/contacts', { params: { communityId }, body, onceKey })
  await contactsChanged(communityId)
}

export async function changeContact(
  communityId: string,
  contactId: string,
  body: Partial<ContactBody> & { version: number },
): Promise<void> {
  await call('PATCH /api/v1/communities/:communityId/contacts/:contactId', { params: { communityId, contactId }, body })
  await contactsChanged(communityId)
}

export async function removeContact(communityId: string, contactId: string, version: number): Promise<void> {
  await call('POST /api/v1/communities/:communityId/contacts/:contactId/remove', {
    params: { communityId, contactId },
    body: { version },
  })
  await contactsChanged(communityId)
}
