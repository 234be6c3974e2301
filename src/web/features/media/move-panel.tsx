import { Alert, Badge, Button, Progress, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MoveState } from '#contract/media.options.ts'
import type { MediaView, MoveView } from '#contract/media.ts'
import { useCan } from '#web/lib/session.ts'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { formatBytes, formatMoment, formatNumber, formatTime } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { Panel } from '#web/ui/panel.tsx'
import classes from './media.module.css'
import { cancelMove, cleanUp, pauseMove, resumeMove, type Store } from './media.queries.ts'
import { StartDialog } from './start-dialog.tsx'
import { useSpanWords } from './use-span-words.ts'

const colours: Record<MoveState, string> = {
  copying: 'green',
  verifying: 'green',
  paused: 'gold',
  failed: 'red',
  done: 'gold',
  switched: 'gray',
  cancelled: 'gray',
}
const other = (store: Store): Store => (store === 's3' ? 'filesystem' : 's3')
/** The job that works on it begins within this time. */
const beginsMs = 20_000

function Step({ label, done, total }: { label: string; done: MoveView['copied']; total: MoveView['total'] }) {
  const { t } = useTranslation('media')
  const share = total.bytes > 0 ? Math.min(100, (done.bytes / total.bytes) * 100) : total.objects === 0 ? 100 : 0
  return (
    <div className={classes.step}>
      <div className={classes.line}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <Text size="sm" c="dimmed" className="tabular">
          {t('move.of', {
            done: formatNumber(done.objects),
            total: formatNumber(total.objects),
            doneSize: formatBytes(done.bytes),
            totalSize: formatBytes(total.bytes),
          })}
        </Text>
      </div>
      <Progress value={share} size="lg" aria-label={label} />
    </div>
  )
}

function Figures({ move }: { move: MoveView }) {
  const { t } = useTranslation('media')
  const spanWords = useSpanWords()
  const words = [
    move.working && move.bytesPerSecond > 0 && t('move.speed', { size: formatBytes(move.bytesPerSecond) }),
    move.state !== 'done' &&
      move.limitBytesPerSecond !== null &&
      t('move.limit', { size: formatBytes(move.limitBytesPerSecond) }),
    move.working && move.secondsLeft !== null && t('move.left', { span: spanWords(move.secondsLeft) }),
  ].filter(Boolean)
  return (
    <div>
      <Step label={t('move.copied')} done={move.copied} total={move.total} />
      <Step label={t('move.verified')} done={move.verified} total={move.total} />
      {words.length > 0 && (
        <Text size="sm" mt="sm" className="tabular">
          {words.join(' · ')}
        </Text>
      )}
    </div>
  )
}

/** What the state asks of an administrator, in words. */
function Advice({ media, move }: { media: MediaView; move: MoveView }) {
  const { t } = useTranslation('media')
  const problem = move.problem && <span lang="en">{move.problem}</span>
  const left = { objects: formatNumber(move.left.objects), size: formatBytes(move.left.bytes) }
  switch (move.state) {
    case 'copying':
    case 'verifying': {
      if (move.working) return <Text size="sm">{t('move.under')}</Text>
      const isNew = Date.parse(media.now) - Date.parse(move.beatAt) < beginsMs && !problem
      return (
        <Alert
          color={isNew ? 'green' : 'gold'}
          icon={isNew ? <IconInfoCircle size={20} aria-hidden /> : <IconAlertTriangle size={20} aria-hidden />}
          title={t(problem ? 'move.stopped' : isNew ? 'move.waiting' : 'move.idle')}
        >
          {problem || (isNew ? t('move.waitingBody') : t('move.idleBody', { time: formatMoment(move.beatAt) }))}
        </Alert>
      )
    }
    case 'paused':
      return <Text size="sm">{t('move.pausedBody')}</Text>
    case 'failed':
      return (
        <Alert color="red" icon={<IconAlertTriangle size={20} aria-hidden />} title={t('move.failedTitle')}>
          {problem}
        </Alert>
      )
    case 'done':
      return (
        <Alert color="gold" icon={<IconInfoCircle size={20} aria-hidden />} title={t('move.doneTitle')}>
          {t('move.doneBody', { setting: `USE_S3=${move.target === 's3' ? 1 : 0}` })}
        </Alert>
      )
    case 'switched':
      return move.cleanedAt ? (
        <Text size="sm">
          {t('move.switchedBody')} {t('move.cleaned', { moment: formatMoment(move.cleanedAt) })}
        </Text>
      ) : move.left.objects > 0 ? (
        <Alert color="green" icon={<IconCircleCheck size={20} aria-hidden />} title={t('move.leftTitle')}>
          {t(`move.leftBody_${other(move.target)}`, left)} {move.cleaning && t('move.cleaning')}
        </Alert>
      ) : (
        <Text size="sm">{t('move.switchedBody')}</Text>
      )
    case 'cancelled':
      return <Text size="sm">{t('move.cancelledBody')}</Text>
    default:
      return move.state satisfies never
  }
}

