import { communitySorts, communityStatuses, groupFilters } from '#contract/communities.options.ts'
import { digits, flag, listOf, oneOf, type SearchOf, searchOf, text } from '#web/lib/routing.ts'

const filter = {
  q: text,
  place: digits,
  status: listOf(communityStatuses),
  group: listOf(groupFilters),
  located: oneOf(['true', 'false']),
  archived: flag,
}

/** What the list, its counts, the map and the export share; the same names as in the API. */
export const readFilter = searchOf(filter)
export type CommunityFilterSearch = SearchOf<typeof filter>

const list = { ...filter, sort: oneOf(communitySorts), cursor: text, page: digits, columns: text }
export const readList = searchOf(list)
export type CommunityListSearch = SearchOf<typeof list>

export const filterOf = ({
  q,
  place,
  status,
  group,
  located,
  archived,
}: CommunityFilterSearch): CommunityFilterSearch => ({
  q,
  place,
  status,
  group,
  located,
  archived,
})

export const isFiltered = (search: CommunityFilterSearch): boolean =>
  Boolean(search.q || search.place || search.status || search.group || search.located || search.archived)

export const itemsOf = (text: string | undefined): string[] => text?.split(',').filter(Boolean) ?? []
