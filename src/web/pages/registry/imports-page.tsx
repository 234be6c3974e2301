import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { importList, importsPageSize } from '#web/features/imports/imports.queries.ts'
import { ColumnGuide, NewImport } from '#web/features/imports/new-import.tsx'
import { StateBadge } from '#web/features/imports/state-badge.tsx'
import { paths } from '#web/lib/paths.ts'
import { digits, searchOf, text, useUrlSearch } from '#web/lib/routing.ts'
import { DataTable } from '#web/ui/data-table.tsx'
import { formatMoment, formatNumber } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Pager } from '#web/ui/pager.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'

const readSearch = searchOf({ cursor: text, page: digits })

export function ImportsPage() {
  const { t } = useTranslation('registry')
  const [{ cursor, page }, setSearch] = useUrlSearch(readSearch)
  const query = useQuery(importList(cursor))
  return (
    <>
      <PageHeader
        title={t('imports.title')}
        sub={t('imports.sub')}
        breadcrumbs={[{ label: t('list.title'), href: paths.communities() }]}
      />
      <Stack gap="md">
        <NewImport />
        <Panel title={t('imports.earlier')} flush>
          {query.isError ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : !query.data ? (
            <Loading rows={3} />
          ) : query.data.items.length === 0 ? (
            <Empty title={t('imports.none')}>{t('imports.noneHelp')}</Empty>
          ) : (
            <>
              <DataTable
                bare
                label={t('tableOf', { what: t('imports.earlier') })}
                rows={query.data.items}
                rowKey={(row) => row.id}
                rowHref={(row) => paths.import(row.id)}
                stale={query.isPlaceholderData}
                columns={[
                  { key: 'file', header: t('imports.file'), cell: (row) => row.fileName },
                  { key: 'state', header: t('imports.state'), cell: (row) => <StateBadge state={row.state} /> },
                  {
                    key: 'rows',
                    header: t('outcome.rows'),
                    numeric: true,
                    cell: (row) => formatNumber(row.rows.total || null),
                  },
                  {
                    key: 'wrong',
                    header: t('outcome.wrongRows'),
                    numeric: true,
                    cell: (row) => formatNumber(row.rows.total ? row.rows.wrong : null),
                  },
                  { key: 'at', header: t('imports.at'), cell: (row) => formatMoment(row.createdAt) },
                  { key: 'by', header: t('imports.by'), cell: (row) => row.createdBy ?? '—' },
                ]}
              />
              <div style={{ padding: '0 16px 16px' }}>
                <Pager cursor={cursor} page={page} data={query.data} pageSize={importsPageSize} onMove={setSearch} />
              </div>
            </>
          )}
        </Panel>
        <ColumnGuide />
      </Stack>
    </>
  )
}
