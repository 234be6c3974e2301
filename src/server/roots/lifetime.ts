import { ConfigError } from '../platform/config.ts'
import { StartError } from '../platform/start-error.ts'

type Close = () => Promise<unknown>

export interface Life {
  /** To be closed at the end, last first. Leaves `open` at once when the process was told to stop meanwhile. */
  closing(close: Close): void
  /** Ends the process as failed, at once: what it stands on is gone, and nothing can be closed properly. */
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
  let toldAt: number | undefined
  let isClosing = false
  const onSignal = (): void => {
    if (toldAt !== undefined && performance.now() - toldAt > sameSignalMs) process.exit(130)
    toldAt ??= performance.now()
    end.resolve()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  try {
    await open({
      closing(close) {
        closers.unshift(close)
        if (toldAt !== undefined) throw new Error('told to stop')
      },
      fail(error) {
        if (isClosing) return
        console.error(`obcms: ${inWords(error)}`)
        process.exit(1)
      },
    })
    await end.promise
  } catch (error) {
    if (toldAt === undefined) throw error
  } finally {
    isClosing = true
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
    console.error(`obcms: ${inWords(error as Error & { code?: string })}`)
    // What a failed start left open must not keep the process alive.
    setTimeout(() => process.exit(), 3_000).unref()
  }
}

function inWords(error: Error & { code?: string }): string {
  if (error instanceof StartError || error instanceof ConfigError || error.name === 'AppError') return error.message
  // Class 57P: the server is going down.
  if (/^(57P|ECONNRE)/.test(error.code ?? '') || error.message === 'Connection terminated unexpectedly')
    return 'The database was stopped meanwhile, and nothing half-done is kept: start again.'
  return error.stack ?? String(error)
}
