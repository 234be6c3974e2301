import { useTranslation } from 'react-i18next'
import type { JobView } from '#contract/jobs.ts'
import { type Column, DataTable } from '#web/ui/data-table.tsx'
import { formatMoment, formatNumber } from '#web/ui/formats.ts'
import { JobName } from './job-name.tsx'

export function RunningTable({ jobs }: { jobs: readonly JobView[] }) {
  const { t } = useTranslation('system')
  const columns: Column<JobView>[] = [
    { key: 'job', header: t('field.job'), cell: (row) => <JobName job={row.job} /> },
    { key: 'started', header: t('field.started'), cell: (row) => formatMoment(row.startedAt) },
    { key: 'tries', header: t('field.try'), numeric: true, cell: (row) => formatNumber(row.tries) },
  ]
  return <DataTable bare label={t('running.title')} columns={columns} rows={jobs} rowKey={(row) => row.id} />
}
