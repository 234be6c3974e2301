import { Text } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatTime } from '#web/ui/formats.ts'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './system-page.module.css'

interface Props<T> {
  query: UseQueryResult<T>
  rows?: number
  /** In a panel whose content runs to the edges. */
  flush?: boolean
  children: (data: T) => ReactNode
}

/** What became of a question: its answer, an older one that says so, or why there is none. */
export function Answer<T>({ query, rows = 3, flush, children }: Props<T>) {
  const { t } = useTranslation('status')
  const { data, error, refetch, dataUpdatedAt } = query
  if (data === undefined)
    return error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Loading rows={rows} />
  return (
    <>
      {error && (
        <Text
          size="sm"
          c="var(--mantine-color-error)"
          role="alert"
          className={classes.old}
          data-flush={flush || undefined}
        >
          {t('old', { time: formatTime(new Date(dataUpdatedAt).toISOString(), true) })}
        </Text>
      )}
      {children(data)}
    </>
  )
}
