import { IconFileImport, IconMap2, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { CommunitySort } from '#contract/communities.options.ts'
import { communityFigures, communityList, listPageSize } from '#web/features/communities/communities.queries.ts'
import { useCommunityColumns } from '#web/features/communities/community-columns.tsx'
import { CommunityFilters } from '#web/features/communities/community-filters.tsx'
import { ExportMenu } from '#web/features/communities/export-menu.tsx'
import { filterOf, isFiltered, readList } from '#web/features/communities/list-search.ts'
import { StatusCounts } from '#web/features/communities/status-counts.tsx'
import { PlacePicker } from '#web/features/places/place-picker.tsx'
import { paths } from '#web/lib/paths.ts'
import { useUrlSearch } from '#web/lib/routing.ts'
import { useCan } from '#web/lib/session.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { DataTable } from '#web/ui/data-table.tsx'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Pager } from '#web/ui/pager.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'

const defaultSort: CommunitySort = 'name'

export function CommunitiesPage() {
  const { t } = useTranslation('registry')
  const [search, setSearch] = useUrlSearch(readList)
  const canCreate = useCan('community.create')
  const canImport = useCan('community.import')
  const canExport = useCan('community.export')
  const columns = useCommunityColumns()
  const filter = filterOf(search)
  const rows = useQuery(communityList(search))
  const figures = useQuery(communityFigures(filter))
  const total = figures.data?.total

  return (
    <>
      <PageHeader
        title={t('list.title')}
        sub={t('list.sub')}
        actions={
          <>
            <LinkButton href={paths.map(filter)} variant="default" leftSection={<IconMap2 size={16} aria-hidden />}>
              {t('list.onMap')}
            </LinkButton>
            {canExport && <ExportMenu filter={filter} sort={search.sort} total={total} />}
            {canImport && (
              <LinkButton
                href={paths.imports()}
                variant="default"
                visibleFrom="sm"
                leftSection={<IconFileImport size={16} aria-hidden />}
              >
                {t('list.import')}
              </LinkButton>
            )}
            {canCreate && (
              <LinkButton href={paths.communityNew()} leftSection={<IconPlus size={16} aria-hidden />}>
                {t('list.register')}
              </LinkButton>
            )}
          </>
        }
      />
      <CommunityFilters
        filter={filter}
        onChange={setSearch}
        withLocated
        placePicker={(props) => <PlacePicker {...props} placeholder={t('list.anyPlace')} width={{ sm: 210 }} compact />}
      />
      <StatusCounts filter={filter} onStatus={(status) => setSearch({ status })} />
      {rows.isError ? (
        <ErrorState error={rows.error} onRetry={() => void rows.refetch()} />
      ) : !rows.data ? (
        <Loading rows={8} />
      ) : rows.data.items.length === 0 ? (
        isFiltered(filter) ? (
          <Empty title={t('list.noneMatch')}>{t('list.noneMatchHelp')}</Empty>
        ) : (
          <Empty
            title={t('list.none')}
            actions={canCreate && <LinkButton href={paths.communityNew()}>{t('list.register')}</LinkButton>}
          >
            {t('list.noneHelp')}
          </Empty>
        )
      ) : (
        <>
          <DataTable
            label={t('list.title')}
            columns={columns}
            rows={rows.data.items}
            rowKey={(row) => row.id}
            rowHref={(row) => paths.community(row.id)}
            sort={search.sort ?? defaultSort}
            onSort={(sort) => setSearch({ sort: sort === defaultSort ? undefined : (sort as CommunitySort) })}
            columnChoice={search.columns}
            onColumnChoice={(choice) => setSearch({ columns: choice })}
            stale={rows.isPlaceholderData}
          />
          <Pager
            cursor={search.cursor}
            page={search.page}
            data={rows.data}
            pageSize={listPageSize}
            total={total}
            onMove={setSearch}
          />
        </>
      )}
    </>
  )
}
