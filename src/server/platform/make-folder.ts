import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Node's own recursive `mkdir` never ends where the system refuses with ENOENT (below /proc). */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
