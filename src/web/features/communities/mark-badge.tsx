import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** What a reader must know before trusting a record. */
export function MarkBadge({ kind }: { kind: 'demo' | 'archived' }) {
  const { t } = useTranslation('registry')
  return (
    <Badge variant="outline" color="gray" size="sm" tt="none" fw={500} title={t(`mark.${kind}Help`)}>
      {t(`mark.${kind}`)}
    </Badge>
  )
}
