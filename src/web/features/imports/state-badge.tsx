import { Badge, Loader } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type ImportView, isUnderWay } from './imports.queries.ts'

const colours = {
  uploaded: 'gray',
  checking: 'blue',
  checked: 'gold',
  applying: 'blue',
  applied: 'green',
  cancelled: 'gray',
  refused: 'red',
  failed: 'red',
} as const satisfies Record<ImportView['state'], string>

export function StateBadge({ state }: { state: ImportView['state'] }) {
  const { t } = useTranslation('shell')
  return (
    <Badge
      variant="light"
      color={colours[state]}
      tt="none"
      fw={600}
      autoContrast
      leftSection={isUnderWay(state) ? <Loader size={10} type="oval" color="currentColor" aria-hidden /> : undefined}
    >
      {t(`importState.${state}`)}
    </Badge>
  )
}
