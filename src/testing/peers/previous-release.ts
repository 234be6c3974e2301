import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeRelease, type Release, thisRoot } from './release.ts'

const git = (...args: string[]): string =>
  execFileSync('git', ['-C', thisRoot, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

type Package = { version: string; dependencies: Record<string, string>; devDependencies: Record<string, string> }
const packageAt = (commit: string): Package => JSON.parse(git('show', `${commit}:package.json`))

/** The newest commit of another version than today's; the recorded one as long as there was only one version. */
function commitOfPreviousRelease(): string {
  const today = JSON.parse(readFileSync(join(thisRoot, 'package.json'), 'utf8')).version
  const changes = git('log', '--format=%H %P', '-G"version":', '--', 'package.json').split('\n')
  for (const [, parent] of changes.map((line) => line.split(' ')))
    if (parent && packageAt(parent).version !== today) return parent
  return readFileSync(join(thisRoot, 'migrations/previous-release'), 'utf8').trim()
}

/** Its commit, or why it cannot be tried here. */
export function findPreviousRelease(): { commit: string } | { missing: string } {
  let commit: string
  try {
    if (git('rev-parse', '--is-shallow-repository') === 'true')
      return { missing: 'a shallow clone has no last release' }
    commit = commitOfPreviousRelease()
    const { dependencies, devDependencies } = packageAt(commit)
    const versionHere = (name: string): string | undefined => {
      const file = join(thisRoot, 'node_modules', name, 'package.json')
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
    }
    const other = [
      ...Object.entries(dependencies).filter(([name, version]) => versionHere(name) !== version),
      // It builds its pages with these; what only its tests needed may be gone.
      ...Object.entries(devDependencies).filter(([name, version]) => ![version, undefined].includes(versionHere(name))),
    ]
    if (other.length > 0)
      return { missing: `the last release runs on other packages (${other.map(([name]) => name).join(', ')})` }
  } catch {
    return { missing: 'the last release is not to be had: no git, or not its history' }
  }
  return { commit }
}

export function checkOut(commit: string): Release {
  return makeRelease((root) => {
    const files = execFileSync('git', ['-C', thisRoot, 'archive', commit], { maxBuffer: 500_000_000 })
    execFileSync('tar', ['-x', '-C', root], { input: files })
  })
}
