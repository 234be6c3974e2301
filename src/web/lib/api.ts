import type { Endpoint, EndpointKey } from '#contract/endpoints.ts'
import type { Problem } from '#contract/errors.ts'
import type { BodyInputOf, QueryInputOf, ReplyOf } from '#contract/route.ts'

/** An answer of the API that is not a success; `problem` says what to do. */
export class ApiError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

type TurnedAway = 'not_signed_in' | 'two_factor_setup_required'

/** Called when the server says that the person must first sign in, or set up two-factor sign-in. */
let onTurnedAway = (_code: TurnedAway) => {}
export const whenTurnedAway = (action: (code: TurnedAway) => void) => {
  onTurnedAway = action
}

/** No answer at all: the line or the server is away. */
export class OfflineError extends Error {}

type PathParams<P extends string> = P extends `${string}:${infer N}/${infer Rest}`
  ? { [K in N | keyof PathParams<Rest>]: string }
  : P extends `${string}:${infer N}`
    ? { [K in N]: string }
    : object

type Part<Name extends string, T> = [T] extends [undefined] ? object : { [K in Name]: T }

export type CallInput<K extends EndpointKey> = (keyof PathParams<Endpoint<K>['path']> extends never
  ? object
  : { params: PathParams<Endpoint<K>['path']> }) &
  Partial<Part<'query', QueryInputOf<Endpoint<K>>>> &
  Part<'body', BodyInputOf<Endpoint<K>>> & {
    /** The same key for every try of one create. */
    onceKey?: string
    /** The file of an upload endpoint. */
    file?: File
    signal?: AbortSignal
  }

export type Answer<K extends EndpointKey> = ReplyOf<Endpoint<K>>

/** Address of an endpoint, e.g. for a download link. */
export function addressOf<K extends EndpointKey>(
  key: K,
  input: { params?: Record<string, string>; query?: Record<string, string | undefined> } = {},
): string {
  const path = key
    .slice(key.indexOf(' ') + 1)
    .replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(input.params?.[name] ?? ''))
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input.query ?? {}))
    if (value !== undefined && value !== '') query.set(name, value)
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

/**
 * Calls one endpoint of the contract: `call('GET /api/v1/places', { query: { q: 'ala' } })`.
 * @throws ApiError for a problem document, OfflineError when no answer comes
 */
export async function call<K extends EndpointKey>(key: K, input: CallInput<K>): Promise<Answer<K>> {
  const { params, query, body, onceKey, file, signal } = input as {
    params?: Record<string, string>
    query?: Record<string, string | undefined>
    body?: unknown
    onceKey?: string
    file?: File
    signal?: AbortSignal
  }
  const form = file && new FormData()
  if (form && file) form.set('file', file)
  let reply: Response
  try {
    reply = await fetch(addressOf(key, { params, query }), {
      method: key.slice(0, key.indexOf(' ')),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(onceKey && { 'idempotency-key': onceKey }),
      },
      body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal,
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new OfflineError('The line or the server is away.', { cause: error })
  }
  if (reply.status === 204) return undefined as Answer<K>
  const type = reply.headers.get('content-type') ?? ''
  if (reply.ok && type.startsWith('application/json')) return (await reply.json()) as Answer<K>
  if (type.startsWith('application/problem+json')) {
    const problem = (await reply.json()) as Problem
    const { code } = problem
    if (code === 'not_signed_in' || code === 'two_factor_setup_required') onTurnedAway(code)
    throw new ApiError(problem)
  }
  throw new OfflineError(`The server answered ${reply.status} without a reason.`)
}