/** The newest move with what can be done about it, or the way to a first one. */
export function MovePanel({ media }: { media: MediaView }) {
  const { t } = useTranslation('media')
  const mayEdit = useCan('system.edit')
  const [starting, setStarting] = useState<Store | null>(null)
  const [asking, setAsking] = useState<'cancel' | 'cleanup' | null>(null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const { move } = media
  const isOpen = move && move.state !== 'switched' && move.state !== 'cancelled'
  const isBucketThere = media.stores.some(({ name, configured }) => name === 's3' && configured)
  const next = move && isOpen ? other(move.target) : other(media.target)
  const left = move && { objects: formatNumber(move.left.objects), size: formatBytes(move.left.bytes) }

  async function does(work: () => Promise<void>, words: string) {
    setBusy(true)
    setError(undefined)
    try {
      await work()
      notify(words)
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }

  const actions = mayEdit && (
    <>
      {move && (move.state === 'copying' || move.state === 'verifying') && move.working && (
        <Button
          variant="default"
          size="sm"
          loading={busy}
          onClick={() => void does(() => pauseMove(move.id), t('said.paused'))}
        >
          {t('move.pause')}
        </Button>
      )}
      {move && isOpen && move.state !== 'done' && !move.working && (
        <Button size="sm" loading={busy} onClick={() => void does(() => resumeMove(move.id), t('said.resumed'))}>
          {t('move.continue')}
        </Button>
      )}
      {move && isOpen && (
        <Button variant="subtle" color="red" size="sm" onClick={() => setAsking('cancel')}>
          {t('move.cancel')}
        </Button>
      )}
      {move?.state === 'switched' &&
        !move.cleanedAt &&
        move.left.objects > 0 &&
        !move.cleaning &&
        media.preferred === move.target && (
          <Button variant="default" size="sm" onClick={() => setAsking('cleanup')}>
            {t('move.cleanup')}
          </Button>
        )}
      {isBucketThere && (!isOpen || move?.state === 'done') && (
        <Button variant={move ? 'default' : 'filled'} size="sm" onClick={() => setStarting(next)}>
          {t(move && move.state !== 'cancelled' ? `move.back_${next}` : `move.start_${next}`)}
        </Button>
      )}
    </>
  )

  return (
    <Panel
      title={move ? t(`move.title_${move.target}`) : t('move.title')}
      sub={
        move &&
        (move.startedBy
          ? t('move.startedBy', { moment: formatMoment(move.startedAt), name: move.startedBy.name })
          : t('move.started', { moment: formatMoment(move.startedAt) }))
      }
      actions={actions}
    >
      <Stack gap="md">
        <FormProblem error={error} />
        {move ? (
          <>
            <div className={classes.head} role="status">
              <Badge size="lg" variant="light" color={colours[move.state]}>
                {t(`move.${move.state}`)}
              </Badge>
              {move.working && (
                <Text size="sm" c="dimmed" className="tabular">
                  {formatTime(media.now, true)}
                </Text>
              )}
            </div>
            {isOpen && <Figures move={move} />}
            <Advice media={media} move={move} />
          </>
        ) : (
          <div>
            <Text>{t('move.none')}</Text>
            <Text size="sm" c="dimmed">
              {t('move.noneNeeded')}
            </Text>
          </div>
        )}
      </Stack>
      <StartDialog media={media} target={starting} onClose={() => setStarting(null)} />
      {move && left && (
        <>
          <ConfirmDialog
            opened={asking === 'cancel'}
            onClose={() => setAsking(null)}
            title={t('dialog.cancelTitle')}
            danger
            confirmLabel={t('dialog.cancelConfirm')}
            onConfirm={async () => {
              await cancelMove(move.id)
              notify(t('said.cancelled'))
            }}
          >
            {t('dialog.cancelBody')}
          </ConfirmDialog>
          <ConfirmDialog
            opened={asking === 'cleanup'}
            onClose={() => setAsking(null)}
            title={t(`dialog.cleanupTitle_${other(move.target)}`)}
            danger
            confirmLabel={t('dialog.cleanupConfirm')}
            onConfirm={async () => {
              await cleanUp(move.id)
              notify(t('said.cleanup'))
            }}
          >
            {t('dialog.cleanupBody', left)}
          </ConfirmDialog>
        </>
      )}
    </Panel>
  )
}
