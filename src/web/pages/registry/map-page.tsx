import { Alert, CloseButton, Group, Paper, SegmentedControl, Stack, Text, useComputedColorScheme } from '@mantine/core'
import { IconAlertTriangle, IconList } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CommunityStatus } from '#contract/communities.options.ts'
import { communityById } from '#web/features/communities/communities.queries.ts'
import { CommunityFilters } from '#web/features/communities/community-filters.tsx'
import { useCommunityWords } from '#web/features/communities/community-words.ts'
import { filterOf, isFiltered, readFilter } from '#web/features/communities/list-search.ts'
import { StatusBadge } from '#web/features/communities/status-badge.tsx'
import { mapPoints } from '#web/features/map/communities-map.queries.ts'
import { LazyPointsMap } from '#web/features/map/lazy-maps.tsx'
import type { MapPoint } from '#web/features/map/points-map.tsx'
import { PointsTable } from '#web/features/map/points-table.tsx'
import { StatusMark } from '#web/features/map/status-mark.tsx'
import { PlacePicker } from '#web/features/places/place-picker.tsx'
import { paths } from '#web/lib/paths.ts'
import { oneOf, searchOf, useUrlSearch } from '#web/lib/routing.ts'
import { AppLink, LinkButton } from '#web/ui/app-link.tsx'
import { formatNumber } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './map-page.module.css'

const readView = searchOf({ view: oneOf(['table']) })

export function MapPage() {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const scheme = useComputedColorScheme('light')
  const [search, setSearch] = useUrlSearch(readFilter)
  const [{ view }, setView] = useUrlSearch(readView)
  const filter = filterOf({ ...search, located: undefined })
  const query = useQuery(mapPoints(filter))
  const [selected, setSelected] = useState<string[]>([])
  const statuses = query.data?.statuses
  const points = useMemo(
    () =>
      (query.data?.points ?? []).map(
        ([longitude, latitude, status, id, name]): MapPoint => ({
          id,
          name,
          longitude,
          latitude,
          status: query.data?.statuses[status] as CommunityStatus,
        }),
      ),
    [query.data],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows, other marks
  useEffect(() => setSelected([]), [query.data])

  return (
    <>
      <PageHeader
        title={t('map.title')}
        sub={t('map.sub')}
        actions={
          <>
            <SegmentedControl
              aria-label={t('map.view')}
              value={view ?? 'map'}
              onChange={(value) => setView({ view: value === 'table' ? 'table' : undefined })}
              data={[
                { value: 'map', label: t('map.asMap') },
                { value: 'table', label: t('map.asTable') },
              ]}
            />
            <LinkButton
              href={paths.communities(filter)}
              variant="default"
              leftSection={<IconList size={16} aria-hidden />}
            >
              {t('map.asList')}
            </LinkButton>
          </>
        }
      />
      <CommunityFilters
        filter={filter}
        onChange={setSearch}
        withStatus
        placePicker={(props) => <PlacePicker {...props} placeholder={t('list.anyPlace')} width={{ sm: 210 }} compact />}
      />
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data || !statuses ? (
        <Loading />
      ) : points.length === 0 ? (
        <Empty
          title={t(isFiltered(filter) ? 'map.noneMatch' : 'map.none')}
          actions={
            query.data.unlocated > 0 && (
              <LinkButton href={paths.communities({ ...filter, located: 'false' })} variant="default">
                {t('map.unlocated', { count: query.data.unlocated, formatted: formatNumber(query.data.unlocated) })}
              </LinkButton>
            )
          }
        >
          {t('map.noneHelp')}
        </Empty>
      ) : (
        <>
          <Group justify="space-between" gap="xs" mb={6}>
            <Text size="sm" role="status">
              {t('map.shown', { count: points.length, formatted: formatNumber(points.length) })}
              {query.data.unlocated > 0 && (
                <>
                  {' · '}
                  <AppLink href={paths.communities({ ...filter, located: 'false' })} inherit underline="always">
                    {t('map.unlocated', {
                      count: query.data.unlocated,
                      formatted: formatNumber(query.data.unlocated),
                    })}
                  </AppLink>
                </>
              )}
            </Text>
          </Group>
          {query.data.truncated && (
            <Alert color="gold" variant="light" mb="sm" icon={<IconAlertTriangle aria-hidden />}>
              {t('map.truncated', { shown: formatNumber(points.length) })}
            </Alert>
          )}
          {view === 'table' ? (
            <PointsTable points={points} statusWord={words.status} />
          ) : (
            <>
              <div className={classes.frame}>
                <LazyPointsMap
                  title={t('map.region')}
                  points={points}
                  statuses={statuses}
                  selected={selected}
                  onSelect={setSelected}
                />
                {selected.length > 0 && (
                  <SelectedCard
                    points={points.filter(({ id }) => selected.includes(id))}
                    onClose={() => setSelected([])}
                  />
                )}
              </div>
              <div className={classes.legend}>
                {statuses.map((status) => (
                  <Text key={status} size="sm" className={classes.key}>
                    <StatusMark status={status} scheme={scheme} />
                    {words.status(status)}
                  </Text>
                ))}
                <Text size="sm" className={classes.key}>
                  <span className={classes.cluster} aria-hidden>
                    12
                  </span>
                  {t('map.several')}
                </Text>
                <Text size="sm" c="dimmed" ml="auto">
                  {t('map.rough')}
                </Text>
              </div>
            </>
          )}
        </>
      )}
    </>
  )
}

function SelectedCard({ points, onClose }: { points: readonly MapPoint[]; onClose: () => void }) {
  const { t } = useTranslation('registry')
  const only = points.length === 1 ? points[0] : undefined
  return (
    <Paper className={classes.card} withBorder p="md" role="region" aria-label={t('map.chosen')} aria-live="polite">
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
        <Text fw={600}>{only ? only.name : t('map.here', { count: points.length })}</Text>
        <CloseButton aria-label={t('map.closeCard')} onClick={onClose} />
      </Group>
      {only ? (
        <OneCommunity point={only} />
      ) : (
        <Stack gap={6} mt={4}>
          {points.map((point) => (
            <Group key={point.id} gap={8} wrap="nowrap" justify="space-between">
              <AppLink href={paths.community(point.id)} size="sm">
                {point.name}
              </AppLink>
              <StatusBadge status={point.status} size="sm" />
            </Group>
          ))}
        </Stack>
      )}
    </Paper>
  )
}

function OneCommunity({ point }: { point: MapPoint }) {
  const { t } = useTranslation('registry')
  const { data } = useQuery(communityById(point.id))
  return (
    <Stack gap={6}>
      <Group gap={8}>
        <StatusBadge status={point.status} />
      </Group>
      <Text size="sm" c="dimmed">
        {data
          ? [data.sitio, data.barangay.name, data.city.name, data.province?.name].filter(Boolean).join(', ')
          : `${point.latitude}, ${point.longitude}`}
      </Text>
      {data && (
        <Text size="sm">
          {data.population === null
            ? t('map.populationUnknown')
            : t('map.population', { count: data.population, formatted: formatNumber(data.population) })}
        </Text>
      )}
      <AppLink href={paths.community(point.id)} fw={600} size="sm">
        {t('map.openRecord')}
      </AppLink>
    </Stack>
  )
}
