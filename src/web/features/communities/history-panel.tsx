import { Button, Group, Text, VisuallyHidden } from '@mantine/core'
import { IconEyeOff } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import {
  communityStatuses,
  contactRoles,
  ethnolinguisticGroups,
  proximities,
  settlementTypes,
} from '#contract/communities.options.ts'
import { formatDay, formatMoment, formatNumber } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'
import { communityHistory, type HistoryEntry } from './communities.queries.ts'
import { useCommunityWords } from './community-words.ts'
import { draftFields } from './form-values.ts'
import classes from './history-panel.module.css'

const isOne = <T extends string>(options: readonly T[], value: unknown): value is T => options.includes(value as T)

/** A kept value in the person's words; what is not known by name is shown as it was kept. */
function useValueWords(): (field: string, value: unknown) => string {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const one = (field: string, value: unknown): string => {
    if (value === null || value === undefined || value === '') return t('form.empty')
    if (Array.isArray(value)) return value.map((item) => one(field, item)).join('; ') || t('form.empty')
    if (typeof value === 'object' && 'name' in value) return String(value.name)
    if (typeof value === 'boolean') return t(value ? 'history.yes' : 'history.no')
    if (field === 'status' && isOne(communityStatuses, value)) return words.status(value)
    if ((field === 'primaryGroup' || field === 'otherGroups') && isOne(ethnolinguisticGroups, value))
      return words.group(value)
    if (field === 'settlementType' && isOne(settlementTypes, value)) return words.settlement(value)
    if (field === 'proximity' && isOne(proximities, value)) return words.proximity(value)
    if (field === 'contact.role' && isOne(contactRoles, value)) return words.role(value)
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return formatDay(value)
    if (typeof value === 'number' && field !== 'latitude' && field !== 'longitude') return formatNumber(value)
    return String(value)
  }
  return one
}

const order: readonly string[] = ['officeId', ...draftFields]

/** As the form has them; what the form does not have comes last. That it is archived says the action itself. */
const inFormOrder = (changes: HistoryEntry['changes']) =>
  changes.toSorted(
    (a, b) => (order.indexOf(a.field) + 1 || order.length + 1) - (order.indexOf(b.field) + 1 || order.length + 1),
  )

export function HistoryPanel({ communityId }: { communityId: string }) {
  const { t } = useTranslation('registry')
  const history = useInfiniteQuery(communityHistory(communityId))
  if (history.isError) return <ErrorState error={history.error} onRetry={() => void history.refetch()} />
  if (!history.data) return <Loading rows={4} />
  const entries = history.data.pages.flatMap((page) => page.items)
  if (entries.length === 0) return <Empty title={t('history.none')}>{t('history.noneHelp')}</Empty>
  return (
    <Panel title={t('history.title')} sub={t('history.sub')}>
      <ol className={classes.entries}>
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {history.hasNextPage && (
        <Button
          variant="default"
          mt="sm"
          loading={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          {t('history.more')}
        </Button>
      )}
    </Panel>
  )
}

function Entry({ entry }: { entry: HistoryEntry }) {
  const { t, i18n } = useTranslation('registry')
  const words = useValueWords()
  const named = (kind: 'historyAction' | 'historyField', name: string): string => {
    const key = `${kind}.${name.replaceAll('.', '_')}`
    return i18n.exists(key, { ns: 'registry' }) ? (t(key as never) as string) : name
  }
  const first = entry.changes.every(({ before, hidden }) => !hidden && (before === null || before === undefined))
  return (
    <li className={classes.entry}>
      <Group justify="space-between" gap="xs">
        <Text fw={600}>{named('historyAction', entry.action)}</Text>
        <Text size="sm" c="dimmed" className="tabular">
          {formatMoment(entry.at)} · {entry.by ?? t('history.system')}
        </Text>
      </Group>
      {entry.changes.length > 0 && (
        <table className={classes.changes}>
          <caption>
            <VisuallyHidden>
              {t('history.changesOf', { action: named('historyAction', entry.action), moment: formatMoment(entry.at) })}
            </VisuallyHidden>
          </caption>
          <thead>
            <tr>
              <th scope="col">
                <VisuallyHidden>{t('history.field')}</VisuallyHidden>
              </th>
              {!first && (
                <th scope="col">
                  <Text size="xs" c="dimmed">
                    {t('history.before')}
                  </Text>
                </th>
              )}
              <th scope="col">
                <Text size="xs" c="dimmed">
                  {t(first ? 'history.value' : 'history.after')}
                </Text>
              </th>
            </tr>
          </thead>
          <tbody>
            {inFormOrder(entry.changes).map(({ field, before, after, hidden }) => (
              <tr key={field}>
                <th scope="row">{named('historyField', field)}</th>
                {hidden ? (
                  <td colSpan={first ? 1 : 2}>
                    <Group gap={6} c="dimmed">
                      <IconEyeOff size={14} aria-hidden />
                      {t('history.hidden')}
                    </Group>
                  </td>
                ) : (
                  <>
                    {!first && <td className={`${classes.value} ${classes.before}`}>{words(field, before)}</td>}
                    <td className={classes.value}>{words(field, after)}</td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </li>
  )
}
