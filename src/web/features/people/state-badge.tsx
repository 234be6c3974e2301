import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { AccountState } from '#contract/accounts.options.ts'

const colours: Record<AccountState, string> = {
  active: 'green',
  requested: 'gold',
  endorsed: 'gold',
  invited: 'gray',
  refused: 'red',
  inactive: 'gray',
}

export function StateBadge({ state }: { state: AccountState }) {
  const { t } = useTranslation('people')
  return (
    <Badge variant="light" color={colours[state]}>
      {t(`state.${state}`)}
    </Badge>
  )
}
