import { Group, Stack, Text } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { AppLink } from '#web/ui/app-link.tsx'
import type { Column } from '#web/ui/data-table.tsx'
import { formatBytes, formatDay, manilaDay } from '#web/ui/formats.ts'
import classes from './file-list.module.css'
import { ConfidentialityBadge, FileMarks } from './file-marks.tsx'
import { addressOfRecord, useFileWords } from './file-words.ts'
import type { FileRow } from './files.queries.ts'
import { Thumbnail } from './thumbnail.tsx'

export function useFileColumns(withRecord: boolean, q: string | undefined): Column<FileRow>[] {
  const { t } = useTranslation('files')
  const words = useFileWords()
  return useMemo(
    () => [
      {
        key: 'name',
        header: t('field.name'),
        sort: 'name',
        cell: (row) => (
          <Group gap={12} wrap="nowrap" component="span" align="flex-start">
            <Thumbnail file={row} />
            <span className={classes.nameCell}>
              <span className={classes.name}>{row.name}</span> <FileMarks file={row} />
              {row.excerpt && <Excerpt text={row.excerpt} q={q} />}
              {row.tags.length > 0 && (
                <span className={classes.tags}>{row.tags.map((tag) => `#${tag}`).join(' ')}</span>
              )}
            </span>
          </Group>
        ),
      },
      { key: 'type', header: t('field.type'), cell: (row) => words.type(row.type) },
      {
        key: 'confidentiality',
        header: t('field.confidentiality'),
        cell: (row) => <ConfidentialityBadge value={row.confidentiality} />,
      },
      ...(withRecord
        ? [
            {
              key: 'record',
              header: t('field.record'),
              cell: (row: FileRow) => (
                <Stack gap={0}>
                  <AppLink href={addressOfRecord(row.record)} inherit>
                    {row.record.name}
                  </AppLink>
                  <Text size="xs" c="dimmed">
                    {t(`recordType.${row.record.type}`)}
                  </Text>
                </Stack>
              ),
            },
          ]
        : []),
      {
        key: 'version',
        header: t('field.version'),
        numeric: true,
        wideOnly: true,
        // With the record beside it the name needs the room more.
        hidden: withRecord,
        cell: (row) => row.versionNumber,
      },
      {
        key: 'size',
        header: t('field.size'),
        numeric: true,
        cell: (row) => <span className={classes.whole}>{formatBytes(row.bytes)}</span>,
      },
      {
        key: 'updated',
        header: t('field.updatedAt'),
        sort: 'updated',
        cell: (row) => (
          <Stack gap={0}>
            <span className={classes.whole}>{formatDay(manilaDay(row.updatedAt))}</span>
            <Text size="xs" c="dimmed">
              {row.createdBy?.name ?? '—'}
            </Text>
          </Stack>
        ),
      },
    ],
    [t, words, withRecord, q],
  )
}

/** Words around what was found, with the words themselves marked. */
export function Excerpt({ text, q = '' }: { text: string; q: string | undefined }) {
  const words = q
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1)
    .sort((a, b) => b.length - a.length)
  // Only letters and figures are left of them: nothing that a pattern could mean.
  const parts = words.length > 0 ? text.split(new RegExp(`(${words.join('|')})`, 'giu')) : [text]
  return (
    <span className={classes.excerpt}>
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no identity
          <mark key={index}>{part}</mark>
        ) : (
          part
        ),
      )}
    </span>
  )
}
