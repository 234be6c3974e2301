import { Alert } from '@mantine/core'
import { IconShieldExclamation } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { profileQuery } from '#web/features/account/account.queries.ts'
import { OwnSessions } from '#web/features/account/own-sessions.tsx'
import { PasswordSection } from '#web/features/account/password-section.tsx'
import { TwoFactorSection } from '#web/features/account/two-factor-section.tsx'
import { useSession } from '#web/lib/session.ts'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { AccountFrame } from './account-frame.tsx'

export function SecurityPage() {
  const { t } = useTranslation('account')
  const { mustSetUpTwoFactor } = useSession()
  const { data, error, refetch } = useQuery(profileQuery)
  return (
    <AccountFrame title={t('security.title')} sub={t('security.sub')}>
      {mustSetUpTwoFactor && (
        <Alert color="gold" icon={<IconShieldExclamation aria-hidden />} title={t('twoFactor.demandedTitle')}>
          {t('twoFactor.demandedBody')}
        </Alert>
      )}
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <>
          <TwoFactorSection profile={data} />
          <PasswordSection email={data.email} />
          <OwnSessions />
        </>
      ) : (
        <Loading rows={4} />
      )}
    </AccountFrame>
  )
}
