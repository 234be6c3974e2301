import type { EventView, StreamOpened } from '#contract/events.ts'
import { addressOf } from './api.ts'

type Hear = (event: EventView) => void

const firstDelayMs = 1_000
const longestDelayMs = 30_000
/** Events that may come again when the line was lost. */
const mostKnown = 500

let isLive = false

/** Whether changes are told at present; pages ask oftener by themselves while they are not. */
export const isTold = (): boolean => isLive

/**
 * Hears what changes for the signed-in person, in one stream of this tab. It rests while nobody sees the tab, since a browser
 * holds few connections to one server, and goes on where it stopped.
 * @param onOpen the stream stands (again): what was loaded before may be old
 * @returns ends it
 */
export function listen(hear: Hear, onOpen: () => void): () => void {
  let source: EventSource | undefined
  let after: string | undefined
  let begunAt: string | undefined
  let delay = firstDelayMs
  let timer: ReturnType<typeof setTimeout> | undefined
  const known = new Set<number>()

  function take({ data, lastEventId }: MessageEvent<string>) {
    if (lastEventId) after = lastEventId
    const event = JSON.parse(data) as EventView | StreamOpened
    if (event.kind === 'opened') {
      begunAt ??= event.at
      delay = firstDelayMs
      isLive = true
      return onOpen()
    }
    if (event.id !== null) {
      // Sent again, or older than this page.
      if (known.has(event.id) || (begunAt && event.at < begunAt)) return
      known.add(event.id)
      if (known.size > mostKnown) known.delete(known.values().next().value as number)
    }
    hear(event)
  }

  function rest() {
    clearTimeout(timer)
    source?.close()
    source = undefined
    isLive = false
  }

  function open() {
    rest()
    if (document.hidden) return
    source = new EventSource(addressOf('GET /api/v1/events', { query: { after } }))
    source.addEventListener('message', take)
    source.addEventListener('error', () => {
      rest()
      timer = setTimeout(open, delay * (0.5 + Math.random() / 2))
      delay = Math.min(longestDelayMs, delay * 2)
    })
  }

  const onSight = () => (document.hidden ? rest() : open())
  document.addEventListener('visibilitychange', onSight)
  window.addEventListener('online', open)
  window.addEventListener('offline', rest)
  open()
  return () => {
    document.removeEventListener('visibilitychange', onSight)
    window.removeEventListener('online', open)
    window.removeEventListener('offline', rest)
    rest()
  }
}
