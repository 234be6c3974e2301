import cluster, { type Worker } from 'node:cluster'
import type { Log } from '../log.ts'
import { StartError } from '../start-error.ts'
import { relay } from './gather.ts'
import type { ChildMessage, ParentMessage } from './messages.ts'
import { type Command, type Event, initialState, type Limits, step, tickMs } from './supervisor.rules.ts'

export interface SupervisorOptions {
  limits: Limits
  log: Log
  /** On top of this process's own environment. */
  env: Record<string, string>
}

export interface Supervisor {
  /** All processes are ready. @throws StartError when the first one cannot start */
  begun: Promise<void>
  /** Returns when the last process has ended. */
  stop(): Promise<void>
}

/**
 * Runs this same command in processes of its own and keeps them alive: the rules say what to do, this does it.
 * SIGHUP replaces them one by one.
 */
export function supervise({ limits, log, env }: SupervisorOptions): Supervisor {
  const begun = Promise.withResolvers<void>()
  const finished = Promise.withResolvers<void>()
  const workers = new Map<number, Worker>()
  const pids = new Map<number, number | undefined>()
  const sentences = new Map<number, string>()
  // The processes take connections themselves. Handed out by this process (Node's default), one that was meant for a process that
  // has just died or stands still would wait for ever.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  let state = initialState(limits, Date.now())

  function happens(event: Event): void {
    const result = step(state, event, Date.now())
    state = result.state
    for (const command of result.commands) obey(command)
  }

  function fork(id: number): void {
    const worker = cluster.fork(env)
    workers.set(id, worker)
    pids.set(id, worker.process.pid)
    worker.on('message', (message: ChildMessage) => {
      if (relay(message, id, workers)) return
      if (message.type === 'failed') sentences.set(id, message.sentence)
      else if (message.type === 'began') happens({ type: 'began', id, job: message.id, killAt: message.killAt })
      else if (message.type === 'ended') happens({ type: 'ended', id, job: message.id })
      else happens({ ...message, id })
    })
    const gone = (why: string): void => {
      workers.delete(id)
      happens({ type: 'exited', id, why: sentences.get(id) ?? why })
      pids.delete(id)
      sentences.delete(id)
    }
    // Without a pid it was never made. A message to a process that is just ending is lost, and that is all.
    worker.on('error', (error) => worker.process.pid === undefined && gone(error.message))
    worker.on('exit', (code, signal) => gone(signal ? `signal ${signal}` : `exit code ${code}`))
  }

  function obey(command: Command): void {
    const worker = 'id' in command && command.id ? workers.get(command.id) : undefined
    if (command.type === 'fork') fork(command.id)
    if (command.type === 'drain') worker?.send({ type: 'drain', all: command.all } satisfies ParentMessage)
    if (command.type === 'release') worker?.send({ type: 'release' } satisfies ParentMessage)
    if (command.type === 'kill') worker?.process.kill('SIGKILL')
    if (command.type === 'begun') begun.resolve()
    if (command.type === 'failed') begun.reject(new StartError(sentences.get(command.id) ?? died(command.why)))
    if (command.type === 'finish') finished.resolve()
    if (command.type === 'log') {
      const { level, text, id, pauseMs } = command
      log[level]({ ...(id && { child: pids.get(id) }), ...(pauseMs && { pauseMs }) }, text)
    }
  }

  const reload = (): void => happens({ type: 'reload' })
  const killAll = (): void => {
    for (const worker of workers.values()) worker.process.kill('SIGKILL')
  }
  process.on('SIGHUP', reload)
  // When this process ends in a hurry, nothing goes on without it.
  process.once('exit', killAll)
  const ticking = setInterval(() => happens({ type: 'tick' }), tickMs)
  begun.promise.catch(() => {})
  happens({ type: 'begin' })

  return {
    begun: begun.promise,
    async stop() {
      happens({ type: 'stop' })
      await finished.promise
      clearInterval(ticking)
      process.off('SIGHUP', reload)
      process.off('exit', killAll)
    },
  }
}

const died = (why: string): string => `A process ended while it started (${why}): what it said stands above.`
