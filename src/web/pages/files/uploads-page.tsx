import { Badge, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ownUploads, type UploadView } from '#web/features/files/files.queries.ts'
import { useRefusalWords } from '#web/features/files/refusal-words.ts'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { DataTable } from '#web/ui/data-table.tsx'
import { formatBytes, formatMoment, formatNumber } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'

const colours = { arriving: 'gray', arrived: 'gold', kept: 'green', refused: 'red', expired: 'gray' } as const

/** The receipt of a week: what the server keeps, what it refused and what never came to its end. */
export function UploadsPage() {
  const { t } = useTranslation('files')
  const refusalWords = useRefusalWords()
  const query = useQuery(ownUploads)
  const kept = query.data?.filter(({ state }) => state === 'kept').length ?? 0
  return (
    <>
      <PageHeader
        title={t('uploads.title')}
        sub={t('uploads.sub')}
        breadcrumbs={[{ label: t('library.title'), href: paths.files() }]}
      />
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Loading rows={6} />
      ) : query.data.length === 0 ? (
        <Empty title={t('uploads.none')}>{t('uploads.noneHelp')}</Empty>
      ) : (
        <Stack gap="sm">
          <Text fw={600} role="status">
            {t('tray.safe', {
              safe: formatNumber(kept),
              count: query.data.length,
              total: formatNumber(query.data.length),
            })}
          </Text>
          <DataTable<UploadView>
            label={t('uploads.title')}
            rows={query.data}
            rowKey={(row) => row.id}
            columns={[
              {
                key: 'name',
                header: t('field.name'),
                cell: (row) =>
                  row.fileId ? (
                    <AppLink href={paths.file(row.fileId)} inherit>
                      {row.name}
                    </AppLink>
                  ) : (
                    row.name
                  ),
              },
              {
                key: 'state',
                header: t('uploads.state'),
                cell: (row) => (
                  <Stack gap={4} align="flex-start">
                    <Badge variant="light" color={colours[row.state]}>
                      {t(`uploadState.${row.state}`)}
                    </Badge>
                    {row.refusal && <Text size="xs">{refusalWords(row.refusal)}</Text>}
                  </Stack>
                ),
              },
              {
                key: 'size',
                header: t('field.size'),
                numeric: true,
                cell: (row) => (
                  <Whole>
                    {row.state === 'arriving'
                      ? t('tray.of', { sent: formatBytes(row.received), total: formatBytes(row.bytes) })
                      : formatBytes(row.bytes)}
                  </Whole>
                ),
              },
              { key: 'at', header: t('uploads.begun'), cell: (row) => <Whole>{formatMoment(row.createdAt)}</Whole> },
              {
                key: 'ended',
                header: t('uploads.ended'),
                wideOnly: true,
                cell: (row) => <Whole>{formatMoment(row.endedAt)}</Whole>,
              },
            ]}
          />
        </Stack>
      )}
    </>
  )
}

const Whole = ({ children }: { children: ReactNode }) => <span style={{ whiteSpace: 'nowrap' }}>{children}</span>
