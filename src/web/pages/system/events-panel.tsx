import { Select, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { keptEvents } from '#contract/system.options.ts'
import { EventsTable } from '#web/features/system/events-table.tsx'
import { eventsPageSize, eventsQuery } from '#web/features/system/system.queries.ts'
import { digits, oneOf, searchOf, useUrlSearch } from '#web/lib/routing.ts'
import { Pager } from '#web/ui/pager.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { Answer } from './answer.tsx'
import classes from './system-page.module.css'

const readSearch = searchOf({ event: oneOf(keptEvents), cursor: digits, page: digits })

export function EventsPanel() {
  const { t } = useTranslation('status')
  const [{ event, cursor, page }, setSearch] = useUrlSearch(readSearch)
  const query = useQuery(eventsQuery(event, cursor))
  return (
    <Panel
      title={t('event.title')}
      sub={t('event.sub')}
      flush
      actions={
        <Select
          aria-label={t('event.event')}
          placeholder={t('event.any')}
          clearable
          size="sm"
          data={keptEvents.map((value) => ({ value, label: t(`events.${value}`) }))}
          value={event ?? null}
          onChange={(value) => setSearch({ event: keptEvents.find((option) => option === value) })}
        />
      }
    >
      <Answer query={query} flush>
        {(data) =>
          data.items.length === 0 ? (
            <Text c="dimmed" size="sm" className={classes.none}>
              {t(event ? 'event.noneOfKind' : 'event.none')}
            </Text>
          ) : (
            <>
              <EventsTable events={data.items} stale={query.isPlaceholderData} />
              <div className={classes.pager}>
                <Pager cursor={cursor} page={page} data={data} pageSize={eventsPageSize} onMove={setSearch} />
              </div>
            </>
          )
        }
      </Answer>
    </Panel>
  )
}
