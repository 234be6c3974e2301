import { ActionIcon, Button, CloseButton, FileButton, Group, Progress, Text, UnstyledButton } from '@mantine/core'
import {
  IconAlertTriangle,
  IconChevronDown,
  IconChevronUp,
  IconCircleCheck,
  IconClock,
  IconCloudOff,
  IconCloudUpload,
  IconFileSearch,
  IconPlayerPause,
  IconPlayerPlay,
} from '@tabler/icons-react'
import { memo, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { paths } from '#web/lib/paths.ts'
import { useSession } from '#web/lib/session.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { formatBytes, formatNumber, formatTime } from '#web/ui/formats.ts'
import { useProblemWords } from '#web/ui/problem-words.ts'
import { errorColour } from '#web/ui/theme.ts'
import { isUnfinished, type UploadItem, type Uploads, uploadsOf } from './uploads.ts'
import classes from './uploads-tray.module.css'

/** Pixels: below, an open tray would cover the page. */
const narrow = 640

/** What is on its way and what is safe, at the lower edge of every page. */
export function UploadsTray() {
  const { user } = useSession()
  const uploads = useMemo(() => uploadsOf(user.id), [user.id])
  const { items, speed } = useSyncExternalStore(uploads.subscribe, uploads.view)
  useEffect(() => uploads.wake(), [uploads])
  if (items.length === 0) return null
  return <Tray uploads={uploads} items={items} speed={speed} />
}

const rank = { refused: 0, gone: 0, sending: 1, checking: 1, lost: 1, paused: 1, waiting: 1, safe: 2 } as const

/** What the person has to see to stands above, what is safe below. */
const needFirst = (items: readonly UploadItem[]) => items.toSorted((a, b) => rank[a.state] - rank[b.state])

interface TrayProps {
  uploads: Uploads
  items: readonly UploadItem[]
  speed: number | undefined
}

function Tray({ uploads, items, speed }: TrayProps) {
  const { t } = useTranslation('files')
  const [opened, setOpened] = useState(() => window.innerWidth > narrow)
  const open = items.filter(isUnfinished)
  const safe = items.filter(({ state }) => state === 'safe').length
  const refused = items.filter(({ state }) => state === 'refused').length
  const all = items.reduce((sum, { bytes }) => sum + bytes, 0)
  const sent = items.reduce((sum, item) => sum + (item.state === 'safe' ? item.bytes : item.sent), 0)
  const moving = open.some(({ state }) => state === 'sending' || state === 'waiting' || state === 'lost')
  const paused = open.some(({ state }) => state === 'paused')
  const unkept = open.filter(({ keptHere, state }) => keptHere === false && state !== 'gone').length
  const estimate = useEstimate(open, speed)
  const summary = t('tray.safe', { safe: formatNumber(safe), count: items.length, total: formatNumber(items.length) })

  return (
    <section className={`${classes.tray} no-print`} aria-label={t('tray.title')} data-lower-edge>
      <div className={classes.head}>
        <UnstyledButton className={classes.summary} onClick={() => setOpened(!opened)} aria-expanded={opened}>
          <SummaryIcon open={open.length} refused={refused} />
          <span className={classes.words}>
            <Text span fw={600} size="sm" role="status">
              {summary}
            </Text>
            <Text span size="xs" c="dimmed" className="tabular">
              {open.length > 0
                ? [t('tray.of', { sent: formatBytes(sent), total: formatBytes(all) }), estimate]
                    .filter(Boolean)
                    .join(' · ')
                : refused > 0
                  ? t('tray.refused', { count: refused, formatted: formatNumber(refused) })
                  : t('tray.allSafe')}
            </Text>
          </span>
          {opened ? <IconChevronDown size={18} aria-hidden /> : <IconChevronUp size={18} aria-hidden />}
        </UnstyledButton>
        {open.length === 0 && <CloseButton aria-label={t('tray.close')} onClick={() => uploads.clear()} mr={8} />}
      </div>
      {open.length > 0 && (
        <Progress
          value={all > 0 ? (sent / all) * 100 : 0}
          size={3}
          radius={0}
          aria-label={t('tray.progress')}
          transitionDuration={200}
        />
      )}
      {opened && (
        <>
          {unkept > 0 && (
            <Text size="xs" className={classes.note}>
              {t('tray.unkept', { count: unkept, formatted: formatNumber(unkept) })}
            </Text>
          )}
          <ul className={classes.items}>
            {needFirst(items).map((item) => (
              <Row key={item.print} item={item} uploads={uploads} />
            ))}
          </ul>
          <Group gap="xs" className={classes.foot}>
            {moving && (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconPlayerPause size={14} aria-hidden />}
                onClick={() => uploads.pauseAll()}
              >
                {t('tray.pauseAll')}
              </Button>
            )}
            {paused && (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconPlayerPlay size={14} aria-hidden />}
                onClick={() => uploads.resumeAll()}
              >
                {t('tray.resumeAll')}
              </Button>
            )}
            <AppLink href={paths.uploads()} size="sm" ml="auto">
              {t('tray.receipt')}
            </AppLink>
          </Group>
        </>
      )}
    </section>
  )
}

