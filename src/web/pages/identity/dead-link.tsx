import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { OpenPage } from './open-page.tsx'

/** A mailed link that is used, over or cut off. */
export function DeadLink({ action }: { action: ReactNode }) {
  const { t } = useTranslation('account')
  return (
    <OpenPage title={t('deadLink.title')}>
      <Text>{t('deadLink.body')}</Text>
      <div>{action}</div>
    </OpenPage>
  )
}
