import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'

interface Props {
  /** Files that are still on their way. */
  count: number
  onSignOut: () => Promise<void>
  onClose: () => void
}

/** Asks before files that are not safe yet are thrown away with the session. */
export function UnsafeSignOut({ count, onSignOut, onClose }: Props) {
  const { t } = useTranslation('shell')
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t('user.unsafeTitle')}
      confirmLabel={t('user.signOut')}
      danger
      onConfirm={onSignOut}
    >
      <Text size="sm">{t('user.unsafe', { count })}</Text>
    </ConfirmDialog>
  )
}
