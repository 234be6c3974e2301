import { Badge, Progress, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { SystemView } from '#contract/system.ts'
import { usePartWords } from '#web/features/system/use-part-words.ts'
import { Facts } from '#web/ui/facts.tsx'
import { formatBytes, formatMoment, formatNumber } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import classes from './system-page.module.css'

/** What `/ready/` sees: whether this server can do its work. */
export function ReadyPanel({ system: { ready } }: { system: SystemView }) {
  const { t } = useTranslation('status')
  const partWords = usePartWords()
  return (
    <Panel title={t('ready.title')}>
      <ul className={classes.ready}>
        {ready.map(({ name, ok, ms, why }) => (
          <li key={name}>
            <span className={classes.name}>
              {partWords(name)}
              {why && (
                <Text size="xs" c="dimmed" lang="en">
                  {why}
                </Text>
              )}
            </span>
            <Text size="xs" c="dimmed" component="span" className="tabular">
              {t('unit.ms', { value: formatNumber(ms) })}
            </Text>
            <Badge variant="light" color={ok ? 'green' : 'red'}>
              {t(ok ? 'ready.ok' : 'ready.failed')}
            </Badge>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

export function DatabasePanel({ system: { database } }: { system: SystemView }) {
  const { t } = useTranslation('status')
  const { used, allowed } = database.connections
  return (
    <Panel title={t('database.title')}>
      <Facts
        items={[
          { label: t('database.version'), value: `PostgreSQL ${database.version}` },
          { label: t('database.size'), value: formatBytes(database.bytes) },
          {
            label: t('database.connections'),
            value: t('database.connectionsOf', { used: formatNumber(used), allowed: formatNumber(allowed) }),
          },
          {
            label: t('database.migration'),
            value: database.migration && (
              <>
                {database.migration.name}
                <Text size="xs" c="dimmed">
                  {formatMoment(database.migration.at)}
                </Text>
              </>
            ),
          },
        ]}
      />
    </Panel>
  )
}

export function FilesPanel({ system: { files, cache } }: { system: SystemView }) {
  const { t } = useTranslation('status')
  const usedShare = files && ((files.totalBytes - files.freeBytes) / files.totalBytes) * 100
  return (
    <Panel title={t('files.title')}>
      <Facts
        items={[
          {
            label: t('files.space'),
            value: files ? (
              <>
                {t('files.free', { free: formatBytes(files.freeBytes), total: formatBytes(files.totalBytes) })}
                <Progress
                  value={usedShare ?? 0}
                  size={6}
                  mt={8}
                  color={(usedShare ?? 0) > 95 ? 'red' : 'green'}
                  aria-label={t('files.used')}
                />
              </>
            ) : (
              t('files.unknown')
            ),
          },
          {
            label: t('cache.title'),
            value: (
              <>
                {t(cache.shared ? (cache.up ? 'cache.up' : 'cache.down') : 'cache.inProcess')}
                <Text size="xs" c="dimmed">
                  {t(cache.shared ? 'cache.sharedHint' : 'cache.inProcessHint')}
                </Text>
              </>
            ),
          },
        ]}
      />
    </Panel>
  )
}
