import { Group, Text } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { communityStatuses } from '#contract/communities.options.ts'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { useCan } from '#web/lib/session.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { formatMoment, formatNumber, formatShare } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { StatCard } from '#web/ui/stat-card.tsx'
import { Empty, ErrorState } from '#web/ui/state-views.tsx'
import classes from './home-page.module.css'

export const figuresQuery = queryOptions({
  queryKey: ['communities', 'figures', {}],
  queryFn: ({ signal }) => call('GET /api/v1/communities/figures', { signal }),
})

/** Counts of the registry, as of now; each opens the rows it counts. */
export function RegistryFigures() {
  const { t } = useTranslation('shell')
  const mayCreate = useCan('community.create')
  const mayImport = useCan('community.import')
  const { data, error, refetch } = useQuery(figuresQuery)

  if (error && !data)
    return (
      <Panel title={t('home.communities')}>
        <ErrorState error={error} onRetry={() => void refetch()} />
      </Panel>
    )
  if (data?.total === 0)
    return (
      <Panel title={t('home.communities')}>
        <Empty
          title={t('home.emptyTitle')}
          actions={
            <>
              {mayCreate && <LinkButton href={paths.communityNew()}>{t('home.register')}</LinkButton>}
              {mayImport && (
                <LinkButton href={paths.imports()} variant="default">
                  {t('home.import')}
                </LinkButton>
              )}
            </>
          }
        >
          {t('home.emptyBody')}
        </Empty>
      </Panel>
    )

  /** Where nobody has counted there is no sum, not a zero. */
  const sum = (part: { known: number; sum: number } | undefined) => part && (part.known > 0 ? part.sum : null)
  const known = (part: { known: number } | undefined) =>
    data && part && t('home.known', { known: formatNumber(part.known), total: formatNumber(data.total) })
  return (
    <section aria-label={t('home.communities')}>
      <div className={classes.stats}>
        <StatCard accent label={t('home.communities')} value={data?.total} href={paths.communities()} />
        {communityStatuses.map((status) => (
          <StatCard
            key={status}
            label={t(`home.${status}`)}
            value={data && (data.byStatus[status] ?? 0)}
            href={paths.communities({ status })}
          />
        ))}
      </div>
      <div className={classes.stats}>
        <StatCard
          label={t('home.population')}
          value={sum(data?.population)}
          href={paths.communities({ sort: '-population' })}
          sub={known(data?.population)}
        />
        <StatCard label={t('home.households')} value={sum(data?.households)} sub={known(data?.households)} />
        <StatCard
          label={t('home.located')}
          value={data?.located}
          href={paths.map()}
          sub={data && t('home.locatedSub', { share: formatShare(data.located / data.total) })}
        />
      </div>
      <Group justify="flex-end" mt="xs">
        <Text size="xs" c="dimmed" role="status">
          {data && t('home.asOf', { moment: formatMoment(data.asOf) })}
        </Text>
      </Group>
    </section>
  )
}
