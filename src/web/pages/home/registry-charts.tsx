import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { paths } from '#web/lib/paths.ts'
import { Panel } from '#web/ui/panel.tsx'
import { BarList } from './bar-list.tsx'
import { figuresQuery } from './registry-figures.tsx'

/** Shown once there is something to divide; the figures above say it when there is not, or when they failed. */
export function ByRegion() {
  const { t } = useTranslation('shell')
  const { data, isPending } = useQuery(figuresQuery)
  if (!isPending && !data?.total) return null
  return (
    <Panel title={t('home.byRegion')}>
      <BarList
        label={t('home.byRegion')}
        heads={[t('home.region'), t('home.count')]}
        total={data?.total}
        rows={data?.byRegion.map(({ region, total }) => ({
          key: region.code,
          label: region.name,
          value: total,
          href: paths.communities({ place: region.code }),
        }))}
      />
    </Panel>
  )
}

export function ByGroup() {
  const { t } = useTranslation('shell')
  const { data, isPending } = useQuery(figuresQuery)
  if (!isPending && !data?.total) return null
  return (
    <Panel title={t('home.byGroup')}>
      <BarList
        label={t('home.byGroup')}
        heads={[t('home.group'), t('home.count')]}
        total={data?.total}
        rows={data?.byGroup.map(({ group, total }) => ({
          key: group ?? 'unknown',
          label: group ? t(`group.${group}`) : t('home.groupUnknown'),
          value: total,
          href: group ? paths.communities({ group }) : undefined,
        }))}
      />
    </Panel>
  )
}
