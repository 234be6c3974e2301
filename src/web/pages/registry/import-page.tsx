import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { ImportProgress } from '#web/features/imports/import-progress.tsx'
import { ColumnMapping, ImportCounts, ImportOutcome, ImportProblems } from '#web/features/imports/import-result.tsx'
import { importById, isUnderWay } from '#web/features/imports/imports.queries.ts'
import { StateBadge } from '#web/features/imports/state-badge.tsx'
import { paths } from '#web/lib/paths.ts'
import { queryClient } from '#web/lib/query.ts'
import { digits, searchOf, text, usePathParam, useUrlSearch } from '#web/lib/routing.ts'
import { formatBytes, formatMoment } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'

const readSearch = searchOf({ cursor: text, page: digits })

export function ImportPage() {
  const { t } = useTranslation('registry')
  const importId = usePathParam('importId')
  const [{ cursor, page }, setSearch] = useUrlSearch(readSearch)
  const query = useQuery(importById(importId))
  const state = query.data?.state
  useEffect(() => {
    if (state === 'applied') void queryClient.invalidateQueries({ queryKey: ['communities'] })
  }, [state])
  if (query.isError && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Loading />
  const view = query.data
  const hasResult = view.rows.total > 0 && !isUnderWay(view.state)
  return (
    <>
      <PageHeader
        title={view.fileName}
        breadcrumbs={[
          { label: t('list.title'), href: paths.communities() },
          { label: t('imports.title'), href: paths.imports() },
        ]}
        badges={<StateBadge state={view.state} />}
        sub={[formatBytes(view.fileBytes), formatMoment(view.createdAt), view.createdBy].filter(Boolean).join(' · ')}
      />
      <Stack gap="md">
        {isUnderWay(view.state) ? <ImportProgress view={view} /> : <ImportOutcome view={view} />}
        {hasResult && <ImportCounts view={view} />}
        {hasResult && (view.rows.wrong > 0 || view.rows.warned > 0) && (
          <ImportProblems view={view} cursor={cursor} page={page} onMove={setSearch} />
        )}
        {!isUnderWay(view.state) && <ColumnMapping view={view} />}
      </Stack>
    </>
  )
}
