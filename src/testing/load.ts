import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a number of clients met that ask one after the other, each on a kept connection of its own. */
export interface Load {
  /** How many answers of each status. */
  answers: Map<number, number>
  /** Connections that were refused, before anything was sent on them. */
  refused: number
  /** Requests that were sent and got no answer. */
  failed: Error[]
  /** Lets the last answers come in. */
  stop(): Promise<void>
}

export interface LoadOptions {
  /** Addresses in turn. */
  urls: string[]
  clients: number
  /** Between an answer and the next request. */
  pauseMs?: number
  /** Ends by itself after so long. */
  seconds?: number
}

const answerMs = 20_000

export function startLoad({ urls, clients, pauseMs = 5, seconds = 60 }: LoadOptions): Load {
  let isOver = false
  const end = performance.now() + seconds * 1_000

  async function client(offset: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let turn = offset; !isOver && performance.now() < end; turn += 1) {
      const error = await ask(agent, urls[turn % urls.length] ?? '').then(
        (status) => void load.answers.set(status, (load.answers.get(status) ?? 0) + 1),
        (cause: NodeJS.ErrnoException) => cause,
      )
      if (error?.syscall === 'connect') load.refused += 1
      else if (error) load.failed.push(error)
      await sleep(error ? 50 : pauseMs)
      // Timers come first: the end of a kept connection that has arrived meanwhile is seen before the next request.
      await new Promise(setImmediate)
    }
    agent.destroy()
  }

  const load: Load = {
    answers: new Map(),
    refused: 0,
    failed: [],
    async stop() {
      isOver = true
      await all
    },
  }
  const all = Promise.all(Array.from({ length: clients }, (_, index) => client(index)))
  return load
}

/** @returns the status, when the whole answer has come */
function ask(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: answerMs }, (response) => {
      response.once('error', reject)
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.resume()
    })
    request.once('timeout', () => request.destroy(new Error(`no answer within ${answerMs / 1_000} s`)))
    request.once('error', reject)
  })
}
