import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { DamagedTable } from '#web/features/media/damaged-table.tsx'
import { mediaQuery } from '#web/features/media/media.queries.ts'
import { MovePanel } from '#web/features/media/move-panel.tsx'
import { Stores } from '#web/features/media/stores.tsx'
import { ScrubPanel, UpkeepPanel } from '#web/features/media/upkeep-panels.tsx'
import { formatBytes, formatNumber } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './system-page.module.css'

export function FilesPage() {
  const { t } = useTranslation('media')
  const { data: media, error, refetch } = useQuery(mediaQuery)
  return (
    <>
      <PageHeader title={t('title')} sub={t('sub')} />
      {media ? (
        <Stack gap="lg">
          {error && <ErrorState error={error} onRetry={() => void refetch()} />}
          {media.problems.count > 0 && (
            <Panel
              title={t('damage.title')}
              sub={
                <>
                  {t('damage.sub')}
                  {media.problems.count > media.problems.items.length &&
                    ` ${t('damage.first', { shown: formatNumber(media.problems.items.length), count: media.problems.count })}`}
                </>
              }
              flush
            >
              <DamagedTable items={media.problems.items} />
            </Panel>
          )}
          <Panel
            title={t('store.title')}
            sub={t('store.sub', { objects: formatNumber(media.kept.objects), size: formatBytes(media.kept.bytes) })}
          >
            <Stores media={media} />
          </Panel>
          <MovePanel media={media} />
          <div className={classes.columns}>
            <ScrubPanel media={media} />
            <UpkeepPanel media={media} />
          </div>
        </Stack>
      ) : (
        <Panel title={t('store.title')}>
          {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Loading rows={4} />}
        </Panel>
      )}
    </>
  )
}
