import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileSort } from '#contract/files.options.ts'
import { paths } from '#web/lib/paths.ts'
import { RouterLink } from '#web/ui/app-link.tsx'
import { DataTable } from '#web/ui/data-table.tsx'
import { formatBytes } from '#web/ui/formats.ts'
import { Pager } from '#web/ui/pager.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'
import { Excerpt, useFileColumns } from './file-columns.tsx'
import { FileFilters } from './file-filters.tsx'
import classes from './file-list.module.css'
import { ConfidentialityBadge, FileMarks } from './file-marks.tsx'
import { type FileRecord, type FileRow, fileList, filesPageSize } from './files.queries.ts'
import { isFiltered, type LibrarySearch } from './list-search.ts'
import { Thumbnail } from './thumbnail.tsx'

interface Props {
  search: LibrarySearch
  onChange: (change: Partial<LibrarySearch>) => void
  /** The record whose files these are; without one, all that the person may see. */
  about?: Pick<FileRecord, 'type' | 'id'>
  /** Shown when there is no file and no filter. */
  empty: ReactNode
}

const newestFirst: FileSort = '-updated'

/** Files as a table or as pictures, with their filters and pages. */
export function FileList({ search, onChange, about, empty }: Props) {
  const { t } = useTranslation('files')
  const query = useQuery(fileList(search, about ?? {}))
  const columns = useFileColumns(!about, search.q)
  const { data } = query
  const filtered = isFiltered(search)
  const bare = data?.items.length === 0 && !filtered && !search.cursor
  return (
    <>
      {!bare && <FileFilters search={search} onChange={onChange} withRecord={!about} />}
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !data ? (
        <Loading rows={6} />
      ) : data.items.length === 0 ? (
        filtered ? (
          <Empty title={t('list.noneMatch')}>{t('list.noneMatchHelp')}</Empty>
        ) : (
          empty
        )
      ) : (
        <>
          {search.view === 'grid' ? (
            <ul className={classes.grid} data-stale={query.isPlaceholderData || undefined} aria-label={t('list.files')}>
              {data.items.map((row) => (
                <li key={row.id}>
                  <Card row={row} q={search.q} />
                </li>
              ))}
            </ul>
          ) : (
            <DataTable
              label={t('list.files')}
              columns={columns}
              rows={data.items}
              rowKey={(row) => row.id}
              rowHref={(row) => paths.file(row.id)}
              sort={search.sort ?? newestFirst}
              onSort={(sort) => onChange({ sort: sort === newestFirst ? undefined : (sort as FileSort) })}
              columnChoice={search.columns}
              onColumnChoice={(columns) => onChange({ columns })}
              stale={query.isPlaceholderData}
            />
          )}
          <Pager
            cursor={search.cursor}
            page={search.page}
            data={data}
            pageSize={filesPageSize}
            onMove={(to) => onChange(to)}
          />
        </>
      )}
    </>
  )
}

function Card({ row, q }: { row: FileRow; q: string | undefined }) {
  return (
    <RouterLink href={paths.file(row.id)} className={classes.card}>
      <Thumbnail file={row} size="medium" />
      <span className={classes.caption}>
        <span className={classes.captionName}>{row.name}</span>
        <FileMarks file={row} />
        {row.excerpt && <Excerpt text={row.excerpt} q={q} />}
        <span className={classes.captionFacts}>
          <Text span inherit className="tabular">
            {formatBytes(row.bytes)}
          </Text>
          <ConfidentialityBadge value={row.confidentiality} />
        </span>
      </span>
    </RouterLink>
  )
}
