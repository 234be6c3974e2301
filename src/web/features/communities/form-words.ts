import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDay, formatNumber } from '#web/ui/formats.ts'
import { useCommunityWords } from './community-words.ts'
import { type Collision, type CommunityDraft, degreesOf, numberOf } from './form-values.ts'

type ShownField = Exclude<keyof CommunityDraft, 'latitude' | 'longitude' | 'barangayCode'> | 'position'

/** A field of the form as a person reads it; an empty one says so. */
export function useDraftWords() {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const value = useCallback(
    (field: ShownField, draft: CommunityDraft): string => {
      const empty = t('form.empty')
      switch (field) {
        case 'aliases':
          return draft.aliases.join('; ') || empty
        case 'settlementType':
          return draft.settlementType ? words.settlement(draft.settlementType) : empty
        case 'proximity':
          return draft.proximity ? words.proximity(draft.proximity) : empty
        case 'status':
          return draft.status ? words.status(draft.status) : empty
        case 'statusDate':
          return draft.statusDate ? formatDay(draft.statusDate) : empty
        case 'primaryGroup':
          return draft.primaryGroup ? words.group(draft.primaryGroup) : empty
        case 'otherGroups':
          return draft.otherGroups.map(words.group).join(', ') || empty
        case 'population':
        case 'households':
        case 'families':
        case 'accuracyMetres': {
          const number = numberOf(draft[field])
          return number === null ? empty : formatNumber(number)
        }
        case 'position': {
          const latitude = degreesOf(draft.latitude)
          return latitude === null ? empty : `${latitude}, ${degreesOf(draft.longitude)}`
        }
        default:
          return draft[field].trim() || empty
      }
    },
    [t, words],
  )
  const label = useCallback((field: Collision['field']) => t(`field.${field}`), [t])
  return { value, label }
}
