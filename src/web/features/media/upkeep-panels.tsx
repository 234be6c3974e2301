import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { MediaView } from '#contract/media.ts'
import { Facts } from '#web/ui/facts.tsx'
import { formatBytes, formatMoment, formatNumber } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'

export function ScrubPanel({ media: { scrub } }: { media: MediaView }) {
  const { t } = useTranslation('media')
  return (
    <Panel title={t('scrub.title')} sub={t('scrub.sub')}>
      {scrub ? (
        <Facts
          items={[
            {
              label: t('scrub.last'),
              value: scrub.endedAt
                ? formatMoment(scrub.endedAt)
                : t('scrub.running', { time: formatMoment(scrub.startedAt) }),
            },
            {
              label: t('scrub.copies'),
              value: t('scrub.copiesOf', { copies: formatNumber(scrub.copies), size: formatBytes(scrub.bytes) }),
            },
            { label: t('scrub.damaged'), value: formatNumber(scrub.damaged) },
            { label: t('scrub.mended'), value: formatNumber(scrub.mended) },
          ]}
        />
      ) : (
        <Text c="dimmed" size="sm">
          {t('scrub.none')}
        </Text>
      )}
    </Panel>
  )
}

export function UpkeepPanel({ media: { unused, quota } }: { media: MediaView }) {
  const { t } = useTranslation('media')
  const used = formatBytes(quota.usedBytes)
  return (
    <Panel title={t('upkeep.title')} sub={t('upkeep.sub', { days: unused.graceDays })}>
      <Facts
        items={[
          {
            label: t('upkeep.unused'),
            value: t('store.objects', { objects: formatNumber(unused.objects), size: formatBytes(unused.bytes) }),
          },
          {
            label: t('upkeep.quota'),
            value:
              quota.limitBytes === null
                ? t('upkeep.noLimit', { used })
                : t('upkeep.quotaOf', { used, limit: formatBytes(quota.limitBytes) }),
          },
        ]}
      />
    </Panel>
  )
}
