import { Group, Stack, Text } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Column } from '#web/ui/data-table.tsx'
import { formatDay, formatNumber, manilaDay } from '#web/ui/formats.ts'
import type { CommunityRow } from './communities.queries.ts'
import classes from './community-columns.module.css'
import { useCommunityWords } from './community-words.ts'
import { MarkBadge } from './mark-badge.tsx'
import { StatusBadge } from './status-badge.tsx'

export function useCommunityColumns(): Column<CommunityRow>[] {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  return useMemo(
    () => [
      {
        key: 'name',
        header: t('field.name'),
        sort: 'name',
        cell: (row) => (
          <Group gap={8} component="span">
            <span>{row.name}</span>
            {row.demo && <MarkBadge kind="demo" />}
            {row.archived && <MarkBadge kind="archived" />}
          </Group>
        ),
      },
      { key: 'status', header: t('field.status'), cell: (row) => <StatusBadge status={row.status} size="md" /> },
      {
        key: 'place',
        header: t('field.place'),
        cell: (row) => (
          <Stack gap={0} miw={{ base: 0, sm: 150 }}>
            <span>
              {row.sitio && `${row.sitio}, `}
              {row.barangay.name}
            </span>
            <Text size="xs" c="dimmed">
              {[row.city.name, row.province?.name].filter(Boolean).join(', ')}
            </Text>
          </Stack>
        ),
      },
      { key: 'region', header: t('place.level.region'), cell: (row) => row.region.name, hidden: true },
      {
        key: 'group',
        header: t('field.primaryGroup'),
        cell: (row) => (row.primaryGroup ? words.group(row.primaryGroup) : '—'),
      },
      {
        key: 'population',
        header: t('field.population'),
        sort: 'population',
        numeric: true,
        cell: (row) => formatNumber(row.population),
      },
      {
        key: 'households',
        header: t('field.households'),
        numeric: true,
        wideOnly: true,
        cell: (row) => formatNumber(row.households),
      },
      {
        key: 'officeId',
        header: t('field.officeId'),
        sort: 'office_id',
        cell: (row) => <span className={classes.whole}>{row.officeId}</span>,
      },
      {
        key: 'position',
        header: t('field.position'),
        hidden: true,
        wideOnly: true,
        cell: (row) => (row.latitude === null ? '—' : `${row.latitude}, ${row.longitude}`),
      },
      {
        key: 'updated',
        header: t('field.updatedAt'),
        sort: 'updated',
        hidden: true,
        wideOnly: true,
        cell: (row) => <span className={classes.whole}>{formatDay(manilaDay(row.updatedAt))}</span>,
      },
    ],
    [t, words],
  )
}
