import type { JobResult, JobWithMetadata } from 'pg-boss'
import type { Log } from '../log.ts'
import { withRequest } from '../request-context.ts'
import { type JobLimits, type JobRegistration, limitsOf } from './job.ts'
import { unpacked } from './payload.ts'

/** What kills a process whose job ignores its signal, even in a busy loop: the supervisor. */
export interface JobWatch {
  /** @param killAt milliseconds since 1970 */
  began(id: string, killAt: number): void
  ended(id: string): void
}

/** One try of one job, as the queue handed it out. */
export type Taken = Pick<JobWithMetadata<object>, 'id' | 'name' | 'data' | 'retryCount' | 'retryLimit' | 'signal'>

export interface RunOptions {
  log: Log
  limits?: JobLimits | undefined
  watch?: JobWatch | undefined
  /** Told of each try, for the metrics. */
  measure?: ((facts: { job: string; ok: boolean; seconds: number }) => void) | undefined
}

/** The payload no longer fits the job: another try cannot help. */
class PoisonError extends Error {}

const longest = 1_000

/** What is kept of a failure, without addresses of people; the log has the rest. */
export function keptError(error: unknown): object {
  const { name, message, code } =
    error instanceof Error
      ? (error as Error & { code?: unknown })
      : { name: 'Error', message: String(error), code: undefined }
  // Cut before it is searched, which takes the square of its length.
  const words = message
    .slice(0, 2 * longest)
    .replace(/[^\s<>"']+@[^\s<>"']+/g, '[e-mail]')
    .slice(0, longest)
  return { name, message: words, ...(typeof code === 'string' && { code }) }
}

/**
 * Runs one try. Never rejects.
 * @param stop aborts the try when the process stops
 */
export async function runTry(
  { job, handle }: JobRegistration,
  taken: Taken,
  stop: AbortController,
  { log, limits, watch, measure }: RunOptions,
): Promise<JobResult> {
  const { softSeconds, hardSeconds } = limitsOf(job, limits)
  const { payload, requestId } = unpacked(taken.data)
  const tryNumber = taken.retryCount + 1
  const jobLog = log.child({ job: job.name, jobId: taken.id, ...(requestId && { requestId }) })
  const started = performance.now()
  const abandon = (): void => stop.abort(taken.signal.reason)
  taken.signal.addEventListener('abort', abandon)
  const soft = setTimeout(() => stop.abort(new Error(`asked to stop after ${softSeconds} s`)), softSeconds * 1_000)
  // Nobody kills this process: the try counts as failed, although what it does cannot be ended.
  const late = Promise.withResolvers<never>()
  const hard = watch
    ? undefined
    : setTimeout(() => late.reject(new Error(`ran longer than ${hardSeconds} s`)), hardSeconds * 1_000)
  watch?.began(taken.id, Date.now() + hardSeconds * 1_000)
  let ok = false
  try {
    const parsed = job.payload.safeParse(payload)
    if (!parsed.success) throw new PoisonError('The payload does not fit this job.', { cause: parsed.error })
    const context = { log: jobLog, signal: stop.signal, lastTry: taken.retryCount >= taken.retryLimit }
    const work = () => handle(parsed.data, context)
    await Promise.race([requestId ? withRequest(requestId, work) : work(), late.promise])
    jobLog.info({ try: tryNumber, ms: Math.round(performance.now() - started) }, 'job done')
    ok = true
    return { id: taken.id, status: 'completed' }
  } catch (error) {
    jobLog.error({ err: error, try: tryNumber }, 'job failed')
    return { id: taken.id, status: error instanceof PoisonError ? 'deadletter' : 'failed', output: keptError(error) }
  } finally {
    measure?.({ job: job.name, ok, seconds: (performance.now() - started) / 1_000 })
    watch?.ended(taken.id)
    clearTimeout(soft)
    clearTimeout(hard)
    taken.signal.removeEventListener('abort', abandon)
  }
}
