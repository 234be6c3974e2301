import { Badge, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { KeptEvent } from '#contract/system.options.ts'
import type { SecurityEventView } from '#contract/system.ts'
import { type Column, DataTable } from '#web/ui/data-table.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import classes from './events-table.module.css'

const colours: Record<KeptEvent, string> = {
  signed_in: 'green',
  sign_in_failed: 'gold',
  throttled: 'gold',
  rate_limited: 'gold',
  denied: 'gold',
  host_refused: 'red',
  cross_site_refused: 'red',
  infected_file: 'red',
  file_damaged: 'red',
  dropped: 'red',
}

const factText = (facts: SecurityEventView['facts']): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')

export function EventsTable({ events, stale }: { events: readonly SecurityEventView[]; stale: boolean }) {
  const { t } = useTranslation('status')
  const columns: Column<SecurityEventView>[] = [
    { key: 'at', header: t('event.at'), cell: (row) => <span className="tabular">{formatMoment(row.at)}</span> },
    {
      key: 'event',
      header: t('event.event'),
      cell: (row) => (
        <Badge variant="light" color={colours[row.event]}>
          {t(`events.${row.event}`)}
        </Badge>
      ),
    },
    { key: 'user', header: t('event.user'), cell: (row) => row.user?.name ?? '—' },
    {
      key: 'address',
      header: t('event.address'),
      cell: (row) => <span className="tabular">{row.address ?? '—'}</span>,
    },
    {
      key: 'facts',
      header: t('event.facts'),
      cell: (row) => (
        <Text size="xs" c="dimmed" component="div" className={classes.facts}>
          {factText(row.facts) || '—'}
        </Text>
      ),
    },
  ]
  return (
    <DataTable
      bare
      label={t('event.title')}
      columns={columns}
      rows={events}
      rowKey={(row) => String(row.id)}
      stale={stale}
    />
  )
}
