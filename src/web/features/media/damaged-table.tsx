import { Badge, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { MediaView } from '#contract/media.ts'
import { type Column, DataTable } from '#web/ui/data-table.tsx'
import { formatBytes } from '#web/ui/formats.ts'
import classes from './media.module.css'

type Damage = MediaView['problems']['items'][number]

export function DamagedTable({ items }: { items: readonly Damage[] }) {
  const { t } = useTranslation('media')
  const columns: Column<Damage>[] = [
    {
      key: 'file',
      header: t('damage.file'),
      cell: (row) => (
        <>
          {row.names.join(', ') || t('damage.unnamed')}
          <Text size="xs" c="dimmed" className={classes.hash}>
            {row.sha256}
          </Text>
        </>
      ),
    },
    { key: 'where', header: t('damage.where'), cell: (row) => t(`store.${row.store}`) },
    { key: 'what', header: t('damage.what'), cell: (row) => t(`damage.${row.problem}`) },
    { key: 'size', header: t('damage.size'), cell: (row) => formatBytes(row.bytes), numeric: true },
    {
      key: 'elsewhere',
      header: t('damage.elsewhere'),
      cell: (row) => (
        <Badge variant="light" color={row.elsewhere ? 'green' : 'red'}>
          {t(row.elsewhere ? 'damage.yes' : 'damage.no')}
        </Badge>
      ),
    },
  ]
  return (
    <DataTable
      bare
      label={t('damage.title')}
      columns={columns}
      rows={items}
      rowKey={(row) => `${row.sha256} ${row.store}`}
    />
  )
}
