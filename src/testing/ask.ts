import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { text } from 'node:stream/consumers'

export interface AskOptions {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** What the caller trusts, in PEM. */
  ca?: string
  /** The loopback address that the caller comes from. */
  from?: string
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
  json<T>(): T
}

/** One request as some client on the network would send it; redirects are not followed. */
export function ask(url: string, { method = 'GET', headers = {}, body, ca, from }: AskOptions = {}): Promise<Answer> {
  const send = url.startsWith('https:') ? secureRequest : plainRequest
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers,
      family: 4,
      agent: false,
      ...(ca && { ca, servername: 'localhost' }),
      ...(from && { localAddress: from }),
    }
    const request = send(url, options, async (response) => {
      const words = await text(response).catch(reject)
      if (words === undefined) return
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: words,
        json: <T>() => JSON.parse(words) as T,
      })
    })
    request.once('error', reject)
    request.end(body)
  })
}
