import { join } from 'node:path'
import { type Composition, compose } from '../compose.ts'
import { openCache } from '../platform/cache/open-cache.ts'
import { systemClock } from '../platform/clock.ts'
import { type Config, settingsGiven } from '../platform/config.ts'
import { openDb } from '../platform/db.ts'
import { type Jobs, type JobWatch, openJobs } from '../platform/jobs.ts'
import { createLog, type Log } from '../platform/log.ts'
import { consoleMail, folderMail, type Mail, smtpMail } from '../platform/mail.ts'
import { createMetrics } from '../platform/metrics.ts'
import { migrationsCheck } from '../platform/migrate.ts'
import { createSecurity } from '../platform/security.ts'
import { createSecurityBuffer } from '../platform/security-buffer.ts'
import { deployChecks } from './check.ts'
import { secretKeyOf } from './data-dir.ts'
import { directUrl } from './database.ts'
import { backupStoreOf, storageOf } from './storage.ts'

export interface System {
  composition: Composition
  jobs: Jobs
  log: Log
  close(): Promise<void>
}

function mailOf(config: Config): Mail {
  if (config.mailBackend === 'smtp') return smtpMail(config)
  if (config.mailBackend === 'console') return consoleMail((text) => console.log(text))
  return folderMail(join(config.dataDir, 'mail'), systemClock)
}

/** Opens everything a process needs on a database that is ready. `works`: this process runs jobs; `watch`: who kills it when one does not end. */
export async function openSystem(
  config: Config,
  databaseUrl: string,
  works: boolean,
  watch?: JobWatch,
): Promise<System> {
  const log = createLog(config)
  const metrics = createMetrics()
  const jobs = await openJobs({
    url: directUrl(config, databaseUrl),
    log,
    works,
    limits: { softSeconds: config.jobSoftSeconds, hardSeconds: config.jobHardSeconds },
    graceMs: config.workerGracefulSeconds * 1_000,
    watch,
    measure: metrics.job,
  })
  const cache = await openCache(config, log)
  let isClosing = false
  const db = openDb({
    ...config,
    url: databaseUrl,
    onError: (err) => isClosing || log.warn({ err }, 'database connection lost'),
  })
  const storage = await storageOf(config, db)
  for (const what of ['total', 'idle', 'waiting'] as const)
    metrics.gauge(
      `obcms_database_pool_${what}`,
      `Database connections of the web and worker processes: ${what}.`,
      'sum',
      () => db.connections()[what],
    )
  const securityBuffer = createSecurityBuffer(systemClock)
  const composition = compose({
    config,
    secretKeys: [secretKeyOf(config), ...config.secretKeyFallbacks],
    security: createSecurity(log, (event, facts) => {
      metrics.security(event)
      securityBuffer.add(event, facts)
    }),
    securityBuffer,
    deployChecks: async () => (await deployChecks(process.env)).found,
    metrics,
    db,
    cache,
    clock: systemClock,
    log,
    mail: mailOf(config),
    storage,
    databaseUrl: directUrl(config, databaseUrl),
    backupStore: await backupStoreOf(config),
    settings: () => settingsGiven(process.env),
    enqueue: jobs.enqueue,
    checks: {
      database: db.ping,
      async cache() {
        if (!(await cache.ping())) throw new Error('the shared cache does not answer')
      },
      storage: storage.probe,
      // Without it files cannot be opened; the rest of the work goes on.
      ...(config.s3 && { bucket: { minor: storage.probeBucket } }),
      migrations: migrationsCheck(db),
    },
    jobDesk: jobs.desk,
  })
  const stopKeeping = await composition.startKeeping(works)
  await composition.media.moving.noticeSwitch()
  return {
    composition,
    jobs,
    log,
    async close() {
      isClosing = true
      await jobs.close()
      await stopKeeping()
      await storage.close()
      await cache.close()
      await db.close()
    },
  }
}
