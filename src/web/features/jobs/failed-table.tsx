import { Button, Group } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JobView } from '#contract/jobs.ts'
import { useCan } from '#web/lib/session.ts'
import { type Column, DataTable } from '#web/ui/data-table.tsx'
import { formatMoment, formatNumber } from '#web/ui/formats.ts'
import { JobName, useJobWords } from './job-name.tsx'
import type { Decision } from './jobs.queries.ts'

interface Props {
  jobs: readonly JobView[]
  stale: boolean
  onDecide: (what: Decision, job: JobView) => void
}

export function FailedTable({ jobs, stale, onDecide }: Props) {
  const { t } = useTranslation('system')
  const words = useJobWords()
  const mayDecide = useCan('system.edit')
  const actions: Column<JobView> = {
    key: 'actions',
    header: t('field.actions'),
    action: true,
    cell: (row) => (
      <Group gap={4} wrap="nowrap">
        {(['retry', 'discard'] as const).map((what) => (
          <Button
            key={what}
            variant="subtle"
            size="compact-sm"
            color={what === 'discard' ? 'red' : undefined}
            aria-label={t(`${what}.named`, { job: words(row.job), moment: formatMoment(row.endedAt) })}
            onClick={() => onDecide(what, row)}
          >
            {t(`${what}.verb`)}
          </Button>
        ))}
      </Group>
    ),
  }
  const columns: Column<JobView>[] = [
    { key: 'job', header: t('field.job'), cell: (row) => <JobName job={row.job} /> },
    { key: 'failed', header: t('field.failedAt'), cell: (row) => formatMoment(row.endedAt) },
    { key: 'tries', header: t('field.tries'), numeric: true, cell: (row) => formatNumber(row.tries) },
    { key: 'error', header: t('field.error'), cell: (row) => row.error ?? '—' },
    ...(mayDecide ? [actions] : []),
  ]
  return (
    <DataTable bare label={t('failed.title')} columns={columns} rows={jobs} rowKey={(row) => row.id} stale={stale} />
  )
}
