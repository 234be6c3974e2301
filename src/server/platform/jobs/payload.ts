import { currentRequest } from '../request-context.ts'
import type { Job } from './job.ts'

/** Beside the fields of the payload; jobs stored by an older release do not have it. */
const requestField = '$request'

/** What is stored: the payload, and the request that caused it. */
export function packed<P extends object>(job: Job<P>, payload: P): object {
  const requestId = currentRequest()?.requestId
  return { ...job.payload.parse(payload), ...(requestId && { [requestField]: requestId }) }
}

export function unpacked(data: unknown): { payload: unknown; requestId: string | undefined } {
  if (typeof data !== 'object' || data === null) return { payload: data ?? {}, requestId: undefined }
  const { [requestField]: requestId, ...payload } = data as Record<string, unknown>
  return { payload, requestId: typeof requestId === 'string' ? requestId : undefined }
}
