import { z } from 'zod'

/** Every error the API can answer with. The status of each lies in `platform/errors.ts`. */
export const errorCodes = [
  'invalid_input',
  'wrong_credentials',
  'not_signed_in',
  'two_factor_required',
  'two_factor_setup_required',
  'account_pending',
  'account_refused',
  'account_inactive',
  'forbidden',
  'cross_site_request',
  'host_not_allowed',
  'not_found',
  'method_not_allowed',
  'already_exists',
  'stale_version',
  'wrong_state',
  'idempotency_mismatch',
  'link_expired',
  'payload_too_large',
  'address_too_long',
  'headers_too_large',
  'request_timeout',
  'file_too_large',
  'storage_full',
  'quota_exceeded',
  'file_not_cleared',
  'range_not_satisfiable',
  'unsupported_media_type',
  'unsupported_file',
  'unreadable_file',
  'too_many_requests',
  'unavailable',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export const fieldProblem = z.object({
  /** Dotted path of the field, e.g. `population` or `contacts.0.phone`. */
  path: z.string(),
  /** What to do, in words for the person who typed it. */
  message: z.string(),
})
export type FieldProblem = z.infer<typeof fieldProblem>

/** RFC 9457 problem document. `details` depends on the code. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(errorCodes),
  detail: z.string(),
  requestId: z.string(),
  fields: z.array(fieldProblem).optional(),
  details: z.record(z.string(), z.unknown()).optional(),
})
export type Problem = z.infer<typeof problem>
