import { Alert, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { QueueView } from '#contract/jobs.ts'
import { queuesQuery, runningJobs, schedulesQuery } from '#web/features/jobs/jobs.queries.ts'
import { QueuesTable } from '#web/features/jobs/queues-table.tsx'
import { RunningTable } from '#web/features/jobs/running-table.tsx'
import { SchedulesTable } from '#web/features/jobs/schedules-table.tsx'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { StatCard } from '#web/ui/stat-card.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { FailedPanel } from './failed-panel.tsx'
import classes from './jobs-page.module.css'

const sum = (queues: readonly QueueView[] | undefined, key: 'waiting' | 'running' | 'failed' | 'doneLastHour') =>
  queues?.reduce((total, queue) => total + queue[key], 0)

/** What became of a question: its answer, or why there is none. */
function Answer<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const { data, error, refetch } = query
  if (data !== undefined) return children(data)
  return error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Loading rows={3} />
}

export function JobsPage() {
  const { t } = useTranslation('system')
  const queues = useQuery(queuesQuery)
  const running = useQuery(runningJobs)
  const schedules = useQuery(schedulesQuery)
  const items = queues.data?.items
  const failed = queues.isError && !items

  return (
    <>
      <PageHeader title={t('jobs.title')} sub={t('jobs.sub')} />
      <Stack gap="lg">
        {queues.data?.workers === 0 && (
          <Alert color="gold" icon={<IconAlertTriangle size={20} aria-hidden />} title={t('jobs.noWorker')}>
            {t('jobs.noWorkerBody')}
          </Alert>
        )}
        <div className={classes.numbers}>
          <StatCard label={t('jobs.workers')} value={queues.data?.workers} failed={failed} />
          <StatCard label={t('field.waiting')} value={sum(items, 'waiting')} failed={failed} />
          <StatCard label={t('field.running')} value={sum(items, 'running')} failed={failed} />
          <StatCard label={t('field.doneLastHour')} value={sum(items, 'doneLastHour')} failed={failed} />
          <StatCard label={t('field.failed')} value={sum(items, 'failed')} failed={failed} />
        </div>
        <FailedPanel />
        <Panel title={t('running.title')} flush>
          <Answer query={running}>
            {(page) =>
              page.items.length === 0 ? (
                <Text c="dimmed" className={classes.none}>
                  {t('running.none')}
                </Text>
              ) : (
                <RunningTable jobs={page.items} />
              )
            }
          </Answer>
        </Panel>
        <Panel title={t('schedules.title')} sub={t('schedules.sub')} flush>
          <Answer query={schedules}>{(page) => <SchedulesTable schedules={page.items} />}</Answer>
        </Panel>
        <Panel title={t('queues.title')} sub={t('queues.sub')} flush>
          <Answer query={queues}>{(page) => <QueuesTable queues={page.items} />}</Answer>
        </Panel>
      </Stack>
    </>
  )
}
