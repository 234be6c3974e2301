import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CommunityStatus } from '#contract/communities.options.ts'
import { paths } from '#web/lib/paths.ts'
import { DataTable } from '#web/ui/data-table.tsx'
import { compareNames, formatNumber } from '#web/ui/formats.ts'
import type { MapPoint } from './points-map.tsx'

const step = 100

/** The same points for who cannot see or point at a map. */
export function PointsTable({
  points,
  statusWord,
}: {
  points: readonly MapPoint[]
  statusWord: (status: CommunityStatus) => string
}) {
  const { t } = useTranslation('registry')
  const [most, setMost] = useState(step)
  const [sort, setSort] = useState('name')
  const order = sort.startsWith('-') ? -1 : 1
  const sorted = points.toSorted((a, b) => order * compareNames(a.name, b.name))
  return (
    <>
      <DataTable
        label={t('map.tableLabel')}
        rows={sorted.slice(0, most)}
        rowKey={(point) => point.id}
        rowHref={(point) => paths.community(point.id)}
        sort={sort}
        onSort={setSort}
        columns={[
          { key: 'name', header: t('field.name'), sort: 'name', cell: (point) => point.name },
          { key: 'status', header: t('field.status'), cell: (point) => statusWord(point.status) },
          { key: 'latitude', header: t('field.latitude'), numeric: true, cell: (point) => point.latitude.toFixed(5) },
          {
            key: 'longitude',
            header: t('field.longitude'),
            numeric: true,
            cell: (point) => point.longitude.toFixed(5),
          },
        ]}
      />
      <Group justify="space-between" mt="md">
        <Text size="sm" c="dimmed" role="status">
          {t('map.tableShown', {
            shown: formatNumber(Math.min(most, points.length)),
            total: formatNumber(points.length),
          })}
        </Text>
        {most < points.length && (
          <Button variant="default" onClick={() => setMost(most + step)}>
            {t('map.tableMore')}
          </Button>
        )}
      </Group>
    </>
  )
}
