import { Badge, Button, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { OwnSessionView } from '#contract/account.ts'
import { call } from '#web/lib/api.ts'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { FormSection } from '#web/ui/form-section.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { ownSessionsQuery } from './account.queries.ts'
import { deviceName } from './device-name.ts'
import classes from './list-rows.module.css'

export function OwnSessions() {
  const { t } = useTranslation('account')
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery(ownSessionsQuery)
  const [endingOthers, setEndingOthers] = useState(false)
  const reload = () => queries.invalidateQueries({ queryKey: ownSessionsQuery.queryKey })
  const end = useMutation({
    mutationFn: (session: OwnSessionView) =>
      call('DELETE /api/v1/account/sessions/:sessionId', { params: { sessionId: session.id } }),
    onSuccess: () => {
      notify(t('sessions.ended'))
      return reload()
    },
  })
  const others = data?.some((session) => !session.current) ?? false

  return (
    <FormSection
      title={t('sessions.title')}
      description={t('sessions.about')}
      footer={
        others && (
          <Button variant="default" onClick={() => setEndingOthers(true)}>
            {t('sessions.endOthers')}
          </Button>
        )
      }
    >
      <FormProblem error={end.error} />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={2} />
      ) : (
        <ul className={classes.rows}>
          {data.map((session) => (
            <li key={session.id}>
              <div>
                <Text fw={500} component="div" className={classes.name}>
                  {deviceName(session.userAgent) ?? t('sessions.unknownDevice')}
                  {session.current && (
                    <Badge variant="light" color="green">
                      {t('sessions.this')}
                    </Badge>
                  )}
                </Text>
                <Text size="sm" c="dimmed">
                  {[
                    session.address,
                    t('sessions.lastSeen', { moment: formatMoment(session.lastSeenAt) }),
                    t('sessions.since', { moment: formatMoment(session.createdAt) }),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
              </div>
              {!session.current && (
                <Button
                  variant="subtle"
                  color="red"
                  size="compact-sm"
                  loading={end.isPending && end.variables.id === session.id}
                  onClick={() => end.mutate(session)}
                >
                  {t('sessions.end')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <ConfirmDialog
        opened={endingOthers}
        onClose={() => setEndingOthers(false)}
        title={t('sessions.endOthers')}
        confirmLabel={t('sessions.endOthers')}
        onConfirm={async () => {
          await call('DELETE /api/v1/account/sessions', {})
          notify(t('sessions.othersEnded'))
          await reload()
        }}
      >
        {t('sessions.endOthersBody')}
      </ConfirmDialog>
    </FormSection>
  )
}
