import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { installedPostgres, runnableBinaries } from './postgres-binaries.ts'
import { StartError } from './start-error.ts'

const isRoot = process.getuid?.() === 0
const nobody = { uid: 65534, gid: 65534, name: 'nobody' }

let room: string
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'obcms-binaries-'))
  chmodSync(room, 0o755)
})
afterEach(() => rmSync(room, { recursive: true, force: true }))

/** A stand-in of a few bytes for the 60 MB of the real one. */
function makeInstalled(version: string, answer: string): { folder: string; version: string } {
  const folder = join(room, 'clone', 'native')
  mkdirSync(join(folder, 'bin'), { recursive: true, mode: 0o700 })
  mkdirSync(join(folder, 'lib'), { recursive: true })
  writeFileSync(join(folder, 'bin', 'postgres'), `#!/bin/sh\n${answer}\n`, { mode: 0o700 })
  writeFileSync(join(folder, 'lib', 'libpq.so.5.18'), '')
  writeFileSync(join(folder, 'lib', 'libpq.a'), 'not needed to run')
  writeFileSync(
    join(folder, 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]),
  )
  return { folder, version }
}
const postgres18 = 'echo "postgres (PostgreSQL) 18.4"'

test('npm brings PostgreSQL 18', () => {
  expect(runnableBinaries(installedPostgres(), room, undefined).major).toBe(18)
})

test('links that npm could not make are made before the first run', () => {
  const installed = makeInstalled('1', postgres18)
  expect(runnableBinaries(installed, room, undefined).postgres).toBe(join(installed.folder, 'bin', 'postgres'))
  expect(statSync(join(installed.folder, 'lib', 'libpq.so.5')).isFile()).toBe(true)
})

test.skipIf(!isRoot)('what is closed to the database’s user is copied beside its data, the old version dropped', () => {
  const home = join(room, 'home')
  mkdirSync(home)
  const installed = makeInstalled('2', postgres18)
  chmodSync(join(room, 'clone'), 0o700)
  mkdirSync(join(home, 'postgresql-1'))
  const { postgres } = runnableBinaries(installed, home, nobody)
  expect(postgres).toBe(join(home, 'postgresql-2', 'bin', 'postgres'))
  expect(readdirSync(home)).toEqual(['postgresql-2'])
  expect(existsSync(join(home, 'postgresql-2', 'lib', 'libpq.so.5'))).toBe(true)
  expect(existsSync(join(home, 'postgresql-2', 'lib', 'libpq.a'))).toBe(false)
})

test('a PostgreSQL that does not run says why', () => {
  const installed = makeInstalled('3', 'echo "libicu.so.60: cannot open shared object file" >&2; exit 127')
  const run = () => runnableBinaries(installed, room, undefined)
  expect(run).toThrow(StartError)
  expect(run).toThrow(/does not run on this machine \(libicu.*\): set DATABASE_URL/)
})
