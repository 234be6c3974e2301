import { Skeleton, Text } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { AppLink } from './app-link.tsx'
import { formatNumber } from './formats.ts'
import classes from './stat-card.module.css'
import { errorColour } from './theme.ts'

interface Props {
  label: string
  /** `undefined` while it is on its way, `null` when nobody knows it; never pass 0 for a failure. */
  value: number | null | undefined
  /** The rows behind the number. */
  href?: string
  sub?: ReactNode
  /** The query failed: a dash and a word stand where the number would. */
  failed?: boolean
  accent?: boolean
}

export function StatCard({ label, value, href, sub, failed, accent }: Props) {
  const { t } = useTranslation('shell')
  return (
    <div className={classes.card} data-accent={accent || undefined} data-link={href ? true : undefined}>
      <Text size="sm" c="dimmed" component="div" className={classes.label}>
        {href ? (
          <AppLink href={href} className={classes.link} c="inherit">
            {label}
          </AppLink>
        ) : (
          label
        )}
        {href && <IconChevronRight size={16} aria-hidden />}
      </Text>
      <div className={classes.value}>
        {failed ? (
          <Text component="span" c={errorColour} size="sm">
            {t('state.figureMissing')}
          </Text>
        ) : value === undefined ? (
          <Skeleton height={28} width={96} my={4} />
        ) : (
          formatNumber(value)
        )}
      </div>
      {sub && (
        <Text size="xs" c="dimmed" component="div">
          {sub}
        </Text>
      )}
    </div>
  )
}
