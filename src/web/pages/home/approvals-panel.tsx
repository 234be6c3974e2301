import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { formatDay, manilaDay } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './home-page.module.css'

export function ApprovalsPanel() {
  const { t } = useTranslation('shell')
  const { data, error, refetch } = useQuery({
    queryKey: ['approvals', { limit: '5' }],
    queryFn: ({ signal }) => call('GET /api/v1/approvals', { query: { limit: '5' }, signal }),
  })
  return (
    <Panel
      title={t('home.waiting')}
      actions={
        <AppLink href={paths.approvals()} size="sm">
          {t('action.seeAll')}
        </AppLink>
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={3} />
      ) : data.items.length === 0 ? (
        <Text c="dimmed">{t('home.waitingNone')}</Text>
      ) : (
        <ul className={classes.rows}>
          {data.items.map((row) => (
            <li key={row.id}>
              <div className={classes.main}>
                <AppLink href={paths.approvals({ stage: row.stage })}>{row.name}</AppLink>
                <Text size="xs" c="dimmed">
                  {[t(`role.${row.role}`), row.organisation?.acronym ?? row.organisation?.name]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
              </div>
              <Text size="xs" c="dimmed" className={classes.aside}>
                {t('home.waitingSince', { day: formatDay(manilaDay(row.createdAt)) })}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
