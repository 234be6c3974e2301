import { Button, Group, Modal, Stack, Textarea } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FormProblem } from './field-problems.tsx'

interface Props {
  opened: boolean
  onClose: () => void
  title: string
  children?: ReactNode
  /** The verb of the action: “Archive”, never “OK”. */
  confirmLabel: string
  danger?: boolean
  /** Asks for a reason and hands it over. */
  reason?: { label: string; description?: string; maxLength?: number }
  /** May fail: the dialog stays open and says why. It closes by itself after a success. */
  onConfirm: (reason: string) => Promise<unknown>
}

export function ConfirmDialog({ opened, onClose, title, children, confirmLabel, danger, reason, onConfirm }: Props) {
  const { t } = useTranslation('shell')
  const [text, setText] = useState('')
  const [missing, setMissing] = useState(false)
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)

  useEffect(() => {
    if (!opened) return
    setText('')
    setMissing(false)
    setError(undefined)
  }, [opened])

  async function confirm() {
    if (reason && !text.trim()) return setMissing(true)
    setBusy(true)
    setError(undefined)
    try {
      await onConfirm(text.trim())
      onClose()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void confirm()
        }}
      >
        <Stack gap="md">
          {children && <div>{children}</div>}
          {reason && (
            <Textarea
              data-autofocus
              label={reason.label}
              description={reason.description}
              maxLength={reason.maxLength ?? 300}
              required
              autosize
              minRows={2}
              value={text}
              error={missing && t('form.required')}
              onChange={(event) => {
                setText(event.currentTarget.value)
                setMissing(false)
              }}
            />
          )}
          <FormProblem error={error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" color={danger ? 'red' : undefined} loading={busy}>
              {confirmLabel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
