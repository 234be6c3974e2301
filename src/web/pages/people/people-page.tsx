import { Select } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { roleNames } from '#contract/access.ts'
import { accountStates } from '#contract/accounts.options.ts'
import type { AccountRow } from '#contract/accounts.ts'
import { findOrganisations } from '#web/features/organisations/organisations.queries.ts'
import { peopleQuery } from '#web/features/people/people.queries.ts'
import { StateBadge } from '#web/features/people/state-badge.tsx'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { oneOf, searchOf, text, useUrlSearch } from '#web/lib/routing.ts'
import { useCan } from '#web/lib/session.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { type Column, DataTable } from '#web/ui/data-table.tsx'
import { FilterBar } from '#web/ui/filter-bar.tsx'
import { formatDay, formatMoment, manilaDay } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Pager } from '#web/ui/pager.tsx'
import { SearchSelect } from '#web/ui/search-select.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'

const pageSize = 50
const readSearch = searchOf({
  q: text,
  role: oneOf(roleNames),
  state: oneOf(accountStates),
  organisation: text,
  columns: text,
  cursor: text,
  page: text,
})

export function PeoplePage() {
  const { t } = useTranslation(['people', 'shell'])
  const [search, setSearch] = useUrlSearch(readSearch)
  const mayInvite = useCan('account.invite')
  const { q, role, state, organisation, cursor } = search
  const { data, error, refetch, isPlaceholderData } = useQuery(
    peopleQuery({ q, role, state, organisation, cursor, limit: String(pageSize) }),
  )
  const organisationName = useQuery({
    queryKey: ['organisations', 'one', organisation],
    queryFn: ({ signal }) =>
      call('GET /api/v1/organisations/:organisationId', { params: { organisationId: organisation ?? '' }, signal }),
    enabled: organisation !== undefined,
  }).data
  const columns: Column<AccountRow>[] = [
    { key: 'name', header: t('people:field.name'), cell: (row) => row.name },
    { key: 'role', header: t('people:field.role'), cell: (row) => t(`shell:role.${row.role}`) },
    {
      key: 'organisation',
      header: t('people:field.organisation'),
      cell: (row) =>
        row.organisation?.acronym ?? row.organisation?.name ?? (row.team ? t(`people:team.${row.team}`) : '—'),
    },
    { key: 'position', header: t('people:field.position'), cell: (row) => row.position ?? '—', hidden: true },
    { key: 'email', header: t('people:field.email'), cell: (row) => row.email },
    { key: 'state', header: t('people:field.state'), cell: (row) => <StateBadge state={row.state} /> },
    {
      key: 'twoFactor',
      header: t('people:field.twoFactor'),
      cell: (row) => t(row.twoFactor ? 'people:field.yes' : 'people:field.no'),
      wideOnly: true,
    },
    {
      key: 'lastSignIn',
      header: t('people:field.lastSignIn'),
      cell: (row) => (row.lastSignInAt ? formatMoment(row.lastSignInAt) : t('people:field.never')),
      wideOnly: true,
    },
    {
      key: 'created',
      header: t('people:field.since'),
      cell: (row) => formatDay(manilaDay(row.createdAt)),
      hidden: true,
    },
  ]
  const filters = [role, state, organisation].filter(Boolean).length

  return (
    <>
      <PageHeader
        title={t('people:people.title')}
        sub={t('people:people.sub')}
        actions={
          mayInvite && (
            <LinkButton href={paths.invite()} leftSection={<IconUserPlus size={16} aria-hidden />}>
              {t('people:people.invite')}
            </LinkButton>
          )
        }
      />
      <FilterBar
        search={q}
        onSearch={(words) => setSearch({ q: words })}
        searchLabel={t('people:people.search')}
        active={filters}
        onClear={() => setSearch({ q: undefined, role: undefined, state: undefined, organisation: undefined })}
      >
        <Select
          aria-label={t('people:field.role')}
          placeholder={t('people:people.roleAny')}
          clearable
          data={roleNames.map((value) => ({ value, label: t(`shell:role.${value}`) }))}
          value={role ?? null}
          onChange={(value) => setSearch({ role: roleNames.find((name) => name === value) })}
        />
        <Select
          aria-label={t('people:field.state')}
          placeholder={t('people:people.stateAny')}
          clearable
          data={accountStates.map((value) => ({ value, label: t(`people:state.${value}`) }))}
          value={state ?? null}
          onChange={(value) => setSearch({ state: accountStates.find((name) => name === value) })}
        />
        <SearchSelect
          kind="organisations"
          search={findOrganisations}
          label={t('people:field.organisation')}
          labelHidden
          placeholder={t('people:people.organisationAny')}
          clearable
          nothingFound={t('people:organisations.none')}
          value={organisation ?? null}
          valueLabel={organisationName?.name}
          onChange={(found) => setSearch({ organisation: found?.value })}
        />
      </FilterBar>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={8} />
      ) : data.items.length === 0 ? (
        <Empty title={t('people:people.none')}>{t('people:people.noneBody')}</Empty>
      ) : (
        <>
          <DataTable
            label={t('people:people.title')}
            columns={columns}
            rows={data.items}
            rowKey={(row) => row.id}
            rowHref={(row) => paths.person(row.id)}
            columnChoice={search.columns}
            onColumnChoice={(choice) => setSearch({ columns: choice })}
            stale={isPlaceholderData}
          />
          <Pager cursor={cursor} page={search.page} data={data} pageSize={pageSize} onMove={setSearch} />
        </>
      )}
    </>
  )
}
