import { Alert } from '@mantine/core'
import { useNetwork } from '@mantine/hooks'
import { IconCloudOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

export function OfflineBanner() {
  const { t } = useTranslation('shell')
  const { online } = useNetwork()
  return (
    <div role="status">
      {!online && (
        <Alert color="gold" icon={<IconCloudOff aria-hidden />} mb="md" className="no-print">
          {t('offline.banner')}
        </Alert>
      )}
    </div>
  )
}
