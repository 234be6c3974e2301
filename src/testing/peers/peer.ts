import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A real component beside OBCMS, as a process of the test's own on a free port of the loopback. */
export interface Peer {
  port: number
  child: ChildProcess
  /** Standard output and error so far. */
  said(): string
  /** It stands still and keeps its connections, as on a machine that hangs. */
  freeze(): void
  thaw(): void
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGTERM, then SIGKILL after five seconds. Safe to call twice. */
  stop(): Promise<void>
}

export const hostOfPeers = '127.0.0.1'

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, hostOfPeers)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** Whether something accepts connections there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostOfPeers, port, timeout: 1_000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** Asks again and again. @throws after `seconds`, with what is awaited in the message */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, seconds = 30): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(50)) if (await isSo()) return
  throw new Error(`not within ${seconds} s: ${what}`)
}

/** The first of these programs that this machine has. */
export const program = (...paths: string[]): string | undefined => paths.find((path) => existsSync(path))

export interface PeerOptions {
  command: string
  args: string[]
  port: number
  env?: NodeJS.ProcessEnv
  cwd?: string
  uid?: number
  gid?: number
}

/** Starts a component and waits until it accepts connections. */
export async function startPeer({ command, args, port, ...options }: PeerOptions): Promise<Peer> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk))
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  const ended = async () => {
    if (!isGone()) await once(child, 'exit')
  }
  await until(`${command} accepts connections`, async () => {
    if (isGone()) throw new Error(`${command} ended: ${text}`)
    return accepts(port)
  })
  return {
    port,
    child,
    said: () => text,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL')
      await ended()
    },
    async stop() {
      if (isGone()) return
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended()
      clearTimeout(late)
    },
  }
}
