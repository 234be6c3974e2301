import { Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { Facts } from '#web/ui/facts.tsx'
import { formatDay } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import type { PlaceView } from './places.queries.ts'

/** Boundaries and memberships change; each line says since when and by what law. */
export function PlaceHistory({ place }: { place: PlaceView }) {
  const { t } = useTranslation('registry')
  const entry = (key: string, words: string, source: string, code?: string, name?: string) => (
    <div key={key}>
      {code && <AppLink href={paths.place(code)}>{name}</AppLink>} {words}
      <Text size="xs" c="dimmed">
        {source}
      </Text>
    </div>
  )
  const lists = [
    {
      label: t('place.barmm'),
      rows: place.barmm.map((row) =>
        entry(
          row.from,
          row.until
            ? t('place.memberUntil', { from: formatDay(row.from), until: formatDay(row.until) })
            : t('place.memberSince', { from: formatDay(row.from) }),
          row.source,
        ),
      ),
    },
    {
      label: t('place.formerParents'),
      rows: place.formerParents.map((row) =>
        entry(row.code, t('place.until', { day: formatDay(row.until) }), row.source, row.code, row.name),
      ),
    },
    {
      label: t('place.predecessors'),
      rows: place.predecessors.map((row) =>
        entry(row.code, t('place.on', { day: formatDay(row.on) }), row.source, row.code, row.name),
      ),
    },
    {
      label: t('place.successors'),
      rows: place.successors.map((row) =>
        entry(row.code, t('place.on', { day: formatDay(row.on) }), row.source, row.code, row.name),
      ),
    },
  ].filter(({ rows }) => rows.length > 0)
  return (
    <Panel title={t('place.history')}>
      {place.barmm.length === 0 && (
        <Text size="sm" pb={lists.length > 0 ? 8 : 0}>
          {t('place.neverMember')}
        </Text>
      )}
      {lists.length > 0 ? (
        <Facts items={lists.map(({ label, rows }) => ({ label, value: <Stack gap={8}>{rows}</Stack> }))} />
      ) : (
        <Text size="sm" c="dimmed" mt={4}>
          {t('place.noHistory')}
        </Text>
      )}
    </Panel>
  )
}
