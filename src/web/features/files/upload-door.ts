import { useSyncExternalStore } from 'react'
import { loadWords } from '#web/lib/i18n.ts'
import { loadPart } from '#web/lib/load-part.ts'
import { markUnfinished, unfinished } from './unfinished.ts'

/** The little that every page carries of uploads; the rest is fetched when a file is on its way. */
export const loadTray = () =>
  loadPart(async () => {
    const loading = loadWords(['files'])
    const { UploadsTray } = await import('./uploads-tray.tsx')
    await loading
    return UploadsTray
  })

let openFor: string | undefined
const listeners = new Set<() => void>()

/** From now on the tray is there for this person. */
export function openTray(userId: string): void {
  openFor = userId
  for (const listener of listeners) listener()
}

/** Whether there is anything for the tray to show or to go on with. */
export const useTrayWanted = (userId: string): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => openFor === userId || unfinished(userId) > 0,
  )

/** At sign-out: nothing of this person stays on a shared computer. */
export async function forgetUploads(userId: string): Promise<void> {
  if (openFor === userId || unfinished(userId) > 0) {
    const { closeUploads } = await loadPart(() => import('./uploads.ts'))
    await closeUploads()
  }
  // Also refused ones of an earlier page, which nothing counts.
  const { forgetFiles } = await loadPart(() => import('./kept-files.ts'))
  await forgetFiles(userId)
  markUnfinished(userId, 0)
}
