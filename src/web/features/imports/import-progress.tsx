import { Button, Group, Progress, Text } from '@mantine/core'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { formatNumber } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { cancelImport, type ImportView } from './imports.queries.ts'

interface Seen {
  state: string
  done: number
  at: number
}

/** Seconds left, from what was seen since this page is open; the clocks of server and device need not agree. */
function useSecondsLeft({ state, progress }: ImportView): number | null {
  const first = useRef<Seen>(undefined)
  if (!first.current || first.current.state !== state || progress.done < first.current.done)
    first.current = { state, done: progress.done, at: Date.now() }
  const rows = progress.done - first.current.done
  const seconds = (Date.now() - first.current.at) / 1000
  if (progress.total === null || rows <= 0 || seconds < 1.5) return null
  return Math.max(1, Math.ceil(((progress.total - progress.done) * seconds) / rows))
}

export function ImportProgress({ view }: { view: ImportView }) {
  const { t } = useTranslation('registry')
  const left = useSecondsLeft(view)
  const [asking, setAsking] = useState(false)
  const { done, total } = view.progress
  const share = total ? Math.min(100, Math.round((done / total) * 100)) : 0
  const step = view.state === 'applying' ? 'applying' : view.state === 'checking' ? 'checking' : 'waiting'
  return (
    <Panel
      title={t(`imports.${step}`)}
      sub={t(`imports.${step}Sub`)}
      actions={
        view.can.cancel && (
          <Button variant="default" size="xs" onClick={() => setAsking(true)}>
            {t('imports.cancel')}
          </Button>
        )
      }
    >
      <Progress
        value={total ? share : 100}
        animated={!total}
        striped={!total}
        size="lg"
        aria-label={t(`imports.${step}`)}
      />
      <Group justify="space-between" mt={8}>
        <Text size="sm" className="tabular">
          {total === null
            ? done > 0 && t('imports.rowsRead', { done: formatNumber(done) })
            : t('imports.rowsOf', { done: formatNumber(done), total: formatNumber(total), share })}
        </Text>
        <Text size="sm" c="dimmed" className="tabular">
          {left !== null &&
            (left > 90
              ? t('imports.minutesLeft', { count: Math.ceil(left / 60) })
              : t('imports.secondsLeft', { count: left }))}
        </Text>
      </Group>
      {/* Quarters are announced, not every second. */}
      <span
        role="status"
        style={{ position: 'absolute', clipPath: 'inset(50%)', width: 1, height: 1, overflow: 'hidden' }}
      >
        {total ? t('imports.quarter', { share: Math.floor(share / 25) * 25 }) : ''}
      </span>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('imports.cancelTitle')}
        confirmLabel={t('imports.cancel')}
        danger
        onConfirm={() => cancelImport(view.id)}
      >
        {t('imports.cancelBody')}
      </ConfirmDialog>
    </Panel>
  )
}
