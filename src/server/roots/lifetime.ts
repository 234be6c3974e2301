import { createServer } from 'node:net'
import { ConfigError } from '../platform/config.ts'
import { StartError } from '../platform/start-error.ts'

type Close = () => Promise<unknown>

export interface Life {
  /** To be closed at the end, last first. Leaves `open` at once when the process was told to stop meanwhile. */
  closing(close: Close): void
  /** Ends the process as failed. */
  fail(error: Error): void
}

/** One Ctrl+C arrives twice: from the terminal and from npm. */
const sameSignalMs = 1_000

/**
 * Runs until SIGINT or SIGTERM, then closes what was opened. A second signal hurries. What `open` has registered is closed as
 * well when it fails or is stopped half-way.
 */
export async function runUntilSignal(open: (life: Life) => Promise<void>): Promise<void> {
  const closers: Close[] = []
  const end = Promise.withResolvers<void>()
  end.promise.catch(() => {})
  let toldAt: number | undefined
  const onSignal = (): void => {
    if (toldAt !== undefined && performance.now() - toldAt > sameSignalMs) process.exit(130)
    toldAt ??= performance.now()
    end.resolve()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  let failure: Error | undefined
  try {
    await open({
      closing(close) {
        closers.unshift(close)
        if (toldAt !== undefined) throw new Error('told to stop')
      },
      fail(error) {
        if (toldAt !== undefined) return
        failure ??= error
        end.reject(error)
      },
    })
    await end.promise
  } catch (error) {
    if (failure || toldAt === undefined) throw failure ?? error
  } finally {
    for (const close of closers)
      await close().catch((error: unknown) => console.error(`obcms: while stopping: ${String(error)}`))
    for (const signal of signals) process.off(signal, onSignal)
  }
}

/** Runs a command; a failure is one sentence on standard error and exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    process.exitCode = 1
    const known = error instanceof StartError || error instanceof ConfigError || (error as Error)?.name === 'AppError'
    console.error(`obcms: ${known ? (error as Error).message : ((error as Error)?.stack ?? String(error))}`)
  }
}

/**
 * @returns the port, or a free one for 0
 * @throws StartError when something listens there already
 */
export function freePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(portProblem(error.code, host, port))))
    probe.listen(port, host, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}

function portProblem(code = '', host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use: stop what runs there, or start with another one: PORT=${port + 1} npm start.`
  if (code === 'EACCES') return `Port ${port} is for root only: choose one from 1024 on, for example PORT=8000.`
  return `OBCMS cannot listen on ${host}:${port} (${code}): set HOST and PORT to an address of this machine.`
}
