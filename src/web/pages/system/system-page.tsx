import { Button, Stack, Text } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { DayCharts } from '#web/features/system/day-charts.tsx'
import { FindingsList } from '#web/features/system/findings-list.tsx'
import { ProcessesTable } from '#web/features/system/processes-table.tsx'
import { StatusBand } from '#web/features/system/status-band.tsx'
import { checksQuery, samplesQuery, systemQuery } from '#web/features/system/system.queries.ts'
import { formatTime } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { Answer } from './answer.tsx'
import { BackupsPanel } from './backups-panel.tsx'
import { EventsPanel } from './events-panel.tsx'
import { JobsPanel } from './jobs-panel.tsx'
import { DatabasePanel, FilesPanel, ReadyPanel } from './now-panels.tsx'
import classes from './system-page.module.css'

export function SystemPage() {
  const { t } = useTranslation('status')
  const system = useQuery(systemQuery)
  const samples = useQuery(samplesQuery)
  const checks = useQuery(checksQuery)
  return (
    <>
      <PageHeader title={t('title')} sub={t('sub')} />
      <Stack gap="lg">
        {system.data ? (
          <>
            <StatusBand system={system.data} findings={checks.data?.items} error={system.error} />
            <Panel title={t('process.title')} sub={t('process.sub')} flush>
              {system.data.processes.length === 0 ? (
                <Text c="dimmed" size="sm" className={classes.none}>
                  {t('process.none')}
                </Text>
              ) : (
                <ProcessesTable processes={system.data.processes} now={system.data.now} />
              )}
            </Panel>
            <div className={classes.columns}>
              <ReadyPanel system={system.data} />
              <DatabasePanel system={system.data} />
              <FilesPanel system={system.data} />
              <JobsPanel points={samples.data?.items} />
            </div>
          </>
        ) : (
          <Panel title={t('process.title')}>
            {system.error ? (
              <ErrorState error={system.error} onRetry={() => void system.refetch()} />
            ) : (
              <Loading rows={4} />
            )}
          </Panel>
        )}
        <BackupsPanel />
        <Panel title={t('day.title')} sub={t('day.sub')}>
          <Answer query={samples} rows={5}>
            {({ items }) => <DayCharts points={items} />}
          </Answer>
        </Panel>
        <Panel
          title={t('checks.title')}
          sub={
            <>
              {t(system.data && !system.data.production ? 'checks.subDevelopment' : 'checks.sub')}
              {checks.data && ` ${t('checks.at', { time: formatTime(checks.data.at, true) })}`}
            </>
          }
          actions={
            <Button
              variant="default"
              size="sm"
              leftSection={<IconRefresh size={16} aria-hidden />}
              loading={checks.isFetching}
              onClick={() => void checks.refetch()}
            >
              {t('checks.again')}
            </Button>
          }
        >
          <Answer query={checks}>
            {({ items }) =>
              items.length === 0 ? (
                <Text c="dimmed" size="sm">
                  {t('checks.none')}
                </Text>
              ) : (
                <FindingsList findings={items} />
              )
            }
          </Answer>
        </Panel>
        <EventsPanel />
      </Stack>
    </>
  )
}
