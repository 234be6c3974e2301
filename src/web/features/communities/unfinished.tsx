import { Button, Group, Modal, Text } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'

interface FoundProps {
  savedAt: string
  name: string
  onContinue: () => void
  onDrop: () => void
}

/** Work that was not sent, found on this device: the person says what becomes of it. */
export function FoundDraft({ savedAt, name, onContinue, onDrop }: FoundProps) {
  const { t } = useTranslation('registry')
  return (
    <Panel title={t('draft.title')}>
      <Text mb="md">{t('draft.body', { moment: formatMoment(savedAt), name: name || t('draft.unnamed') })}</Text>
      <Group gap="xs">
        <Button onClick={onContinue} data-autofocus>
          {t('draft.continue')}
        </Button>
        <Button variant="default" onClick={onDrop}>
          {t('draft.drop')}
        </Button>
      </Group>
    </Panel>
  )
}

interface GuardProps {
  /** Whether leaving now would lose or leave behind something. */
  unsaved: () => boolean
  onDrop: () => void
}

/** Asks before a page with unsent work is left. */
export function LeaveGuard({ unsaved, onDrop }: GuardProps) {
  const { t } = useTranslation('registry')
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && unsaved(),
    enableBeforeUnload: unsaved,
    withResolver: true,
  })
  return (
    <Modal opened={blocker.status === 'blocked'} onClose={() => blocker.reset?.()} title={t('leave.title')} size="lg">
      <Text mb="md">{t('leave.body')}</Text>
      <Group justify="flex-end" gap="xs">
        <Button
          variant="subtle"
          color="red"
          onClick={() => {
            onDrop()
            blocker.proceed?.()
          }}
        >
          {t('leave.drop')}
        </Button>
        <Button variant="default" onClick={() => blocker.proceed?.()}>
          {t('leave.keep')}
        </Button>
        <Button onClick={() => blocker.reset?.()} data-autofocus>
          {t('leave.stay')}
        </Button>
      </Group>
    </Modal>
  )
}
