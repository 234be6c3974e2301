import { Badge, Group, Select, Stack, Text } from '@mantine/core'
import { IconMapSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { placeLevels } from '#contract/places.options.ts'
import { pathText, useKindWords } from '#web/features/places/place-words.ts'
import {
  type PlaceSummary,
  placeChildren,
  placeSearch,
  shortestPlaceSearch,
} from '#web/features/places/places.queries.ts'
import { paths } from '#web/lib/paths.ts'
import { oneOf, searchOf, text, useUrlSearch } from '#web/lib/routing.ts'
import { DataTable } from '#web/ui/data-table.tsx'
import { FilterBar } from '#web/ui/filter-bar.tsx'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'

const readSearch = searchOf({ q: text, level: oneOf(placeLevels) })
const mostFound = 50

type FoundPlace = Omit<PlaceSummary, 'path'> & { where?: string }

export function PlacesPage() {
  const { t } = useTranslation('registry')
  const kindWords = useKindWords()
  const [{ q, level }, setSearch] = useUrlSearch(readSearch)
  const searching = (q?.trim().length ?? 0) >= shortestPlaceSearch
  const found = useQuery({ ...placeSearch({ q: q ?? '', level, limit: mostFound }), enabled: searching })
  const regions = useQuery({ ...placeChildren(undefined), enabled: !searching })
  const query = searching ? found : regions
  const rows: FoundPlace[] = searching
    ? (found.data?.items ?? []).map((place) => ({ ...place, where: pathText(place.path) }))
    : (regions.data?.items ?? [])

  return (
    <>
      <PageHeader title={t('places.title')} sub={t('places.sub')} />
      <FilterBar
        search={q}
        onSearch={(words) => setSearch({ q: words })}
        searchLabel={t('places.search')}
        active={level ? 1 : 0}
        onClear={() => setSearch({ q: undefined, level: undefined })}
      >
        <Select
          label={t('places.level')}
          placeholder={t('places.anyLevel')}
          data={placeLevels.map((value) => ({ value, label: t(`place.level.${value}`) }))}
          value={level ?? null}
          onChange={(value) => setSearch({ level: (value ?? undefined) as typeof level })}
          clearable
          disabled={!searching}
          w={{ sm: 220 }}
        />
      </FilterBar>
      <Text size="sm" c="dimmed" mb="xs" role="status">
        {searching
          ? found.data &&
            (rows.length >= mostFound
              ? t('places.best', { count: mostFound })
              : t('places.found', { count: rows.length }))
          : t('places.regions')}
      </Text>
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Loading rows={8} />
      ) : rows.length === 0 ? (
        <Empty icon={<IconMapSearch size={28} />} title={t('places.none', { words: q })}>
          {t('places.noneHelp')}
        </Empty>
      ) : (
        <DataTable
          label={t('places.title')}
          rows={rows}
          rowKey={(place) => place.code}
          rowHref={(place) => paths.place(place.code)}
          stale={query.isPlaceholderData}
          columns={[
            {
              key: 'name',
              header: t('places.name'),
              cell: (place) => (
                <Stack gap={0}>
                  <Group gap={8}>
                    {place.name}
                    {place.inBarmm && (
                      <Badge variant="light" color="gold" size="sm" tt="none" autoContrast>
                        BARMM
                      </Badge>
                    )}
                  </Group>
                  {place.where && (
                    <Text size="xs" c="dimmed" fw={400}>
                      {place.where}
                    </Text>
                  )}
                </Stack>
              ),
            },
            { key: 'kind', header: t('places.kind'), cell: (place) => kindWords(place.kind) },
            { key: 'code', header: t('places.code'), cell: (place) => <span className="tabular">{place.code}</span> },
          ]}
        />
      )}
    </>
  )
}
