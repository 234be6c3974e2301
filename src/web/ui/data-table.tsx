import { ActionIcon, Checkbox, Menu, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowDown, IconArrowsSort, IconArrowUp, IconColumns3 } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { AppLink } from './app-link.tsx'
import classes from './data-table.module.css'

export interface Column<Row> {
  key: string
  header: string
  cell: (row: Row) => ReactNode
  /** Name under which the API sorts; `-name` is descending. */
  sort?: string
  numeric?: boolean
  /** Not shown until somebody asks for it. */
  hidden?: boolean
  /** Buttons of the row: no heading to read, nothing to hide. */
  action?: boolean
  /** Left out on the cards of a phone. */
  wideOnly?: boolean
}

interface Props<Row> {
  /** What the rows are, for readers who cannot see the page: “Communities”. */
  label: string
  /** The first column names the row and cannot be hidden. */
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** Where the row leads; its first cell becomes the link. */
  rowHref?: (row: Row) => string
  sort?: string
  onSort?: (sort: string) => void
  /** Keys of the columns that differ from the default, comma separated, as the address keeps them. */
  columnChoice?: string
  onColumnChoice?: (choice: string | undefined) => void
  /** Rows of an older answer while the next one is on its way. */
  stale?: boolean
  /** Without a frame of its own, inside a panel whose content runs to the edges. */
  bare?: boolean
}

export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  rowHref,
  sort,
  onSort,
  columnChoice = '',
  onColumnChoice,
  stale,
  bare,
}: Props<Row>) {
  const { t } = useTranslation('shell')
  const flipped = new Set(columnChoice.split(',').filter(Boolean))
  const isShown = (column: Column<Row>, index: number) =>
    index === 0 || Boolean(column.hidden) === flipped.has(column.key)
  const shown = columns.filter(isShown)

  function flip(key: string) {
    const next = new Set(flipped)
    if (!next.delete(key)) next.add(key)
    onColumnChoice?.([...next].join(',') || undefined)
  }

  return (
    <div
      className={classes.frame}
      data-bare={bare || undefined}
      data-stale={stale || undefined}
      aria-busy={stale || undefined}
    >
      {onColumnChoice && (
        <Menu closeOnItemClick={false} position="bottom-end">
          <Menu.Target>
            <Tooltip label={t('table.columns')}>
              <ActionIcon className={classes.chooser} variant="subtle" color="gray" aria-label={t('table.columns')}>
                <IconColumns3 size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </Menu.Target>
          <Menu.Dropdown>
            {columns
              .slice(1)
              .filter((column) => !column.action)
              .map((column) => (
                <Menu.Item
                  key={column.key}
                  role="menuitemcheckbox"
                  aria-checked={shown.includes(column)}
                  onClick={() => flip(column.key)}
                  leftSection={<Checkbox.Indicator checked={shown.includes(column)} size="xs" aria-hidden />}
                >
                  {column.header}
                </Menu.Item>
              ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {/* Focusable, so that a keyboard can scroll a table wider than the page. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus (WCAG 2.1.1) */}
      <section className={classes.scroller} aria-label={label} tabIndex={0}>
        {/* The roles are said again because the card layout takes `display: table` away, and with it the roles. */}
        {/* biome-ignore-start lint/a11y/noRedundantRoles: see above */}
        <table className={classes.table} role="table" data-chooser={onColumnChoice ? true : undefined}>
          <caption className={classes.caption}>
            <VisuallyHidden>{label}</VisuallyHidden>
          </caption>
          <thead role="rowgroup">
            <tr role="row">
              {shown.map((column) => (
                <th
                  key={column.key}
                  scope="col"
                  role="columnheader"
                  data-numeric={column.numeric || undefined}
                  aria-sort={sortState(column, sort)}
                >
                  {column.sort && onSort ? (
                    <UnstyledButton
                      className={classes.sorter}
                      onClick={() => onSort(sort === column.sort ? `-${column.sort}` : (column.sort as string))}
                    >
                      {column.header}
                      <SortIcon state={sortState(column, sort)} />
                    </UnstyledButton>
                  ) : column.action ? (
                    <VisuallyHidden>{column.header}</VisuallyHidden>
                  ) : (
                    column.header
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows.map((row) => (
              <tr key={rowKey(row)} role="row" data-link={rowHref ? true : undefined}>
                {shown.map((column, index) =>
                  index === 0 ? (
                    <th key={column.key} scope="row" role="rowheader" className={classes.first}>
                      {rowHref ? (
                        <AppLink inherit href={rowHref(row)} className={classes.link}>
                          {column.cell(row)}
                        </AppLink>
                      ) : (
                        column.cell(row)
                      )}
                    </th>
                  ) : (
                    <td
                      key={column.key}
                      role="cell"
                      data-label={column.header}
                      data-numeric={column.numeric || undefined}
                      data-wide={column.wideOnly || undefined}
                      data-action={column.action || undefined}
                    >
                      <div className={classes.value}>{column.cell(row)}</div>
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
        {/* biome-ignore-end lint/a11y/noRedundantRoles: see above */}
      </section>
    </div>
  )
}

type SortState = 'ascending' | 'descending' | 'none' | undefined

function sortState(column: { sort?: string }, sort: string | undefined): SortState {
  if (!column.sort) return undefined
  if (sort === column.sort) return 'ascending'
  return sort === `-${column.sort}` ? 'descending' : 'none'
}

function SortIcon({ state }: { state: SortState }) {
  if (state === 'ascending') return <IconArrowUp size={14} aria-hidden />
  if (state === 'descending') return <IconArrowDown size={14} aria-hidden />
  return <IconArrowsSort size={14} aria-hidden className={classes.unsorted} />
}
