import { Badge, Progress, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { MediaView, StoreView } from '#contract/media.ts'
import { Facts } from '#web/ui/facts.tsx'
import { formatBytes, formatNumber } from '#web/ui/formats.ts'
import classes from './media.module.css'

function Store({ store, isTarget }: { store: StoreView; isTarget: boolean }) {
  const { t } = useTranslation('media')
  const { name, room } = store
  const state = !store.configured ? 'notConfigured' : store.reachable ? 'ok' : 'away'
  const used = room && room.totalBytes > 0 ? (1 - room.freeBytes / room.totalBytes) * 100 : 0
  const amount = (objects: number, bytes: number) =>
    t('store.objects', { objects: formatNumber(objects), size: formatBytes(bytes) })
  return (
    <li className={classes.store} data-target={isTarget || undefined}>
      <div className={classes.head}>
        <Title order={3} size="h4">
          {t(`store.${name}`)}
        </Title>
        <Badge variant="light" color={{ ok: 'green', away: 'red', notConfigured: 'gray' }[state]}>
          {t(`store.${state}`)}
        </Badge>
        {isTarget && (
          <Badge variant="outline" color="green">
            {t('store.target')}
          </Badge>
        )}
      </div>
      <Text size="sm" c="dimmed" mb={4}>
        {t(`store.${name}Hint`)}
      </Text>
      {store.why && (
        <Text size="sm" c="var(--mantine-color-error)" lang="en">
          {store.why}
        </Text>
      )}
      {store.configured ? (
        <Facts
          items={[
            { label: t('store.holds'), value: amount(store.objects, store.bytes) },
            {
              label: t('store.missing'),
              value:
                store.missing.objects > 0
                  ? amount(store.missing.objects, store.missing.bytes)
                  : t('store.nothingMissing'),
            },
            {
              label: t('store.room'),
              value: room ? (
                <>
                  {t('store.roomOf', { free: formatBytes(room.freeBytes), total: formatBytes(room.totalBytes) })}
                  <Progress
                    value={used}
                    size={6}
                    mt={8}
                    color={used > 95 ? 'red' : 'green'}
                    aria-label={t('store.roomUsed')}
                  />
                </>
              ) : store.reachable ? (
                t('store.noEnd')
              ) : null,
            },
          ]}
        />
      ) : (
        <Text size="sm" mt="sm">
          {t('store.setUp')}
        </Text>
      )}
    </li>
  )
}

/** The volume and the bucket side by side, whichever of them is in use. */
export const Stores = ({ media }: { media: MediaView }) => (
  // biome-ignore lint/a11y/noRedundantRoles: without marks it would not be read as a list everywhere
  <ul className={classes.stores} role="list" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
    {media.stores.map((store) => (
      <Store key={store.name} store={store} isTarget={store.name === media.target} />
    ))}
  </ul>
)
