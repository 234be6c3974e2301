import { useQuery } from '@tanstack/react-query'
import { call } from '#web/lib/api.ts'
import type { Collision, CommunityDraft } from './form-values.ts'
import { useDraftWords } from './form-words.ts'

export function DraftValue({ field, draft }: { field: Collision['field']; draft: CommunityDraft }) {
  const { value } = useDraftWords()
  if (field === 'barangayCode') return <PlaceWords code={draft.barangayCode} />
  return <>{value(field, draft)}</>
}

/** A place's name and path for its code; the code while, or when, no name comes. */
export function PlaceWords({ code }: { code: string }) {
  const { data } = useQuery({
    queryKey: ['places', 'one', code],
    queryFn: ({ signal }) => call('GET /api/v1/places/:code', { params: { code }, signal }),
    staleTime: 10 * 60 * 1000,
  })
  if (!data) return <>{code}</>
  return <>{[data, ...data.path.toReversed()].map(({ name }) => name).join(', ')}</>
}
