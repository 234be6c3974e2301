import { useTranslation } from 'react-i18next'
import { useSession } from '#web/lib/session.ts'
import { PageHeader } from '#web/ui/page-header.tsx'

export function HomePage() {
  const { t } = useTranslation('shell')
  const { user } = useSession()
  return <PageHeader title={t('home.greeting', { name: user.name })} sub={t('home.sub')} />
}
