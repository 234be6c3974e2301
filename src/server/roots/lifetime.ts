import { ConfigError } from '../platform/config.ts'
import { StartError } from '../platform/start-error.ts'
import { supervision, untilTold } from '../platform/supervisor/child.ts'

/** `all`: the whole service ends, not this process alone. */
interface End {
  all: boolean
}
type Close = (end: End) => Promise<unknown>

export interface Life {
  /** To be closed at the end, last first. Leaves `open` at once when the process was told to stop meanwhile. */
  closing(close: Close): void
  /** Ends the process as failed, at once: what it stands on is gone, and nothing can be closed properly. */
  fail(error: Error): void
  /** Resolves when the process is told to stop. */
  told: Promise<unknown>
}
type Open = (life: Life) => Promise<void>

/** One Ctrl+C arrives twice: from the terminal and from npm. */
const sameSignalMs = 1_000
const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs until SIGINT or SIGTERM, then closes what was opened. A second signal hurries. What `open` has registered is closed as
 * well when it fails or is stopped half-way.
 */
export async function runUntilSignal(open: Open): Promise<void> {
  const told = Promise.withResolvers<End>()
  let toldAt: number | undefined
  const onSignal = (): void => {
    if (toldAt !== undefined && performance.now() - toldAt > sameSignalMs) process.exit(130)
    toldAt ??= performance.now()
    told.resolve({ all: true })
  }
  for (const signal of signals) process.on(signal, onSignal)
  await live(open, told.promise).finally(() => {
    for (const signal of signals) process.off(signal, onSignal)
  })
}

/** Runs until the supervisor says so. Signals are for the supervisor: terminals and systemd send them to every process. */
export async function runUntilTold(open: Open): Promise<never> {
  for (const signal of [...signals, 'SIGHUP'] as const) process.on(signal, () => {})
  try {
    await live(open, untilTold())
    process.exit(0)
  } catch (error) {
    await supervision.failed(inWords(error as Error))
    process.exit(1)
  }
}

async function live(open: Open, told: Promise<End>): Promise<void> {
  const closers: Close[] = []
  let end: End | undefined
  let isClosing = false
  void told.then((said) => {
    end = said
  })
  try {
    await open({
      told,
      closing(close) {
        closers.unshift(close)
        if (end) throw new Error('told to stop')
      },
      fail(error) {
        if (isClosing) return
        console.error(`obcms: ${inWords(error)}`)
        process.exit(1)
      },
    })
    await told
  } catch (error) {
    if (!end) throw error
  } finally {
    isClosing = true
    for (const close of closers)
      await close(end ?? { all: true }).catch((error: unknown) =>
        console.error(`obcms: while stopping: ${String(error)}`),
      )
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
