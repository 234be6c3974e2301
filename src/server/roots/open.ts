import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Composition, compose } from '../compose.ts'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { openDb } from '../platform/db.ts'
import { type Jobs, openJobs } from '../platform/jobs.ts'
import { createLog, type Log } from '../platform/log.ts'
import { folderMail, smtpMail } from '../platform/mail.ts'
import { StartError } from '../platform/start-error.ts'
import { fileStorage } from '../platform/storage.ts'

export interface System {
  composition: Composition
  jobs: Jobs
  log: Log
  close(): Promise<void>
}

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

/** Node's own recursive `mkdir` never ends where the system refuses with ENOENT (below /proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** `SECRET_KEY`, or in development one that is made once and kept beside the data. */
function secretKeyOf(config: Config): string {
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

/** Opens everything a process needs on a database that is ready. `works`: this process runs jobs. */
export async function openSystem(config: Config, databaseUrl: string, works: boolean): Promise<System> {
  const log = createLog(config)
  const jobs = await openJobs({ url: databaseUrl, log, works })
  let isClosing = false
  const db = openDb({
    url: databaseUrl,
    poolSize: config.poolSize,
    onError: (err) => isClosing || log.warn({ err }, 'database connection lost'),
  })
  const composition = compose({
    config,
    secretKey: secretKeyOf(config),
    baseUrl: config.baseUrl ?? `http://localhost:${config.port}`,
    db,
    clock: systemClock,
    log,
    mail: config.smtpUrl
      ? smtpMail(config.smtpUrl, config.mailFrom)
      : folderMail(join(config.dataDir, 'mail'), systemClock),
    storage: fileStorage(join(config.dataDir, 'files')),
    enqueue: jobs.enqueue,
  })
  return {
    composition,
    jobs,
    log,
    async close() {
      isClosing = true
      await jobs.close()
      await db.close()
    },
  }
}
