import type { ErrorCode, FieldProblem, Problem } from '#contract/errors.ts'

const statuses: Record<ErrorCode, number> = {
  invalid_input: 400,
  wrong_credentials: 401,
  not_signed_in: 401,
  two_factor_required: 401,
  two_factor_setup_required: 403,
  account_pending: 403,
  account_refused: 403,
  account_inactive: 403,
  forbidden: 403,
  cross_site_request: 403,
  host_not_allowed: 400,
  not_found: 404,
  method_not_allowed: 405,
  already_exists: 409,
  stale_version: 409,
  wrong_state: 409,
  idempotency_mismatch: 422,
  link_expired: 410,
  payload_too_large: 413,
  address_too_long: 414,
  headers_too_large: 431,
  request_timeout: 408,
  file_too_large: 413,
  storage_full: 507,
  quota_exceeded: 409,
  file_not_cleared: 409,
  range_not_satisfiable: 416,
  unsupported_media_type: 415,
  unsupported_file: 422,
  unreadable_file: 422,
  too_many_requests: 429,
  unavailable: 503,
  internal: 500,
}

const titles: Record<ErrorCode, string> = {
  invalid_input: 'Something typed is not right',
  wrong_credentials: 'Sign-in failed',
  not_signed_in: 'Sign in first',
  two_factor_required: 'The second step of sign-in is missing',
  two_factor_setup_required: 'Set up two-factor sign-in first',
  account_pending: 'The account waits for approval',
  account_refused: 'The account was refused',
  account_inactive: 'The account is switched off',
  forbidden: 'Not permitted',
  cross_site_request: 'Request from another site refused',
  host_not_allowed: 'Unknown host name',
  not_found: 'Not found',
  method_not_allowed: 'Method not allowed',
  already_exists: 'Already there',
  stale_version: 'Changed by someone else meanwhile',
  wrong_state: 'Not possible in this state',
  idempotency_mismatch: 'Idempotency key already used for another request',
  link_expired: 'The link is no longer good',
  payload_too_large: 'Too large',
  address_too_long: 'Address too long',
  headers_too_large: 'Headers too large',
  request_timeout: 'Took too long',
  file_too_large: 'The file is too large',
  storage_full: 'No room for files',
  quota_exceeded: 'The room for files is used up',
  file_not_cleared: 'The file is not cleared yet',
  range_not_satisfiable: 'No such part of the file',
  unsupported_media_type: 'Unsupported content type',
  unsupported_file: 'Unsupported file',
  unreadable_file: 'The file cannot be read',
  too_many_requests: 'Too many tries',
  unavailable: 'Not available at the moment',
  internal: 'An error on our side',
}

export interface ErrorDetails {
  fields?: FieldProblem[]
  /** Seconds until a new try makes sense; sent as `Retry-After`. */
  retryAfter?: number
  [key: string]: unknown
}

/** The one error that services throw. The edge picks the status; `message` tells the person what to do. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, { cause })
    this.name = 'AppError'
    this.code = code
    this.details = details
  }
}

export const invalidField = (path: string, message: string): AppError =>
  new AppError('invalid_input', message, { fields: [{ path, message }] })

export const statusOf = (code: ErrorCode): number => statuses[code]

export function problemOf(error: AppError, requestId: string): Problem {
  const { fields, ...details } = error.details
  return {
    type: `urn:obcms:problem:${error.code}`,
    title: titles[error.code],
    status: statuses[error.code],
    code: error.code,
    detail: error.message,
    requestId,
    ...(fields && { fields }),
    ...(Object.keys(details).length > 0 && { details }),
  }
}
