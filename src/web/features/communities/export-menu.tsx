import { Button, Menu } from '@mantine/core'
import { IconChevronDown, IconDownload, IconFileTypeCsv, IconFileTypeXls, IconMapPin } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { CommunitySort, ExportFormat } from '#contract/communities.options.ts'
import { addressOf } from '#web/lib/api.ts'
import { formatNumber } from '#web/ui/formats.ts'
import { type CommunityFilterSearch, filterOf } from './list-search.ts'

const formats = { xlsx: IconFileTypeXls, csv: IconFileTypeCsv, geojson: IconMapPin } as const satisfies Record<
  ExportFormat,
  unknown
>

interface Props {
  filter: CommunityFilterSearch
  sort?: CommunitySort
  /** How many rows the file will hold; undefined while unknown. */
  total: number | undefined
}

/** The filtered rows, all of them and no other, as a file. */
export function ExportMenu({ filter, sort, total }: Props) {
  const { t } = useTranslation('registry')
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          disabled={total === 0}
        >
          {t('export.button')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {total === undefined ? t('export.all') : t('export.rows', { count: total, formatted: formatNumber(total) })}
        </Menu.Label>
        {(Object.keys(formats) as ExportFormat[]).map((format) => {
          const Icon = formats[format]
          return (
            <Menu.Item
              key={format}
              component="a"
              href={addressOf('GET /api/v1/communities/export', { query: { ...filterOf(filter), sort, format } })}
              download
              leftSection={<Icon size={18} aria-hidden />}
            >
              {t(`export.${format}`)}
            </Menu.Item>
          )
        })}
      </Menu.Dropdown>
    </Menu>
  )
}
