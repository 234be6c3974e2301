import { Button, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { fileUses } from './files.queries.ts'
import classes from './rows.module.css'

export function UsesPanel({ fileId }: { fileId: string }) {
  const { t } = useTranslation('files')
  const uses = useInfiniteQuery(fileUses(fileId))
  const items = uses.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Panel title={t('uses.title')} sub={t('uses.sub')}>
      {uses.isError ? (
        <ErrorState error={uses.error} onRetry={() => void uses.refetch()} />
      ) : !uses.data ? (
        <Loading rows={2} />
      ) : items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('uses.none')}
        </Text>
      ) : (
        <ul className={classes.rows}>
          {items.map((use) => (
            <li key={use.id} className={classes.row}>
              <Text size="sm" className={classes.words}>
                {use.user?.name ?? t('uses.byLink', { note: use.share?.note ?? t('uses.noNote') })}
                <Text size="xs" c="dimmed">
                  {t(`deed.${use.deed}`)}
                </Text>
              </Text>
              <Text size="xs" c="dimmed" className="tabular">
                {formatMoment(use.at)}
              </Text>
            </li>
          ))}
        </ul>
      )}
      {uses.hasNextPage && (
        <Button
          variant="default"
          size="compact-sm"
          mt="sm"
          loading={uses.isFetchingNextPage}
          onClick={() => void uses.fetchNextPage()}
        >
          {t('uses.more')}
        </Button>
      )}
    </Panel>
  )
}
