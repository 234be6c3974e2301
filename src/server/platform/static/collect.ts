import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { takeLock } from '../folder-lock.ts'
import { StartError } from '../start-error.ts'
import { suffixes } from './compressed.ts'
import { readSite, type SiteFile } from './site-files.ts'

const manifestName = 'manifest.json'
const patienceMs = 60_000

interface Manifest {
  files: Record<string, { type: string; sha256: string; bytes: number; compressed: Record<string, number> }>
  /** What the release before had more: pages that are still open ask for it. */
  former: string[]
}

const names = (file: SiteFile): string[] =>
  file.variants.map(({ coding }) => file.name + (coding === 'identity' ? '' : suffixes[coding]))

const describe = (file: SiteFile): Manifest['files'][string] => ({
  type: file.type,
  sha256: file.sha256,
  bytes: file.identity.bytes.length,
  compressed: Object.fromEntries(
    file.variants.slice(0, -1).map(({ coding, bytes }) => [coding, bytes.length]),
  ),
})

function writtenBefore(out: string): string[] & { former?: string[] } {
  const file = join(out, manifestName)
  if (!existsSync(file)) {
    if (existsSync(out) && readdirSync(out).some((name) => !name.startsWith('.') && name !== 'lost+found'))
      throw new StartError(`${out} holds files that are not of OBCMS: name an empty or a new folder with --out.`)
    return []
  }
  const { files, former } = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  const all = Object.entries(files).flatMap(([name, { compressed }]) => [
    name,
    ...Object.keys(compressed).map((coding) => name + suffixes[coding as keyof typeof suffixes]),
  ])
  return Object.assign(all, { former })
}
