import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { birthOf } from './processes.ts'

/** The lock is held by a living process, and stayed so for as long as we were willing to wait. */
export class LockHeldError extends Error {
  readonly pid: number
  constructor(pid: number) {
    super(`held by process ${pid}`)
    this.pid = pid
  }
}

/**
 * Takes the lock `file` for this process; a lock whose holder has died counts as free. Node has no file locks of the
 * kernel, so the file names its holder by number and time of birth, and appears and vanishes in one step each.
 */
export async function takeLock(file: string, patienceMs: number): Promise<{ release(): void }> {
  const mine = JSON.stringify({ pid: process.pid, born: birthOf(process.pid), nonce: randomUUID() })
  const deadline = Date.now() + patienceMs
  while (!appears(file, mine)) {
    const found = contentOf(file)
    const holder = livingHolder(found)
    if (holder === undefined) discard(file, found)
    else if (Date.now() >= deadline) throw new LockHeldError(holder)
    else await sleep(50)
  }
  return {
    release() {
      if (contentOf(file) === mine) rmSync(file, { force: true })
    },
  }
}

function appears(file: string, content: string): boolean {
  const draft = `${file}.${randomUUID()}`
  writeFileSync(draft, content, { mode: 0o644 })
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Removes a dead holder's file, but not the one that a quicker rival has put in its place meanwhile. */
function discard(file: string, dead: string | undefined): void {
  const aside = `${file}.${randomUUID()}`
  try {
    renameSync(file, aside)
    if (contentOf(aside) !== dead) linkSync(aside, file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function livingHolder(content: string | undefined): number | undefined {
  try {
    const { pid, born } = JSON.parse(content ?? '')
    return typeof pid === 'number' && birthOf(pid) === born ? pid : undefined
  } catch {
    return undefined
  }
}
