import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from './peer.ts'

const ownBin = fileURLToPath(new URL('../../../bin/obcms', import.meta.url))

/** A command of OBCMS that runs in a process of its own. */
export interface Command {
  child: ChildProcess
  /** Standard output and error so far. */
  said(): string
  /** Its lines that are JSON. */
  log(): Record<string, unknown>[]
  /** Exit code; null after a signal. */
  code: Promise<number | null>
  /** Waits for words on its output. @returns what the first group caught */
  hears(words: RegExp, seconds?: number): Promise<string>
}

/** One installation: a folder and settings of its own, and the real `bin/obcms`. */
export interface Installation {
  dataDir: string
  begin(args: string[], settings?: Record<string, string>): Command
  run(args: string[], settings?: Record<string, string>): Promise<{ code: number | null; said: string }>
  /** Kills what still runs and removes the folder. */
  close(): Promise<void>
}

/** Empty settings count as unset, whatever a developer's `.env` says. */
export function install(settings: Record<string, string>, bin = ownBin): Installation {
  const dataDir = mkdtempSync(join(tmpdir(), 'obcms-installation-'))
  const running = new Set<ChildProcess>()

  function begin(args: string[], more: Record<string, string> = {}): Command {
    const env = { PATH: process.env.PATH, HOME: dataDir, DATABASE_URL: '', DATA_DIR: dataDir, ...settings, ...more }
    const child = spawn(process.execPath, [bin, ...args], { env, cwd: dataDir, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk))
    const code = once(child, 'close').then(([exit]) => {
      running.delete(child)
      return exit as number | null
    })
    return {
      child,
      said: () => text,
      log: () =>
        text.split('\n').flatMap((line) => {
          try {
            return line.startsWith('{') ? [JSON.parse(line)] : []
          } catch {
            return []
          }
        }),
      code,
      async hears(words, seconds = 60) {
        await until(`“${words}” is said; so far: ${text}`, () => words.test(text) || !running.has(child), seconds)
        const found = words.exec(text)
        if (!found) throw new Error(`ended without ${words}: ${text}`)
        return found[1] ?? ''
      },
    }
  }

  return {
    dataDir,
    begin,
    async run(args, more) {
      const command = begin(args, more)
      return { code: await command.code, said: command.said() }
    },
    async close() {
      const codes = [...running].map((child) => once(child, 'close'))
      for (const child of running) child.kill('SIGKILL')
      await Promise.all(codes)
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    },
  }
}

/** Its living children by their process numbers, oldest first. */
export function childrenOf({ child }: Command): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return Number(parent) === child.pid && state !== 'Z'
      } catch {
        return false
      }
    })
    .sort((a, b) => a - b)
}

/** What production insists on, but for where database, Redis and mail are. */
export const inProduction = {
  OBCMS_ENV: 'production',
  ALLOWED_HOSTS: 'localhost',
  CSRF_TRUSTED_ORIGINS: 'https://localhost',
  SECRET_KEY: 'Zk3vQ8mX1pLr7TnY0sWd5hGc9bJf2aEu6iKo4RtBvMxNqPzHyD',
}
