import { Skeleton, Text, UnstyledButton } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconHelpHexagon } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { communityStatuses } from '#contract/communities.options.ts'
import { formatNumber } from '#web/ui/formats.ts'
import { errorColour } from '#web/ui/theme.ts'
import { communityFigures } from './communities.queries.ts'
import { useCommunityWords } from './community-words.ts'
import { type CommunityFilterSearch, itemsOf } from './list-search.ts'
import classes from './status-counts.module.css'

const icons = { confirmed: IconCircleCheck, presumed: IconHelpHexagon, none_found: IconCircleX } as const

interface Props {
  filter: CommunityFilterSearch
  onStatus: (status: string | undefined) => void
}

/** Counts per status that are also the filter by status, and the sums of the rows below. */
export function StatusCounts({ filter, onStatus }: Props) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const chosen = itemsOf(filter.status)
  const all = useQuery(communityFigures({ ...filter, status: undefined }))
  const shown = useQuery(communityFigures(filter))

  const number = (value: number | undefined): ReactNode => {
    if (all.isError) return <Text c={errorColour}>—</Text>
    return value === undefined ? <Skeleton height={22} width={56} my={3} /> : formatNumber(value)
  }
  const sum = (figure: { sum: number; known: number }) =>
    figure.known === 0
      ? t('counts.noFigure')
      : t('counts.coverage', { known: formatNumber(figure.known), total: formatNumber(shown.data?.total) })

  function toggle(status: string) {
    const next = chosen.includes(status) ? chosen.filter((item) => item !== status) : [...chosen, status]
    onStatus(next.length === communityStatuses.length ? undefined : next.join(',') || undefined)
  }

  return (
    <section className={classes.strip} aria-label={t('counts.label')}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw and name more than these buttons */}
      <div className={classes.counts} role="group" aria-label={t('counts.byStatus')}>
        <UnstyledButton
          className={classes.count}
          aria-pressed={chosen.length === 0}
          onClick={() => onStatus(undefined)}
        >
          <span className={classes.label}>{t('counts.all')}</span>
          <span className={classes.value}>{number(all.data?.total)}</span>
        </UnstyledButton>
        {communityStatuses.map((status) => {
          const Icon = icons[status]
          return (
            <UnstyledButton
              key={status}
              className={classes.count}
              aria-pressed={chosen.includes(status)}
              onClick={() => toggle(status)}
            >
              <span className={classes.label}>
                <Icon size={15} aria-hidden />
                {words.status(status)}
              </span>
              <span className={classes.value}>{number(all.data && (all.data.byStatus[status] ?? 0))}</span>
            </UnstyledButton>
          )
        })}
      </div>
      <div className={classes.sums}>
        {(['population', 'households'] as const).map((figure) => (
          <div key={figure} className={classes.sum}>
            <span className={classes.label}>{t(`field.${figure}`)}</span>
            <span className={classes.value}>
              {shown.isError
                ? '—'
                : shown.data
                  ? formatNumber(shown.data[figure].known ? shown.data[figure].sum : null)
                  : number(undefined)}
            </span>
            <Text size="xs" c="dimmed">
              {shown.isError ? t('counts.failed') : shown.data && sum(shown.data[figure])}
            </Text>
          </div>
        ))}
      </div>
    </section>
  )
}
