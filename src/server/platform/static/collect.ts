import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { takeLock } from '../folder-lock.ts'
import { StartError } from '../start-error.ts'
import { suffixes } from './compressed.ts'
import { readSite, type SiteFile } from './site-files.ts'

const manifestName = 'manifest.json'
/** Says whose folder it is, also before it is finished. */
const markName = '.obcms-static'
const patienceMs = 60_000

interface Manifest {
  files: Record<string, { type: string; bytes: number; sha256: string; encoding?: string }>
  /** What the release before had more: pages that are still open ask for it. */
  former: string[]
}

/** Every file of the finished folder, compressed copies too. */
function contentsOf(files: Iterable<SiteFile>): { bytes: Map<string, Buffer>; listed: Manifest['files'] } {
  const contents = new Map<string, Buffer>()
  const listed: Manifest['files'] = {}
  for (const { name, type, variants } of files)
    for (const { coding, bytes } of variants) {
      const path = coding === 'identity' ? name : name + suffixes[coding]
      contents.set(path, bytes)
      listed[path] = {
        type,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        ...(coding !== 'identity' && { encoding: coding }),
      }
    }
  return { bytes: contents, listed }
}

function manifestIn(out: string): Manifest | undefined {
  const file = join(out, manifestName)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  const isForeign =
    existsSync(out) && !existsSync(join(out, markName)) && readdirSync(out).some((name) => name !== 'lost+found')
  if (isForeign)
    throw new StartError(`${out} holds files that are not of OBCMS: name an empty or a new folder with --out.`)
  return undefined
}

/** A reader sees the old file or the new one, whole. */
function put(file: string, bytes: Buffer | string): void {
  const draft = join(dirname(file), `.${randomUUID()}`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(draft, bytes, { mode: 0o644 })
  renameSync(draft, file)
}

function isThere(file: string, bytes: Buffer): boolean {
  return existsSync(file) && readFileSync(file).equals(bytes)
}

/**
 * Writes the finished site for another server. File by file, and the page after the assets that it names: whoever reads meanwhile
 * has the old site or the new one, also after a kill, and also where the folder is a mounted volume, which cannot be renamed.
 * Files of the last release stay for pages that are open; those of earlier ones go.
 * @returns how many files there are, and how many of them were written
 * @throws StartError when the folder holds something else
 */
export async function collectStatic(
  siteDir: string,
  out: string,
  staticUrl?: string,
): Promise<{ files: number; written: number }> {
  manifestIn(out)
  put(join(out, markName), 'Written by obcms collectstatic.\n')
  const lock = await takeLock(join(out, `${markName}.lock`), patienceMs)
  try {
    const before = manifestIn(out)
    const { bytes: contents, listed } = contentsOf((await readSite(siteDir, staticUrl)).values())
    const last = Object.keys(before?.files ?? {}).filter((name) => !contents.has(name))
    const former = last.length > 0 ? last : (before?.former ?? []).filter((name) => !contents.has(name))
    const assetsFirst = [...contents.keys()].sort(
      (a, b) => Number(b.startsWith('assets/')) - Number(a.startsWith('assets/')),
    )
    const changed = assetsFirst.filter((name) => !isThere(join(out, name), contents.get(name) as Buffer))
    for (const name of changed) put(join(out, name), contents.get(name) as Buffer)
    put(join(out, manifestName), `${JSON.stringify({ files: listed, former } satisfies Manifest, null, 2)}\n`)
    for (const name of before?.former ?? [])
      if (!contents.has(name) && !former.includes(name)) rmSync(join(out, name), { force: true })
    return { files: contents.size, written: changed.length }
  } finally {
    lock.release()
  }
}
