import { useCallback, useEffect, useRef, useState } from 'react'
import { useSession } from '#web/lib/session.ts'
import { dropDraft, type KeptDraft, keepDraft, readDraft } from './drafts.ts'

const pauseMs = 150

/** Keeps what is typed on this device while it is typed; `record` is the community's id or `new`. */
export function useDraft(record: string) {
  const userId = useSession().user.id
  const [found] = useState(() => readDraft(userId, record))
  const [kept, setKept] = useState<'nothing' | 'kept' | 'not_possible'>('nothing')
  const waiting = useRef<KeptDraft>(undefined)
  const timer = useRef<number>(undefined)

  const flush = useCallback(() => {
    window.clearTimeout(timer.current)
    if (!waiting.current) return
    setKept(keepDraft(userId, record, waiting.current) ? 'kept' : 'not_possible')
    waiting.current = undefined
  }, [userId, record])

  const keep = useCallback(
    (draft: Omit<KeptDraft, 'savedAt'>) => {
      waiting.current = { ...draft, savedAt: new Date().toISOString() }
      window.clearTimeout(timer.current)
      timer.current = window.setTimeout(flush, pauseMs)
    },
    [flush],
  )

  const drop = useCallback(() => {
    window.clearTimeout(timer.current)
    waiting.current = undefined
    dropDraft(userId, record)
    setKept('nothing')
  }, [userId, record])

  useEffect(() => {
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [flush])

  return { found, kept, keep, drop, flush }
}
