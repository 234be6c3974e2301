import { CloseButton } from '@mantine/core'
import { IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import { useEffect, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './notices.module.css'

interface Notice {
  id: number
  text: string
  tone: 'done' | 'info'
}

const shownMs = 6000
let notices: readonly Notice[] = []
let last = 0
const listeners = new Set<() => void>()

function set(next: readonly Notice[]) {
  notices = next
  for (const listener of listeners) listener()
}
const drop = (id: number) => set(notices.filter((notice) => notice.id !== id))

/** A short word at the lower edge: “Saved.” Failures do not belong here; they stand beside what failed. */
export function notify(text: string, tone: Notice['tone'] = 'done') {
  last += 1
  set([...notices.slice(-2), { id: last, text, tone }])
}

function One({ notice }: { notice: Notice }) {
  const { t } = useTranslation('shell')
  useEffect(() => {
    const timer = setTimeout(() => drop(notice.id), shownMs)
    return () => clearTimeout(timer)
  }, [notice.id])
  return (
    <div className={classes.notice}>
      {notice.tone === 'done' ? <IconCircleCheck size={20} aria-hidden /> : <IconInfoCircle size={20} aria-hidden />}
      <span>{notice.text}</span>
      <CloseButton size="sm" aria-label={t('action.close')} onClick={() => drop(notice.id)} />
    </div>
  )
}

export function Notices() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => notices,
  )
  return (
    <div className={`${classes.region} no-print`} role="status" aria-live="polite">
      {shown.map((notice) => (
        <One key={notice.id} notice={notice} />
      ))}
    </div>
  )
}
