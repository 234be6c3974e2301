import { randomBytes, randomUUID } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../platform/config.ts'
import { makeFolder } from '../platform/make-folder.ts'
import { StartError } from '../platform/start-error.ts'

/** Makes the data folder; refuses one that cannot be written. */
export function prepareDataDir({ dataDir }: Config): void {
  const trial = join(dataDir, `.writable-${randomUUID()}`)
  try {
    makeFolder(dataDir)
    writeFileSync(trial, '')
    rmSync(trial)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new StartError(
      `The folder ${dataDir} cannot be written (${code}): let this account write there, or set DATA_DIR to another folder.`,
      { cause },
    )
  }
}

/** `SECRET_KEY`, or in development one that is made once and kept beside the data. */
export function secretKeyOf(config: Config): string {
  if (config.secretKey) return config.secretKey
  const path = join(config.dataDir, 'secret-key')
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, randomBytes(48).toString('base64url'), { mode: 0o600 })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return readFileSync(path, 'utf8').trim()
}
