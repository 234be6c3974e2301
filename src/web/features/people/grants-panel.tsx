import { Badge, Button, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountView, GrantView } from '#contract/accounts.ts'
import { call } from '#web/lib/api.ts'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { formatDay, manilaDay } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { GrantDialog } from './grant-dialog.tsx'
import classes from './grants-panel.module.css'
import { keepPerson } from './people.queries.ts'

export function GrantsPanel({ person }: { person: AccountView }) {
  const { t } = useTranslation(['people', 'shell'])
  const queries = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<GrantView | null>(null)

  const ends = (grant: GrantView) => {
    if (!grant.expiresAt) return t('people:grants.noEnd')
    return grant.expired
      ? t('people:grants.expired')
      : t('people:grants.until', { day: formatDay(manilaDay(grant.expiresAt)) })
  }

  return (
    <Panel
      title={t('people:grants.title')}
      sub={t('people:grants.sub')}
      actions={
        person.can.change && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setAdding(true)}
          >
            {t('people:grants.add')}
          </Button>
        )
      }
    >
      {person.grants.length === 0 ? (
        <Text c="dimmed">{t('people:grants.none')}</Text>
      ) : (
        <ul className={classes.rows}>
          {person.grants.map((grant) => (
            <li key={grant.id} data-over={grant.expired || undefined}>
              <div>
                <div className={classes.head}>
                  <Badge variant="light" color={grant.effect === 'allow' ? 'green' : 'red'}>
                    {t(`people:grants.${grant.effect}`)}
                  </Badge>
                  <Text fw={500}>{t(`people:permission.${grant.permission}`)}</Text>
                </div>
                <Text size="sm">{grant.reason}</Text>
                <Text size="sm" c="dimmed">
                  {[
                    grant.scope && t(`people:scope.${grant.scope}`),
                    ends(grant),
                    t('people:grants.by', {
                      name: grant.createdBy ?? t('people:grants.system'),
                      day: formatDay(manilaDay(grant.createdAt)),
                    }),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
              </div>
              {person.can.change && (
                <Button variant="subtle" color="red" size="compact-sm" onClick={() => setRemoving(grant)}>
                  {t('people:grants.remove')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {adding && <GrantDialog person={person} onClose={() => setAdding(false)} />}
      <ConfirmDialog
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={t('people:grants.removeTitle')}
        confirmLabel={t('people:grants.remove')}
        onConfirm={async () => {
          if (!removing) return
          const next = await call('DELETE /api/v1/accounts/:accountId/grants/:grantId', {
            params: { accountId: person.id, grantId: removing.id },
          })
          keepPerson(queries, next)
          notify(t('people:grants.removed'))
        }}
      >
        {removing && t('people:grants.removeBody', { permission: t(`people:permission.${removing.permission}`) })}
      </ConfirmDialog>
    </Panel>
  )
}
