import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { QueueView } from '#contract/jobs.ts'
import { type Column, DataTable } from '#web/ui/data-table.tsx'
import { formatNumber } from '#web/ui/formats.ts'
import { JobName } from './job-name.tsx'
import { useDurationWords } from './use-duration-words.ts'

export function QueuesTable({ queues }: { queues: readonly QueueView[] }) {
  const { t } = useTranslation('system')
  const duration = useDurationWords()
  const columns: Column<QueueView>[] = [
    { key: 'job', header: t('field.job'), cell: (row) => <JobName job={row.job} /> },
    { key: 'queue', header: t('field.queue'), cell: (row) => row.queue || '—' },
    { key: 'waiting', header: t('field.waiting'), numeric: true, cell: (row) => formatNumber(row.waiting) },
    {
      key: 'oldest',
      header: t('field.oldest'),
      wideOnly: true,
      cell: (row) => (row.oldestWaitingSeconds === null ? '—' : duration(row.oldestWaitingSeconds)),
    },
    { key: 'running', header: t('field.running'), numeric: true, cell: (row) => formatNumber(row.running) },
    {
      key: 'failed',
      header: t('field.failed'),
      numeric: true,
      cell: (row) =>
        row.failed > 0 ? (
          <Badge variant="light" color="red">
            {formatNumber(row.failed)}
          </Badge>
        ) : (
          formatNumber(row.failed)
        ),
    },
    { key: 'done', header: t('field.doneHour'), numeric: true, cell: (row) => formatNumber(row.doneLastHour) },
  ]
  return <DataTable bare label={t('queues.title')} columns={columns} rows={queues} rowKey={(row) => row.job} />
}
