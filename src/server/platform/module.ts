import type { Cache } from './cache/cache.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Db } from './db.ts'
import type { Check, MinorCheck } from './health.ts'
import type { HttpServer } from './http.ts'
import type { Enqueue, JobDesk, JobRegistration } from './jobs.ts'
import type { Log } from './log.ts'
import type { Mail } from './mail.ts'
import type { Metrics } from './metrics.ts'
import type { Security } from './security.ts'
import type { Storage } from './storage.ts'

/** What every module may use. Outside services are functions here, so that a test passes a recorder. */
export interface ModuleDeps {
  config: Config
  /** The key that seals secrets, then former ones that can still open them; in development made once and kept under `dataDir`. */
  secretKeys: readonly [string, ...string[]]
  db: Db
  /** Shared by all processes when REDIS_URL is set. */
  cache: Cache
  clock: Clock
  log: Log
  security: Security
  metrics: Metrics
  mail: Mail
  storage: Storage
  enqueue: Enqueue
  /** What `/ready/` looks at, by name: database, cache, storage, bucket, migrations. */
  checks: Record<string, Check | MinorCheck>
  jobDesk: JobDesk
}

/** A module's front door. */
export interface Module {
  http(server: HttpServer): void
  jobs: readonly JobRegistration[]
}
