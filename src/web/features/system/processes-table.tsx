import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ProcessView } from '#contract/system.ts'
import { type Column, DataTable } from '#web/ui/data-table.tsx'
import { formatMeasure, formatNumber } from '#web/ui/formats.ts'
import { useSpanWords } from './use-span-words.ts'

export function ProcessesTable({ processes, now }: { processes: readonly ProcessView[]; now: string }) {
  const { t } = useTranslation('status')
  const spanWords = useSpanWords()
  const columns: Column<ProcessView>[] = [
    {
      key: 'kind',
      header: t('process.process'),
      cell: (row) => (
        <>
          {t(`kind.${row.kind}`)}
          <Text size="xs" c="dimmed">
            {t('process.where', { host: row.host, pid: row.pid })}
          </Text>
        </>
      ),
    },
    { key: 'version', header: t('process.version'), cell: (row) => row.version },
    { key: 'up', header: t('process.up'), numeric: true, cell: (row) => spanWords(row.startedAt, now) },
    { key: 'requests', header: t('process.requests'), numeric: true, cell: (row) => formatNumber(row.requests) },
    { key: 'errors', header: t('process.errors'), numeric: true, cell: (row) => formatNumber(row.errors) },
    {
      key: 'p95',
      header: t('process.p95'),
      numeric: true,
      cell: (row) => (row.p95Ms === null ? '—' : t('unit.ms', { value: formatMeasure(row.p95Ms) })),
    },
    {
      key: 'loop',
      header: t('process.loop'),
      numeric: true,
      cell: (row) => t('unit.ms', { value: formatMeasure(row.loopMs) }),
    },
    {
      key: 'memory',
      header: t('process.memory'),
      numeric: true,
      cell: (row) => t('unit.mb', { value: formatNumber(row.memoryMb) }),
    },
    {
      key: 'pool',
      header: t('process.pool'),
      numeric: true,
      cell: (row) =>
        row.pool === null
          ? '—'
          : row.pool.waiting > 0
            ? t('process.poolWaiting', { total: formatNumber(row.pool.total), waiting: formatNumber(row.pool.waiting) })
            : formatNumber(row.pool.total),
    },
  ]
  // Where no process tells it, a column of dashes says nothing.
  const told = columns.filter(({ key }) => key !== 'pool' || processes.some(({ pool }) => pool !== null))
  return <DataTable bare label={t('process.title')} columns={told} rows={processes} rowKey={(row) => row.id} />
}
