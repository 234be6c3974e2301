import { Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { paths } from '#web/lib/paths.ts'
import { useCan, useSession } from '#web/lib/session.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ApprovalsPanel } from './approvals-panel.tsx'
import classes from './home-page.module.css'
import { ImportsPanel } from './imports-panel.tsx'
import { ByGroup, ByRegion } from './registry-charts.tsx'
import { RegistryFigures } from './registry-figures.tsx'

export function HomePage() {
  const { t } = useTranslation('shell')
  const { user } = useSession()
  const mayRead = useCan('community.read')
  const mayImport = useCan('community.import')
  const mayEndorse = useCan('account.endorse')
  const mayApprove = useCan('account.approve')
  const mayPlaces = useCan('place.read')
  const waits = mayEndorse || mayApprove
  return (
    <>
      <PageHeader title={t('home.greeting', { name: user.name })} sub={mayRead ? t('home.sub') : t('home.subPlain')} />
      <Stack gap="lg">
        {mayRead && <RegistryFigures />}
        {(mayRead || waits || mayImport) && (
          <div className={classes.columns}>
            <div className={classes.column}>
              {waits && <ApprovalsPanel />}
              {mayRead && <ByRegion />}
              {mayImport && <ImportsPanel />}
            </div>
            {mayRead && (
              <div className={classes.column}>
                <ByGroup />
              </div>
            )}
          </div>
        )}
        {!mayRead && (
          <Panel title={t('home.plainTitle')}>
            <Stack align="flex-start">
              {t('home.plainBody', { role: t(`role.${user.role}`) })}
              {mayPlaces && <LinkButton href={paths.places()}>{t('home.findPlace')}</LinkButton>}
              <LinkButton href={paths.account()} variant="default">
                {t('user.account')}
              </LinkButton>
            </Stack>
          </Panel>
        )}
      </Stack>
    </>
  )
}
