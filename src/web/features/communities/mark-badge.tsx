import { Badge, Tooltip } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** What a reader must know before trusting a record. */
export function MarkBadge({ kind }: { kind: 'demo' | 'archived' }) {
  const { t } = useTranslation('registry')
  return (
    <Tooltip label={t(`mark.${kind}Help`)}>
      <Badge variant="outline" color="gray" size="sm" tt="none" fw={500} miw="max-content">
        {t(`mark.${kind}`)}
      </Badge>
    </Tooltip>
  )
}
