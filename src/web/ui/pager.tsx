import { Button, Group, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight, IconChevronsLeft } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatNumber } from './formats.ts'

interface Props {
  /** `cursor` and `page` of the address. */
  cursor: string | undefined
  page: string | undefined
  /** The page of rows as the API answers it. */
  data: { items: readonly unknown[]; nextCursor: string | null; total: number | null }
  pageSize: number
  onMove: (to: { cursor: string | undefined; page: string | undefined }) => void
  /** All rows of the filter, where the caller knows it better than the page does. */
  total?: number | null
}

/** Next and previous by keyset. The way back is remembered as long as the list is open; after that there is “first page”. */
export function Pager({ cursor, page, data, pageSize, onMove, total }: Props) {
  const { t } = useTranslation('shell')
  const [trail, setTrail] = useState<(string | undefined)[]>([])
  const [seenTotal, setSeenTotal] = useState<number | null>(null)
  const number = cursor ? Math.max(2, Number(page) || 2) : 1

  useEffect(() => {
    if (!cursor) setTrail([])
  }, [cursor])
  useEffect(() => {
    if (data.total !== null) setSeenTotal(data.total)
  }, [data.total])

  const all = total ?? data.total ?? seenTotal
  const first = (number - 1) * pageSize + 1
  const last = first + data.items.length - 1
  const range = { first: formatNumber(first), last: formatNumber(last), total: formatNumber(all) }
  const to = (target: string | undefined, pageNumber: number) =>
    onMove({ cursor: target, page: target ? String(pageNumber) : undefined })

  function next() {
    setTrail((before) => [...before, cursor])
    to(data.nextCursor ?? undefined, number + 1)
  }
  function previous() {
    const target = trail.at(-1)
    setTrail((before) => before.slice(0, -1))
    to(target, number - 1)
  }

  return (
    <Group justify="space-between" mt="md" component="nav" aria-label={t('pager.label')}>
      <Text size="sm" c="dimmed" className="tabular" role="status">
        {data.items.length === 0 ? t('pager.none') : all === null ? t('pager.range', range) : t('pager.rangeOf', range)}
      </Text>
      {(cursor || data.nextCursor) && (
        <Group gap="xs" className="no-print">
          {cursor && trail.length === 0 ? (
            <Button
              variant="default"
              size="sm"
              leftSection={<IconChevronsLeft size={16} aria-hidden />}
              onClick={() => to(undefined, 1)}
            >
              {t('pager.first')}
            </Button>
          ) : (
            <Button
              variant="default"
              size="sm"
              disabled={!cursor}
              leftSection={<IconChevronLeft size={16} aria-hidden />}
              onClick={previous}
            >
              {t('pager.previous')}
            </Button>
          )}
          <Button
            variant="default"
            size="sm"
            disabled={!data.nextCursor}
            rightSection={<IconChevronRight size={16} aria-hidden />}
            onClick={next}
          >
            {t('pager.next')}
          </Button>
        </Group>
      )}
    </Group>
  )
}
