import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { QueueView } from '#contract/jobs.ts'
import type { SamplePoint } from '#contract/system.ts'
import { queuesQuery } from '#web/features/jobs/jobs.queries.ts'
import { refreshMs } from '#web/features/system/system.queries.ts'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { Facts } from '#web/ui/facts.tsx'
import { formatNumber } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { Answer } from './answer.tsx'

const total = (queues: readonly QueueView[], key: 'waiting' | 'running' | 'failed'): number =>
  queues.reduce((sum, queue) => sum + queue[key], 0)

/** Null while nothing was measured. */
function doneOf(points: readonly SamplePoint[] | undefined): number | null {
  const known = points?.map(({ jobsDone }) => jobsDone).filter((count) => count !== null) ?? []
  return known.length > 0 ? known.reduce((sum, count) => sum + count, 0) : null
}

export function JobsPanel({ points }: { points: readonly SamplePoint[] | undefined }) {
  const { t } = useTranslation('status')
  const queues = useQuery({ ...queuesQuery, refetchInterval: refreshMs })
  return (
    <Panel
      title={t('jobs.title')}
      actions={
        <AppLink href={paths.jobs()} size="sm">
          {t('jobs.all')}
        </AppLink>
      }
    >
      <Answer query={queues}>
        {({ items }) => (
          <Facts
            items={[
              { label: t('jobs.waiting'), value: formatNumber(total(items, 'waiting')) },
              { label: t('jobs.running'), value: formatNumber(total(items, 'running')) },
              { label: t('jobs.failed'), value: formatNumber(total(items, 'failed')) },
              { label: t('jobs.done'), value: formatNumber(doneOf(points)) },
            ]}
          />
        )}
      </Answer>
    </Panel>
  )
}
