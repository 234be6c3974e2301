import type { Worker } from 'node:cluster'
import { isSupervised } from './child.ts'

/** How one process asks all its siblings something: the supervisor passes questions and answers on, and remembers nothing. */
type Question = { type: 'gather.ask'; id: number } | { type: 'gather.answer'; id: number; to: number; part: unknown }
type Passed =
  | { type: 'gather.asked'; id: number; from: number }
  | { type: 'gather.count'; id: number; count: number }
  | { type: 'gather.part'; id: number; part: unknown }

/** The supervisor's side. @returns whether the message was a question or an answer */
export function relay(message: { type: string }, from: number, workers: ReadonlyMap<number, Worker>): boolean {
  if (!message.type.startsWith('gather.')) return false
  const question = message as Question
  const send = (to: number, passed: Passed): void => {
    const worker = workers.get(to)
    if (worker?.isConnected()) worker.send(passed)
  }
  if (question.type === 'gather.ask') {
    send(from, { type: 'gather.count', id: question.id, count: workers.size })
    for (const id of workers.keys()) send(id, { type: 'gather.asked', id: question.id, from })
  } else send(question.to, { type: 'gather.part', id: question.id, part: question.part })
  return true
}

/** A sibling that starts, ends or stands still is not waited for longer. */
const patienceMs = 1_000

/**
 * The process's side: answers its siblings with what `read` gives, and asks all of them, itself among them.
 * @returns what came within a second; alone, without a supervisor, its own answer
 */
export function gatherer<T>(read: () => Promise<T>): () => Promise<T[]> {
  if (!isSupervised) return async () => [await read()]
  const waiting = new Map<number, { parts: T[]; count: number; done: () => void }>()
  let asked = 0
  process.on('message', (message: Passed) => {
    if (message?.type === 'gather.asked') {
      const { id, from } = message
      void read().then((part) => {
        if (process.connected) process.send?.({ type: 'gather.answer', id, to: from, part } satisfies Question)
      })
      return
    }
    if (message?.type !== 'gather.count' && message?.type !== 'gather.part') return
    const mine = waiting.get(message.id)
    if (!mine) return
    if (message.type === 'gather.count') mine.count = message.count
    else mine.parts.push(message.part as T)
    if (mine.parts.length >= mine.count) mine.done()
  })
  return () =>
    new Promise((resolve) => {
      asked += 1
      const id = asked
      const parts: T[] = []
      const done = (): void => {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(parts)
      }
      const timer = setTimeout(done, patienceMs)
      waiting.set(id, { parts, count: Number.POSITIVE_INFINITY, done })
      process.send?.({ type: 'gather.ask', id } satisfies Question)
    })
}
