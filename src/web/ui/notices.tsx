import { CloseButton } from '@mantine/core'
import { IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import { useEffect, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { AppLink } from './app-link.tsx'
import classes from './notices.module.css'

interface Notice {
  id: number
  text: string
  tone: 'done' | 'info'
  link?: { href: string; label: string } | undefined
}

/** Longer with a link: it takes a hand to reach it. */
const shownMs = { words: 6_000, link: 15_000 }
let notices: readonly Notice[] = []
let last = 0
const listeners = new Set<() => void>()

function set(next: readonly Notice[]) {
  notices = next
  for (const listener of listeners) listener()
}
const drop = (id: number) => set(notices.filter((notice) => notice.id !== id))

/** A short word at the lower edge: “Saved.” Failures do not belong here; they stand beside what failed. */
export function notify(text: string, tone: Notice['tone'] = 'done', link?: Notice['link']) {
  last += 1
  set([...notices.slice(-2), { id: last, text, tone, link }])
}

function One({ notice }: { notice: Notice }) {
  const { t } = useTranslation('shell')
  useEffect(() => {
    const timer = setTimeout(() => drop(notice.id), notice.link ? shownMs.link : shownMs.words)
    return () => clearTimeout(timer)
  }, [notice.id, notice.link])
  return (
    <div className={classes.notice}>
      {notice.tone === 'done' ? <IconCircleCheck size={20} aria-hidden /> : <IconInfoCircle size={20} aria-hidden />}
      <span>
        {notice.text}{' '}
        {notice.link && (
          <AppLink href={notice.link.href} onClick={() => drop(notice.id)}>
            {notice.link.label}
          </AppLink>
        )}
      </span>
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
