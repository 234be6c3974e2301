import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

export type Verdict =
  | { is: 'clean' }
  /** `finding`: the name that the scanner has for it. */
  | { is: 'infected'; finding: string }
  /** The scanner did not look at all of it: it may be anything. */
  | { is: 'undecided'; why: string }

export interface Scanner {
  /** @throws ScannerAway */
  ping(): Promise<void>
  /** @throws ScannerAway; what the source throws */
  scan(source: Readable, signal?: AbortSignal): Promise<Verdict>
}

/** It does not answer, or broke off: another try may help. */
export class ScannerAway extends Error {
  constructor(cause: unknown) {
    super(`the virus scanner does not answer: ${cause instanceof Error ? cause.message : cause}`, { cause })
    this.name = 'ScannerAway'
  }
}

const connectMs = 5_000
/** Unpacking a large archive takes the scanner its time, in which it says nothing. */
const silenceMs = 300_000
/** No answer of the daemon is longer. */
const longestAnswer = 4_096
/** A ClamAV daemon: its commands begin with `z`, then they and the answers end with a NUL. */
export function clamd({ host, port }: { host: string; port: number }): Scanner {
  async function open(signal?: AbortSignal): Promise<{ socket: Socket; answer: Promise<string> }> {
    const socket = connect({ host, port, timeout: connectMs })
    const abort = () => socket.destroy(new Error('stopped'))
    signal?.addEventListener('abort', abort)
    socket.once('close', () => signal?.removeEventListener('abort', abort))
    socket.on('timeout', () => socket.destroy(new Error('no answer in time')))
    const answer = new Promise<string>((resolve, reject) => {
      let text = ''
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1')
        const end = text.indexOf('\0')
        if (end >= 0) resolve(text.slice(0, end))
        else if (text.length > longestAnswer) socket.destroy(new Error('this is no ClamAV daemon'))
      })
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the connection was closed')))
    })
    answer.catch(() => {})
    try {
      await once(socket, 'connect')
    } catch (error) {
      throw new ScannerAway(error)
    }
    return { socket, answer }
  }

  return {
    async ping() {
      const { socket, answer } = await open()
      try {
        socket.write('zPING\0')
        const said = await answer.catch((error: unknown) => Promise.reject(new ScannerAway(error)))
        if (said !== 'PONG') throw new ScannerAway(`it answers ${said.slice(0, 80)}`)
      } finally {
        socket.destroy()
      }
    },

    async scan(source, signal) {
      const { socket, answer } = await open(signal).catch((error: unknown) => {
        source.destroy()
        throw error
      })
      socket.setTimeout(silenceMs)
      let isAnswered = false
      const settled = answer.then(
        () => (isAnswered = true),
        () => (isAnswered = true),
      )
      try {
        socket.write('zINSTREAM\0')
        for await (const chunk of source as AsyncIterable<Buffer>) {
          // A daemon that has enough says so and closes: writing on would lose what it said. The next try would get it.
          await setImmediate()
          if (isAnswered) break
          const length = Buffer.alloc(4)
          length.writeUInt32BE(chunk.length)
          socket.write(length)
          if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => {}), settled])
        }
        if (!isAnswered) socket.write(Buffer.alloc(4))
        return verdictOf(await answer.catch((error: unknown) => Promise.reject(new ScannerAway(error))))
      } finally {
        source.destroy()
        socket.destroy()
      }
    },
  }
}

function verdictOf(answer: string): Verdict {
  if (/^stream: OK$/.test(answer)) return { is: 'clean' }
  const finding = answer.match(/^stream: (.+) FOUND$/)?.[1]
  // With AlertExceedsMax: it looked at a part only.
  if (finding?.startsWith('Heuristics.Limits.Exceeded'))
    return { is: 'undecided', why: 'It is more than the virus scanner looks through.' }
  if (finding) return { is: 'infected', finding }
  if (answer.includes('size limit exceeded'))
    return { is: 'undecided', why: 'It is larger than what the virus scanner takes (StreamMaxLength).' }
  throw new ScannerAway(`it answers ${answer.slice(0, 200)}`)
}
