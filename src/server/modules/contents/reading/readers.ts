import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Answer, limits, type Task } from './limits.ts'

const script = fileURLToPath(new URL('./reader-process.ts', import.meta.url))
/** A process is used for so many files, then a fresh one. */
const mostTasks = 200
/** An idle process stays for the next file so long. */
const idleMs = 10_000
const watchMs = 100
const pageBytes = 4_096

/** The process died of the content, or of something else: another try may tell. */
export class ReaderDied extends Error {
  readonly why: 'time' | 'memory' | 'crash'
  constructor(why: 'time' | 'memory' | 'crash', detail = '') {
    super(`the reading process ended: ${why}${detail}`)
    this.name = 'ReaderDied'
    this.why = why
  }
}

export interface Readers {
  /** @throws ReaderDied; the reason of the signal */
  read(task: Task, signal?: AbortSignal): Promise<Answer>
}

interface Reader {
  child: ChildProcess
  tasks: number
  leaving?: NodeJS.Timeout
}

function start(): Reader {
  const child = fork(script, [], {
    // Nothing of ours: no settings, no secrets.
    env: {},
    execArgv: [
      `--max-old-space-size=${limits.heapMegabytes}`,
      '--permission',
      '--allow-fs-read=*',
      '--allow-addons',
      '--allow-worker',
      '--no-warnings',
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  child.on('error', () => {})
  return { child, tasks: 0 }
}

/** Resident memory, where the system tells. */
async function memoryOf(pid: number | undefined): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(statm.split(' ')[1] ?? 0) * pageBytes
}

/** Processes that open content: as many as are asked at once, each kept a while for the next file. */
export function openReaders({ killMs, memoryBytes }: { killMs: number; memoryBytes: number } = limits): Readers {
  const idle: Reader[] = []

  const end = ({ child }: Reader): void => {
    child.kill('SIGKILL')
  }

  function take(): Reader {
    for (let reader = idle.pop(); reader; reader = idle.pop()) {
      clearTimeout(reader.leaving)
      if (reader.child.connected) return reader
    }
    return start()
  }

  function giveBack(reader: Reader): void {
    if (reader.tasks >= mostTasks || !reader.child.connected) {
      end(reader)
      return
    }
    // Whoever stops need not wait for it: it ends with its parent.
    reader.child.unref()
    reader.child.channel?.unref()
    ;(reader.child.stderr as { unref?(): void } | null)?.unref?.()
    reader.leaving = setTimeout(() => {
      idle.splice(idle.indexOf(reader), 1)
      end(reader)
    }, idleMs).unref()
    idle.push(reader)
  }

  return {
    async read(task, signal) {
      signal?.throwIfAborted()
      const reader = take()
      const { child } = reader
      child.ref()
      child.channel?.ref()
      reader.tasks += 1
      const { promise, resolve, reject } = Promise.withResolvers<Answer>()
      let said = ''
      const hear = (chunk: Buffer) => {
        said = (said + chunk).slice(-2_000)
      }
      const gone = (code: number | null, by: string | null) =>
        reject(new ReaderDied('crash', ` (${by ?? code}) ${said.trim()}`))
      const lost = () => reject(new ReaderDied('crash', ` ${said.trim()}`))
      const stop = () => reject(signal?.reason)
      child.once('message', resolve as (message: unknown) => void)
      child.once('exit', gone)
      child.once('error', lost)
      child.stderr?.on('data', hear)
      signal?.addEventListener('abort', stop)
      const late = setTimeout(() => reject(new ReaderDied('time', ` (${killMs / 1_000} s)`)), killMs)
      const watch = setInterval(async () => {
        if ((await memoryOf(child.pid)) > memoryBytes) reject(new ReaderDied('memory'))
      }, watchMs)
      try {
        child.send(task)
        const answer = await promise
        giveBack(reader)
        return answer
      } catch (error) {
        end(reader)
        throw error
      } finally {
        clearTimeout(late)
        clearInterval(watch)
        signal?.removeEventListener('abort', stop)
        child.off('message', resolve)
        child.off('exit', gone)
        child.off('error', lost)
        child.stderr?.off('data', hear)
      }
    },
  }
}
