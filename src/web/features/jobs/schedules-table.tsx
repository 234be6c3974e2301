import { Badge, Code, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ScheduleView } from '#contract/jobs.ts'
import { type Column, DataTable } from '#web/ui/data-table.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import { JobName } from './job-name.tsx'

const colours = { waiting: 'gray', on_time: 'green', late: 'gold', missed: 'red' } as const

export function SchedulesTable({ schedules }: { schedules: readonly ScheduleView[] }) {
  const { t } = useTranslation('system')
  const columns: Column<ScheduleView>[] = [
    { key: 'job', header: t('field.job'), cell: (row) => <JobName job={row.job} /> },
    {
      key: 'cron',
      header: t('field.cron'),
      wideOnly: true,
      cell: (row) => <Code style={{ whiteSpace: 'nowrap' }}>{row.cron}</Code>,
    },
    { key: 'last', header: t('field.last'), cell: (row) => formatMoment(row.lastAt) },
    { key: 'next', header: t('field.next'), cell: (row) => formatMoment(row.nextAt) },
    {
      key: 'state',
      header: t('field.state'),
      cell: (row) => (
        <>
          <Badge variant="light" color={colours[row.state]} tt="none" fw={600} autoContrast>
            {t(`schedule.${row.state}`)}
          </Badge>
          {row.dueAt && (
            <Text size="xs" c="dimmed" component="div">
              {t('schedules.due', { moment: formatMoment(row.dueAt) })}
            </Text>
          )}
        </>
      ),
    },
  ]
  return <DataTable bare label={t('schedules.title')} columns={columns} rows={schedules} rowKey={(row) => row.job} />
}
