import { Button, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TokenView } from '#contract/account.ts'
import { tokensQuery } from '#web/features/account/account.queries.ts'
import rows from '#web/features/account/list-rows.module.css'
import { NewToken } from '#web/features/account/new-token.tsx'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { formatDay, formatMoment, manilaDay } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'
import { AccountFrame } from './account-frame.tsx'

export function TokensPage() {
  const { t } = useTranslation(['account', 'people'])
  const queries = useQueryClient()
  const { data, error, refetch } = useQuery(tokensQuery)
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<TokenView | null>(null)
  const reload = () => queries.invalidateQueries({ queryKey: tokensQuery.queryKey })
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      {t('account:tokens.make')}
    </Button>
  )

  return (
    <AccountFrame
      title={t('account:tokens.title')}
      sub={
        <>
          {t('account:tokens.sub')}{' '}
          <AppLink href={paths.api()} underline="always">
            {t('account:tokens.docs')}
          </AppLink>
        </>
      }
    >
      <Panel title={t('account:tokens.own')} actions={data && data.length > 0 && make}>
        {error && !data ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <Loading rows={2} />
        ) : data.length === 0 ? (
          <Empty title={t('account:tokens.none')} actions={make}>
            {t('account:tokens.noneBody')}
          </Empty>
        ) : (
          <ul className={rows.rows}>
            {data.map((token) => (
              <li key={token.id}>
                <div>
                  <Text fw={500}>{token.name}</Text>
                  <Text size="sm">{token.permissions.map((name) => t(`people:permission.${name}`)).join(' · ')}</Text>
                  <Text size="sm" c="dimmed">
                    {[
                      t('account:tokens.until', { day: formatDay(manilaDay(token.expiresAt)) }),
                      token.lastUsedAt
                        ? t('account:tokens.used', { moment: formatMoment(token.lastUsedAt) })
                        : t('account:tokens.unused'),
                    ].join(' · ')}
                  </Text>
                </div>
                <Button variant="subtle" color="red" size="compact-sm" onClick={() => setRevoking(token)}>
                  {t('account:tokens.revoke')}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <NewToken opened={making} onClose={() => setMaking(false)} onMade={() => void reload()} />
      <ConfirmDialog
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        danger
        title={t('account:tokens.revokeTitle', { name: revoking?.name })}
        confirmLabel={t('account:tokens.revoke')}
        onConfirm={async () => {
          if (!revoking) return
          await call('DELETE /api/v1/account/tokens/:tokenId', { params: { tokenId: revoking.id } })
          notify(t('account:tokens.revoked'))
          await reload()
        }}
      >
        {t('account:tokens.revokeBody')}
      </ConfirmDialog>
    </AccountFrame>
  )
}
