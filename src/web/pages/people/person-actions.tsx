import { Button } from '@mantine/core'
import { IconDotsVertical } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountView } from '#contract/accounts.ts'
import { keepPerson, personQuery } from '#web/features/people/people.queries.ts'
import { call } from '#web/lib/api.ts'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { Dropdown, dropdownItem } from '#web/ui/dropdown.tsx'
import { notify } from '#web/ui/notices.tsx'
import { EditAccess } from './edit-access.tsx'

type Task = 'edit' | 'deactivate' | 'reactivate' | 'resend' | 'revoke' | 'reset'

/** What may be done with this person's account, as the server says. */
export function PersonActions({ person }: { person: AccountView }) {
  const { t } = useTranslation(['people', 'shell'])
  const queries = useQueryClient()
  const [task, setTask] = useState<Task | null>(null)
  const close = () => setTask(null)
  const params = { accountId: person.id }
  const { version, name, can } = person
  const done = (next: AccountView, words: string) => {
    keepPerson(queries, next)
    notify(words)
  }
  const reason = { label: t('people:person.reason'), description: t('people:person.reasonHint'), maxLength: 500 }

  const rest: { task: Task; label: string; offered: boolean }[] = [
    { task: 'resend', label: t('people:person.resend'), offered: can.resendInvitation },
    { task: 'revoke', label: t('people:person.revoke'), offered: can.revokeSessions && person.openSessions > 0 },
    { task: 'reset', label: t('people:person.reset'), offered: can.resetTwoFactor },
    { task: 'deactivate', label: t('people:person.deactivate'), offered: can.deactivate },
    { task: 'reactivate', label: t('people:person.reactivate'), offered: can.reactivate },
  ]
  const offered = rest.filter((entry) => entry.offered)

  async function resend() {
    await call('POST /api/v1/accounts/:accountId/resend-invitation', { params })
    await queries.invalidateQueries({ queryKey: personQuery(person.id).queryKey })
    notify(t('people:person.resent'))
  }

  return (
    <>
      {can.change && <Button onClick={() => setTask('edit')}>{t('people:person.edit')}</Button>}
      {offered.length > 0 && (
        <Dropdown label={t('people:person.more')} icon={<IconDotsVertical size={20} aria-hidden />}>
          {(hide) =>
            offered.map((entry) => (
              <button
                key={entry.task}
                type="button"
                className={dropdownItem}
                onClick={() => {
                  hide()
                  setTask(entry.task)
                }}
              >
                {entry.label}
              </button>
            ))
          }
        </Dropdown>
      )}
      {task === 'edit' && <EditAccess person={person} onClose={close} />}
      <ConfirmDialog
        opened={task === 'resend'}
        onClose={close}
        title={t('people:person.resend')}
        confirmLabel={t('people:person.resend')}
        onConfirm={resend}
      >
        {person.email}
      </ConfirmDialog>
      <ConfirmDialog
        opened={task === 'revoke'}
        onClose={close}
        title={t('people:person.revokeTitle', { name })}
        confirmLabel={t('people:person.revoke')}
        onConfirm={async () =>
          done(await call('POST /api/v1/accounts/:accountId/revoke-sessions', { params }), t('people:person.revoked'))
        }
      >
        {t('people:person.revokeBody')}
      </ConfirmDialog>
      <ConfirmDialog
        opened={task === 'reset'}
        onClose={close}
        danger
        title={t('people:person.resetTitle', { name })}
        confirmLabel={t('people:person.reset')}
        reason={reason}
        onConfirm={async (words) =>
          done(
            await call('POST /api/v1/accounts/:accountId/reset-two-factor', {
              params,
              body: { version, reason: words },
            }),
            t('people:person.resetDone'),
          )
        }
      >
        {t('people:person.resetBody')}
      </ConfirmDialog>
      <ConfirmDialog
        opened={task === 'deactivate'}
        onClose={close}
        danger
        title={t('people:person.deactivateTitle', { name })}
        confirmLabel={t('people:person.deactivate')}
        reason={reason}
        onConfirm={async (words) =>
          done(
            await call('POST /api/v1/accounts/:accountId/deactivate', { params, body: { version, reason: words } }),
            t('people:person.deactivated'),
          )
        }
      >
        {t('people:person.deactivateBody')}
      </ConfirmDialog>
      <ConfirmDialog
        opened={task === 'reactivate'}
        onClose={close}
        title={t('people:person.reactivateTitle', { name })}
        confirmLabel={t('people:person.reactivate')}
        reason={reason}
        onConfirm={async (words) =>
          done(
            await call('POST /api/v1/accounts/:accountId/reactivate', { params, body: { version, reason: words } }),
            t('people:person.reactivated'),
          )
        }
      />
    </>
  )
}
