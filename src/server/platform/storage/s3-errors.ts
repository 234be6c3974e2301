import type { S3Settings } from '../config.ts'
import { AppError } from '../errors.ts'

/** What the SDK throws; which of it there is depends on how far the request came. */
interface Failure {
  name?: string
  message?: string
  code?: string
  $metadata?: { httpStatusCode?: number; requestId?: string }
}

const tell = 'Tell an administrator:'
const causes: [RegExp, string][] = [
  [
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|AuthorizationHeaderMalformed|InvalidToken|TokenRefreshRequired|ExpiredToken|CredentialsProviderError)$/,
    `The bucket of the files does not take our key. ${tell} AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_S3_REGION_NAME must be right.`,
  ],
  [
    /^(NoSuchBucket|PermanentRedirect|InvalidBucketName|TemporaryRedirect)$/,
    `The bucket of the files is not there. ${tell} AWS_STORAGE_BUCKET_NAME, AWS_S3_REGION_NAME and AWS_S3_ENDPOINT_URL must be right.`,
  ],
  [
    /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/,
    `The bucket of the files refuses us because our clock is wrong. ${tell} a time service such as chrony must run on every machine.`,
  ],
  [
    /^(AccessDenied|AllAccessDisabled|AccountProblem|Forbidden|UnauthorizedAccess)$/,
    `The bucket of the files refuses us. ${tell} our account must be allowed to read, write, list and remove in AWS_STORAGE_BUCKET_NAME.`,
  ],
]
const overloaded = 'The bucket of the files is overloaded at the moment. Try again in a minute.'
const silent = `The bucket of the files does not answer at the moment. Try again later; when it lasts, tell an administrator.`
const broken = `The bucket of the files does not work at the moment. Try again later; when it lasts, tell an administrator.`

/** A 404 without a body has no other name: see `stat`. */
export const isMissing = (error: unknown): boolean => {
  const { name, $metadata } = error as Failure
  return name === 'NoSuchKey' || (name === 'NotFound' && $metadata?.httpStatusCode === 404)
}

/** @returns an AppError that a person can act on; its cause says what happened, without keys or signatures */
export function asBucketError(error: unknown, { accessKeyId, secretAccessKey, bucket }: S3Settings): unknown {
  if (error instanceof AppError) return error
  const { name = '', message = '', code, $metadata } = error as Failure
  const status = $metadata?.httpStatusCode
  const isOfTheLine = code !== undefined || /^(TimeoutError|AbortError)$/.test(name)
  if (status === undefined && !isOfTheLine && name !== 'CredentialsProviderError') return error
  const told = [
    `bucket ${bucket}: ${code ?? name}`,
    status && `status ${status}`,
    $metadata?.requestId && `request ${$metadata.requestId}`,
  ]
  // The error itself carries what was signed; some providers repeat the key in their words.
  const safe = message.replaceAll(secretAccessKey, '…').replaceAll(accessKeyId, '…')
  const cause = new Error(`${told.filter(Boolean).join(', ')}: ${safe}`)
  if (status === 507 || /^(QuotaExceeded|InsufficientStorage|XMinioStorageFull|EntityQuotaExceeded)$/.test(name))
    return new AppError(
      'storage_full',
      'The bucket of the files is full; the file was not kept. Tell an administrator.',
      {},
      cause,
    )
  const known = causes.find(([names]) => names.test(name))?.[1]
  const unnamed = status === 403 || status === 401 ? causes.at(-1)?.[1] : status === 404 ? causes[1]?.[1] : undefined
  const later =
    status === 503 || status === 429 || name === 'SlowDown' ? overloaded : status === undefined ? silent : broken
  return new AppError('unavailable', known ?? unnamed ?? later, { retryAfter: known || unnamed ? 300 : 30 }, cause)
}
