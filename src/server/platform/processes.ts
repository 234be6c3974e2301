import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const onLinux = process.platform === 'linux'

/**
 * What tells this process from a later one with the same number: its time of birth, on Linux with the boot it belongs to.
 * Undefined when no such process runs; a zombie counts as gone, for nobody may come to reap it (containers without init).
 */
export function birthOf(pid: number): string | undefined {
  try {
    if (onLinux) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The second field, the name, may hold spaces and brackets; state and start time are the 3rd and 22nd.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`
    }
    const [state, ...born] = askPs(pid, 'stat=,lstart=').split(/\s+/)
    return state === undefined || state.startsWith('Z') ? undefined : born.join(' ')
  } catch {
    return undefined
  }
}

/** The command line of a process, its arguments parted by blanks; empty when it is gone. */
export function commandOf(pid: number): string {
  try {
    return onLinux ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() : askPs(pid, 'command=')
  } catch {
    return ''
  }
}

function askPs(pid: number, columns: string): string {
  return execFileSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim()
}

/**
 * Sends each signal in turn, waits its time in milliseconds for the process to end, and says whether it did.
 * Throws EPERM when the process belongs to another user.
 */
export async function endProcess(pid: number, steps: [NodeJS.Signals, number][]): Promise<boolean> {
  const born = birthOf(pid)
  const hasEnded = () => born === undefined || birthOf(pid) !== born
  for (const [signal, patience] of steps) {
    if (hasEnded()) return true
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true
      throw error
    }
    const deadline = Date.now() + patience
    while (Date.now() < deadline) {
      if (hasEnded()) return true
      await sleep(20)
    }
  }
  return hasEnded()
}
