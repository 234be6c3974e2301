import { useTranslation } from 'react-i18next'
import { usePageTitle } from '#web/ui/page-header.tsx'
import { NotFound } from '#web/ui/state-views.tsx'

export function NotFoundPage() {
  const { t } = useTranslation('shell')
  usePageTitle(t('state.notFound.title'))
  return (
    <main>
      <NotFound />
    </main>
  )
}
