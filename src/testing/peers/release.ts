import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const thisRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** OBCMS in a folder of its own, which a test may give other migrations. */
export interface Release {
  root: string
  bin: string
  writeMigration(file: string, text: string): void
  remove(): void
}

/** @param fill puts everything but the packages there; by default this code as it is */
export function makeRelease(fill: (root: string) => void = copyThis): Release {
  const root = mkdtempSync(join(tmpdir(), 'obcms-release-'))
  fill(root)
  symlinkSync(join(thisRoot, 'node_modules'), join(root, 'node_modules'))
  return {
    root,
    bin: join(root, 'bin/obcms'),
    writeMigration: (file, text) => writeFileSync(join(root, 'migrations', file), text),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

function copyThis(root: string): void {
  for (const part of ['bin', 'src', 'migrations', 'package.json'])
    cpSync(join(thisRoot, part), join(root, part), { recursive: true })
}
