import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'

export interface Heard {
  kind: string
  id?: number | null
  at: string
  data?: Record<string, unknown>
  /** What a browser would send as `Last-Event-ID`. */
  lastEventId: string
}

/** A page's side of the event stream. */
export interface EventReader {
  status: number
  headers: IncomingMessage['headers']
  heard: Heard[]
  /** Comments so far. */
  beats(): number
  isOver(): boolean
  /** Reads no more, and keeps the connection. */
  stall(): void
  close(): void
}

/** @param base `http://127.0.0.1:8000` */
export async function readEvents(
  base: string,
  token: string,
  { headers = {}, query = '' }: { headers?: Record<string, string>; query?: string } = {},
): Promise<EventReader> {
  const asked: ClientRequest = request(`${base}/api/v1/events${query}`, {
    headers: { cookie: `obcms_session=${token}`, 'accept-encoding': 'gzip, br', ...headers },
    agent: false,
  })
  asked.end()
  const [reply] = (await once(asked, 'response')) as [IncomingMessage]
  const heard: Heard[] = []
  let text = ''
  let lastEventId = ''
  let beats = 0
  let isOver = false
  reply.setEncoding('utf8')
  reply.on('data', (chunk: string) => {
    text += chunk
    for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
      for (const line of text.slice(0, at).split('\n')) {
        if (line.startsWith(':')) beats += 1
        if (line.startsWith('id: ')) lastEventId = line.slice(4)
        if (line.startsWith('data: ')) heard.push({ ...JSON.parse(line.slice(6)), lastEventId })
      }
      text = text.slice(at + 2)
    }
  })
  for (const end of ['end', 'close', 'error'])
    reply.on(end, () => {
      isOver = true
    })
  asked.on('error', () => {})
  return {
    status: reply.statusCode ?? 0,
    headers: reply.headers,
    heard,
    beats: () => beats,
    isOver: () => isOver,
    stall: () => void reply.pause(),
    close: () => void asked.destroy(),
  }
}
