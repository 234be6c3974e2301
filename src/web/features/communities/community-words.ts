import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type CommunityStatus,
  type ContactRole,
  communityStatuses,
  contactRoles,
  type EthnolinguisticGroup,
  ethnolinguisticGroups,
  type Proximity,
  proximities,
  type SettlementType,
  settlementTypes,
} from '#contract/communities.options.ts'
import { compareNames } from '#web/ui/formats.ts'

const options = <T extends string>(values: readonly T[], word: (value: T) => string) =>
  values.map((value) => ({ value, label: word(value) }))

const sorted = <T extends string>(items: { value: T; label: string }[]) =>
  items.sort((a, b) => Number(a.value === 'other') - Number(b.value === 'other') || compareNames(a.label, b.label))

/** The person's words for every coded value, and the options of a choice in the order of that language. */
export function useCommunityWords() {
  const { t } = useTranslation('registry')
  const { t: shared } = useTranslation('shell')
  return useMemo(() => {
    const status = (value: CommunityStatus) => shared(`status.${value}`)
    const group = (value: EthnolinguisticGroup) => shared(`group.${value}`)
    const settlement = (value: SettlementType) => t(`settlement.${value}`)
    const proximity = (value: Proximity) => t(`proximity.${value}`)
    const role = (value: ContactRole) => t(`contactRole.${value}`)
    return {
      status,
      group,
      settlement,
      proximity,
      role,
      statusOptions: options(communityStatuses, status),
      groupOptions: sorted(options(ethnolinguisticGroups, group)),
      settlementOptions: options(settlementTypes, settlement),
      proximityOptions: options(proximities, proximity),
      roleOptions: sorted(options(contactRoles, role)),
    }
  }, [t, shared])
}
