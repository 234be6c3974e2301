import { setTimeout as sleep } from 'node:timers/promises'
import type { TestUser } from '#testing/factories.ts'
import { fromOwnPage, newCommunity } from './daily-work.ts'

export interface Answer {
  status: number
  /** Milliseconds of `performance.now()`. */
  beganAt: number
  endedAt: number
  retryAfter: string | null
  /** Of the community that was registered, when it was. */
  id?: string
}

/** One request of somebody who has signed in; a connection that breaks is status 0. */
export async function ask(address: string, as: TestUser, write?: string): Promise<Answer> {
  const beganAt = performance.now()
  const answer = { status: 0, beganAt, endedAt: 0, retryAfter: null, id: undefined as string | undefined }
  try {
    const reply = await fetch(`${address}/api/v1/communities`, {
      method: write ? 'POST' : 'GET',
      headers: {
        cookie: `obcms_session=${as.token}`,
        ...fromOwnPage,
        ...(write && { 'content-type': 'application/json' }),
      },
      body: write && JSON.stringify(newCommunity(write)),
      signal: AbortSignal.timeout(60_000),
    })
    const body = await reply.text()
    return {
      ...answer,
      status: reply.status,
      endedAt: performance.now(),
      retryAfter: reply.headers.get('retry-after'),
      ...(write && reply.ok && { id: JSON.parse(body).id }),
    }
  } catch {
    return { ...answer, endedAt: performance.now() }
  }
}

/** Six people who read and write one request after the other, until told to stop. @returns every answer */
export function beginLoad(address: string, as: TestUser): { answers: Answer[]; stop(): Promise<Answer[]> } {
  const answers: Answer[] = []
  let isOver = false
  const people = Array.from({ length: 6 }, async (_, person) => {
    for (let turn = 0; !isOver; turn += 1) {
      answers.push(await ask(address, as, turn % 2 ? `Load ${person} ${turn}` : undefined))
      await sleep(30)
    }
  })
  return {
    answers,
    async stop() {
      isOver = true
      await Promise.all(people)
      return answers
    },
  }
}
