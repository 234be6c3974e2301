import type { z } from 'zod'
import type { Tx } from '../db.ts'
import type { Log } from '../log.ts'

/** What a job is; its body is a handler, loaded only where jobs run. */
export interface Job<P extends object = object> {
  /** `module.verb-object` */
  name: string
  payload: z.ZodType<P>
  /** Tries in all before the job is a dead letter. */
  attempts: number
  /** Seconds after which one try is asked to stop, when it is not JOB_SOFT_LIMIT. */
  limitSeconds?: number
  /** What `obcms worker --queues` takes it by: `mail`, `imports`, `reports`; by default `upkeep`. */
  queue?: string
  /** Tries at once in one process; by default two. */
  concurrency?: number
  /**
   * Short jobs by the thousand: each of the `concurrency` takes so many in one statement, runs them side by side and acknowledges
   * them in one statement. The slowest of them holds up the acknowledgement of the others, so it is one by default.
   */
  batch?: number
  /** Five-field cron, Asia/Manila. A scheduled job has an empty payload. */
  schedule?: string
}

export const defineJob = <P extends object>(job: Job<P>): Job<P> => job
export const queueOf = (job: Job): string => job.queue ?? 'upkeep'

export interface JobContext {
  log: Log
  /** Aborted when the process stops, the limit is reached or another worker has taken the job over. */
  signal: AbortSignal
  /** Nobody tries again when this try fails: say so where a person looks. */
  lastTry: boolean
}

export type JobHandler<P extends object> = (payload: P, context: JobContext) => Promise<void>

export interface JobRegistration {
  job: Job
  handle: JobHandler<object>
}

/** Ties a job to the function that does it. Handlers rethrow and are idempotent: a job may run again after a crash. */
export const handles = <P extends object>(job: Job<P>, handle: JobHandler<P>): JobRegistration => ({
  job: job as unknown as Job,
  handle: handle as unknown as JobHandler<object>,
})

/** @param onceId a UUID: a job that is stored under it already, waiting or done, is not stored again */
export type Enqueue = <P extends object>(tx: Tx, job: Job<P>, payload: P, onceId?: string) => Promise<void>

/** JOB_SOFT_LIMIT and JOB_HARD_LIMIT. */
export interface JobLimits {
  softSeconds: number
  hardSeconds: number
}

const defaultLimits: JobLimits = { softSeconds: 240, hardSeconds: 300 }
/** A job that asked for more time than others gets so much between being asked to stop and being killed. */
const lastSeconds = 60

/** When a try is asked to stop, and when its process is killed. */
export function limitsOf(job: Job, { softSeconds, hardSeconds } = defaultLimits): JobLimits {
  const soft = job.limitSeconds ?? softSeconds
  return {
    softSeconds: soft,
    hardSeconds: soft > softSeconds ? Math.max(hardSeconds, soft + lastSeconds) : hardSeconds,
  }
}
