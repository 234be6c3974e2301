import { Alert, Stack } from '@mantine/core'
import { IconAlertTriangle, IconArchive, IconCircleCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '#web/ui/formats.ts'
import type { CommunityView } from './communities.queries.ts'

interface Props {
  community: CommunityView
  /** What was just done, as the address says after a form. */
  saved?: 'created' | 'changed' | 'merged'
}

export function CommunityNotices({ community, saved }: Props) {
  const { t } = useTranslation('registry')
  const { warnings, archived, archivedAt, archiveReason } = community
  if (!saved && warnings.length === 0 && !archived) return null
  return (
    <Stack gap="xs" mb="lg">
      {saved && (
        <Alert role="status" color="green" variant="light" icon={<IconCircleCheck aria-hidden />}>
          {t(`saved.${saved}`, { officeId: community.officeId })}
        </Alert>
      )}
      {archived && (
        <Alert color="gray" icon={<IconArchive aria-hidden />} title={t('archive.isArchived')}>
          {t('archive.since', { moment: formatMoment(archivedAt), reason: archiveReason })}
        </Alert>
      )}
      {warnings.length > 0 && (
        <Alert color="gold" icon={<IconAlertTriangle aria-hidden />} title={t('warning.title')}>
          {warnings.map(({ code }) => (
            <div key={code}>{t(`warning.${code}`, { region: community.region.name })}</div>
          ))}
        </Alert>
      )}
    </Stack>
  )
}