function SummaryIcon({ open, refused }: { open: number; refused: number }) {
  if (open > 0) return <IconCloudUpload size={22} aria-hidden className={classes.working} />
  if (refused > 0) return <IconAlertTriangle size={22} aria-hidden className={classes.trouble} />
  return <IconCircleCheck size={22} aria-hidden className={classes.done} />
}

function useEstimate(open: readonly UploadItem[], speed: number | undefined): string | undefined {
  const { t } = useTranslation('files')
  if (open.some(({ state }) => state === 'lost') && !open.some(({ state }) => state === 'sending'))
    return t('tray.lost')
  if (!speed) return undefined
  const left = open
    .filter(({ state }) => state === 'sending' || state === 'waiting')
    .reduce((sum, { bytes, sent }) => sum + bytes - sent, 0)
  const seconds = left / speed
  if (left === 0) return undefined
  if (seconds < 60) return t('tray.underMinute')
  if (seconds < 5_400) return t('tray.minutes', { count: Math.round(seconds / 60) })
  return t('tray.hours', { count: Math.round(seconds / 3_600) })
}

interface RowProps {
  item: UploadItem
  uploads: Uploads
}

const Row = memo(function Row({ item, uploads }: RowProps) {
  const { t } = useTranslation(['files', 'shell'])
  const { print, name, state } = item
  const [wrongFile, setWrongFile] = useState(false)
  const runs = state === 'sending' || state === 'waiting' || state === 'lost'
  return (
    <li className={classes.item} data-state={state}>
      <StateIcon state={state} />
      <div className={classes.about}>
        {item.fileId ? (
          <AppLink href={paths.file(item.fileId)} size="sm" className={classes.name} title={name}>
            {name}
          </AppLink>
        ) : (
          <Text size="sm" className={classes.name} title={name}>
            {name}
          </Text>
        )}
        <StateWords item={item} />
        {wrongFile && (
          <Text size="xs" c={errorColour} role="alert">
            {t('tray.wrongFile', { name, size: formatBytes(item.bytes) })}
          </Text>
        )}
        {(state === 'sending' || state === 'lost' || state === 'paused') && (
          <Progress
            value={(item.sent / Math.max(item.bytes, 1)) * 100}
            size={4}
            mt={4}
            color={state === 'sending' ? 'green' : 'gray'}
            aria-label={t('tray.progressOf', { name })}
            transitionDuration={200}
          />
        )}
        {state === 'refused' && (
          <Group gap={6} mt={4}>
            <Button size="compact-xs" variant="default" onClick={() => uploads.resume(print)}>
              {t('shell:action.retry')}
            </Button>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => void uploads.remove(print)}>
              {t('tray.remove')}
            </Button>
          </Group>
        )}
        {state === 'gone' && (
          <Group gap={6} mt={4}>
            <FileButton onChange={(file) => file && setWrongFile(!uploads.replace(print, file))}>
              {(props) => (
                <Button size="compact-xs" variant="default" {...props}>
                  {t('tray.chooseAgain')}
                </Button>
              )}
            </FileButton>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => void uploads.remove(print)}>
              {t('tray.remove')}
            </Button>
          </Group>
        )}
      </div>
      {runs && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('tray.pause', { name })}
          onClick={() => uploads.pause(print)}
        >
          <IconPlayerPause size={16} aria-hidden />
        </ActionIcon>
      )}
      {state === 'paused' && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t('tray.resume', { name })}
          onClick={() => uploads.resume(print)}
        >
          <IconPlayerPlay size={16} aria-hidden />
        </ActionIcon>
      )}
      {(runs || state === 'paused') && (
        <CloseButton size="sm" aria-label={t('tray.giveUp', { name })} onClick={() => void uploads.remove(print)} />
      )}
    </li>
  )
})

function StateWords({ item }: { item: UploadItem }) {
  const { t } = useTranslation('files')
  const problemWords = useProblemWords()
  const { state, bytes, sent } = item
  const amount = t('tray.of', { sent: formatBytes(sent), total: formatBytes(bytes) })
  if (state === 'refused')
    return (
      <Text size="xs" c={errorColour}>
        {problemWords(item.error)}
      </Text>
    )
  return (
    <Text size="xs" c="dimmed" className="tabular">
      {state === 'safe' &&
        t('tray.state.safe', { time: item.safeAt ? formatTime(item.safeAt) : '', record: item.recordName })}
      {state === 'sending' && amount}
      {state === 'waiting' && t('tray.state.waiting', { size: formatBytes(bytes) })}
      {state === 'lost' && `${amount} · ${t('tray.state.lost')}`}
      {state === 'paused' && `${amount} · ${t('tray.state.paused')}`}
      {state === 'checking' && t('tray.state.checking')}
      {state === 'gone' && t('tray.state.gone')}
    </Text>
  )
}

function StateIcon({ state }: { state: UploadItem['state'] }) {
  const given = { size: 20, 'aria-hidden': true } as const
  if (state === 'safe') return <IconCircleCheck {...given} className={classes.done} />
  if (state === 'refused' || state === 'gone') return <IconAlertTriangle {...given} className={classes.trouble} />
  if (state === 'lost') return <IconCloudOff {...given} className={classes.quiet} />
  if (state === 'checking') return <IconFileSearch {...given} className={classes.working} />
  if (state === 'sending') return <IconCloudUpload {...given} className={classes.working} />
  return <IconClock {...given} className={classes.quiet} />
}
