import { Badge, Button, Group, Select, Switch } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { organisationTypes } from '#contract/organisations.options.ts'
import type { OrganisationView } from '#contract/organisations.ts'
import { OrganisationDialog } from '#web/features/organisations/organisation-dialog.tsx'
import { organisationsQuery } from '#web/features/organisations/organisations.queries.ts'
import { paths } from '#web/lib/paths.ts'
import { flag, oneOf, searchOf, text, useUrlSearch } from '#web/lib/routing.ts'
import { useCan } from '#web/lib/session.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { type Column, DataTable } from '#web/ui/data-table.tsx'
import { FilterBar } from '#web/ui/filter-bar.tsx'
import { formatDay, manilaDay } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Pager } from '#web/ui/pager.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'

const pageSize = 50
const readSearch = searchOf({
  q: text,
  type: oneOf(organisationTypes),
  active: flag,
  columns: text,
  cursor: text,
  page: text,
})

export function OrganisationsPage() {
  const { t } = useTranslation('people')
  const [search, setSearch] = useUrlSearch(readSearch)
  const mayEdit = useCan('organisation.edit')
  const seesFiles = useCan('file.read')
  const [edited, setEdited] = useState<OrganisationView | 'new' | null>(null)
  const { q, type, active, cursor } = search
  const { data, error, refetch, isPlaceholderData } = useQuery(
    organisationsQuery({ q, type, active, cursor, limit: String(pageSize) }),
  )
  const columns: Column<OrganisationView>[] = [
    { key: 'name', header: t('organisations.name'), cell: (row) => row.name },
    { key: 'acronym', header: t('organisations.acronym'), cell: (row) => row.acronym ?? '—' },
    { key: 'type', header: t('organisations.type'), cell: (row) => t(`organisationType.${row.type}`) },
    {
      key: 'active',
      header: t('organisations.state'),
      cell: (row) => (
        <Badge variant="light" color={row.active ? 'green' : 'gray'}>
          {t(row.active ? 'organisations.active' : 'organisations.inactive')}
        </Badge>
      ),
    },
    {
      key: 'updated',
      header: t('organisations.updated'),
      cell: (row) => formatDay(manilaDay(row.updatedAt)),
      hidden: true,
    },
    ...(mayEdit || seesFiles
      ? [
          {
            key: 'edit',
            header: t('organisations.edit'),
            action: true,
            cell: (row: OrganisationView) => (
              <Group gap={4} wrap="nowrap">
                {seesFiles && (
                  <LinkButton
                    variant="subtle"
                    size="compact-sm"
                    href={paths.files({ organisation: row.id })}
                    aria-label={t('organisations.filesOf', { name: row.name })}
                  >
                    {t('organisations.files')}
                  </LinkButton>
                )}
                {mayEdit && (
                  <Button
                    variant="subtle"
                    size="compact-sm"
                    onClick={() => setEdited(row)}
                    aria-label={t('organisations.editNamed', { name: row.name })}
                  >
                    {t('organisations.edit')}
                  </Button>
                )}
              </Group>
            ),
          },
        ]
      : []),
  ]
  const filters = Number(Boolean(type)) + Number(Boolean(active))

  return (
    <>
      <PageHeader
        title={t('organisations.title')}
        sub={t('organisations.sub')}
        actions={
          mayEdit && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited('new')}>
              {t('organisations.add')}
            </Button>
          )
        }
      />
      <FilterBar
        search={q}
        onSearch={(words) => setSearch({ q: words })}
        searchLabel={t('organisations.search')}
        active={filters}
        onClear={() => setSearch({ q: undefined, type: undefined, active: undefined })}
      >
        <Select
          aria-label={t('organisations.type')}
          placeholder={t('organisations.typeAny')}
          clearable
          data={organisationTypes.map((value) => ({ value, label: t(`organisationType.${value}`) }))}
          value={type ?? null}
          onChange={(value) => setSearch({ type: organisationTypes.find((option) => option === value) })}
        />
        <Switch
          label={t('organisations.activeOnly')}
          checked={active === 'true'}
          onChange={(event) => setSearch({ active: event.currentTarget.checked ? 'true' : undefined })}
          py={8}
        />
      </FilterBar>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={8} />
      ) : data.items.length === 0 ? (
        <Empty title={t('organisations.none')}>{t('organisations.noneBody')}</Empty>
      ) : (
        <>
          <DataTable
            label={t('organisations.title')}
            columns={columns}
            rows={data.items}
            rowKey={(row) => row.id}
            columnChoice={search.columns}
            onColumnChoice={(choice) => setSearch({ columns: choice })}
            stale={isPlaceholderData}
          />
          <Pager cursor={cursor} page={search.page} data={data} pageSize={pageSize} onMove={setSearch} />
        </>
      )}
      {edited && (
        <OrganisationDialog
          key={edited === 'new' ? 'new' : edited.id}
          organisation={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(null)}
        />
      )}
    </>
  )
}
