import { Skeleton, Stack } from '@mantine/core'
import { AppLink } from '#web/ui/app-link.tsx'
import { formatNumber, formatShare } from '#web/ui/formats.ts'
import classes from './bar-list.module.css'

interface Props {
  label: string
  heads: [string, string]
  /** `undefined` while the figures are on their way. */
  rows: { key: string; label: string; value: number; href?: string }[] | undefined
  total: number | undefined
}

/** A chart that is its own table: one row per value, the bar behind it is decoration. */
export function BarList({ label, heads, rows, total = 0 }: Props) {
  if (!rows)
    return (
      <Stack gap="xs">
        {['a', 'b', 'c', 'd'].map((key) => (
          <Skeleton key={key} height={28} />
        ))}
      </Stack>
    )
  const most = Math.max(1, ...rows.map((row) => row.value))
  return (
    <table className={classes.table} aria-label={label}>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row">
              {row.href ? (
                <AppLink href={row.href} size="sm">
                  {row.label}
                </AppLink>
              ) : (
                row.label
              )}
              <span className={classes.bar} style={{ inlineSize: `${(row.value / most) * 100}%` }} aria-hidden />
            </th>
            <td>
              {formatNumber(row.value)}
              <span className={classes.share}>{total > 0 && formatShare(row.value / total)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
