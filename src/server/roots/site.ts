import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { takeLock } from '../platform/folder-lock.ts'
import { StartError } from '../platform/start-error.ts'
import { compressSite } from '../platform/static/compressed.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const dist = join(root, 'dist')
const siteDir = join(dist, 'web')
const source = 'src/web'
/** Another OBCMS may be building the same pages. */
const lockPatienceMs = 300_000

/** Fingerprint of everything the web pages are built from. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const files = [source, 'src/contract'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  const makers = ['vite.config.ts', 'package-lock.json', 'src/server/platform/static/compressed.ts']
  for (const path of [...files, ...makers.map((name) => join(root, name))].sort())
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0')
  return hash.digest('hex')
}

function isBuiltFrom(mark: string): boolean {
  const file = join(siteDir, '.source')
  return existsSync(file) && readFileSync(file, 'utf8') === mark
}

/**
 * Builds the web pages when they are missing or older than their source. The finished folder takes the old one's place, so
 * that a broken or killed build harms nothing.
 * @returns whether it built
 */
export async function buildSite(say: (line: string) => void): Promise<boolean> {
  if (!existsSync(join(root, source))) return false
  if (isBuiltFrom(fingerprint())) return false
  mkdirSync(dist, { recursive: true })
  const lock = await takeLock(join(dist, 'build.lock'), lockPatienceMs)
  try {
    for (const name of readdirSync(dist)) if (name.startsWith('web.')) rmSync(join(dist, name), { recursive: true })
    const mark = fingerprint()
    if (isBuiltFrom(mark)) return false
    say('Building the web pages …')
    const nonce = randomUUID()
    // A name of its own each time: the vite of a killed build may still be writing into the last one.
    const [draft, old] = [`${siteDir}.new-${nonce}`, `${siteDir}.old-${nonce}`]
    await runVite(draft)
    await compressSite(draft)
    writeFileSync(join(draft, '.source'), mark)
    if (existsSync(siteDir)) renameSync(siteDir, old)
    renameSync(draft, siteDir)
    rmSync(old, { recursive: true, force: true })
    return true
  } finally {
    lock.release()
  }
}

async function runVite(outDir: string): Promise<void> {
  let vite: string
  try {
    vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js')
  } catch (cause) {
    throw new StartError('The tools that build the web pages are not installed: run npm ci.', { cause })
  }
  const build = spawn(process.execPath, [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = await once(build, 'exit')
  if (code !== 0) throw new StartError('The web pages could not be built: mend what is said above and start again.')
}

export const hasBuiltSite = (): boolean => existsSync(join(siteDir, 'index.html'))

/** @throws StartError when the pages were never built */
export function builtSite(): string {
  if (!hasBuiltSite()) throw new StartError('The web pages are not built: run npm run build.')
  return siteDir
}
