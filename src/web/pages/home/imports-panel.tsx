import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './home-page.module.css'

export function ImportsPanel() {
  const { t } = useTranslation('shell')
  const { data, error, refetch } = useQuery({
    queryKey: ['imports', 'recent'],
    queryFn: ({ signal }) => call('GET /api/v1/imports', { query: { limit: '5' }, signal }),
  })
  return (
    <Panel
      title={t('home.imports')}
      actions={
        <AppLink href={paths.imports()} size="sm">
          {t('action.seeAll')}
        </AppLink>
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={3} />
      ) : data.items.length === 0 ? (
        <Text c="dimmed">{t('home.importsNone')}</Text>
      ) : (
        <ul className={classes.rows}>
          {data.items.map((row) => (
            <li key={row.id}>
              <div className={classes.main}>
                <AppLink href={paths.import(row.id)}>{row.fileName}</AppLink>
                <Text size="xs" c="dimmed">
                  {t('home.importRows', { count: row.rows.total })} · {t(`importState.${row.state}`)}
                </Text>
              </div>
              <Text size="xs" c="dimmed" className={classes.aside}>
                {formatMoment(row.createdAt)}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
