import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import cookie from '@fastify/cookie'
import multipart from '@fastify/multipart'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from 'fastify'
import type { z } from 'zod'
import type { BodyOf, ParamsOf, QueryOf, ReplyOf, Route } from '#contract/route.ts'
import { type Actor, can } from './actor.ts'
import type { Config } from './config.ts'
import { type Download, type KeptDownload, sendDownload, sendKept } from './downloads.ts'
import { AppError, problemOf, statusOf } from './errors.ts'
import {
  addGate,
  allowLongBody,
  isProbe,
  limitBody,
  pathOf,
  refuseBroken,
  requestIds,
  sameSiteCheck,
  serverLimits,
} from './gate.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { OnceKey } from './once.ts'
import { shedOverload } from './overload.ts'
import { withRequest } from './request-context.ts'
import type { Security } from './security.ts'
import { secureHeaders } from './site.ts'
import { takeUpload, type Upload } from './uploads.ts'

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor | undefined
    /** What its connection had sent when it came. */
    bytesBefore: number
  }
  interface FastifyContextConfig {
    tus?: true | undefined
  }
}

export type { Download, KeptDownload } from './downloads.ts'

/** What a handler is given: everything parsed and checked. */
export interface Req<R extends Route> {
  params: ParamsOf<R>
  query: QueryOf<R>
  body: BodyOf<R>
  actor: R['permission'] extends 'public' ? Actor | undefined : Actor
  /** Present when the caller sent `Idempotency-Key`. */
  onceKey: OnceKey | undefined
  upload: R['upload'] extends object ? () => Promise<Upload> : undefined
  requestId: string
  address: string
  raw: FastifyRequest
  reply: FastifyReply
}

/** Takes over a response whose head is sent; ends it when it likes. */
export type EventStream = (response: ServerResponse) => void

/** What the tus protocol answers. */
export interface TusReply {
  status: number
  headers: Record<string, string>
}

type Answer<R extends Route> = R['download'] extends 'kept'
  ? KeptDownload
  : R['download'] extends true
    ? Download
    : R['stream'] extends true
      ? EventStream
      : R['tus'] extends true
        ? TusReply
        : ReplyOf<R>
export type Handlers<T extends Record<string, Route>> = {
  [K in keyof T]: (request: Req<T[K]>) => Promise<Answer<T[K]>>
}

export interface HttpServer {
  app: FastifyInstance
  /** Every route that was served, for the API description and for the boot check. */
  routes: Route[]
  /** `METHOD address` of everything that answers, contract or not. */
  addresses: Set<string>
  serve<T extends Record<string, Route>>(routes: T, handlers: Handlers<T>): void
}

export interface HttpOptions {
  log: Log
  config: Config
  security: Security
  metrics: Metrics
  /** Who calls: from the session cookie or the `Authorization` header. @throws AppError for a bad token */
  resolveActor(request: FastifyRequest, requestId: string): Promise<Actor | undefined>
}

const maxDepth = 20
const defaultBodyLimit = 256 * 1024

/** Refuses what no field of ours can hold: NUL, lone surrogates, nesting without end. */
export function assertPlain(value: unknown, path = '', depth = 0): void {
  if (typeof value === 'string') {
    if (value.includes('\u0000') || !value.isWellFormed()) {
      throw new AppError('invalid_input', 'The text holds characters that cannot be kept.', {
        fields: [{ path, message: 'Remove invisible or broken characters.' }],
      })
    }
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depth > maxDepth) throw new AppError('invalid_input', 'The data is nested too deeply.')
  for (const [key, item] of Object.entries(value)) {
    if (!Array.isArray(value)) assertPlain(key, path, depth)
    assertPlain(item, path ? `${path}.${key}` : key, depth + 1)
  }
}

function parsePart<S extends z.ZodType | undefined>(
  schema: S,
  value: unknown,
  part: 'address' | 'query' | 'body',
): unknown {
  if (!schema) return undefined
  assertPlain(value)
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  // An id that cannot exist is the same as one that does not.
  if (part === 'address') throw new AppError('not_found', 'There is nothing here.')
  throw new AppError('invalid_input', 'Some fields are not right. Mend them and send again.', {
    fields: parsed.error.issues.map((issue) => ({
      path: [...issue.path.map(String), ...(issue.code === 'unrecognized_keys' ? issue.keys : [])].join('.'),
      message: issue.code === 'unrecognized_keys' ? 'There is no such field.' : issue.message,
    })),
  })
}

/** `If-Match: "3"` is another way to say `version: 3` in the body. */
function withVersion(body: unknown, header: string | undefined): unknown {
  const match = header?.match(/^(?:W\/)?"(\d{1,9})"$/)
  if (!match || typeof body !== 'object' || body === null || 'version' in body) return body
  return { ...body, version: Number(match[1]) }
}

/** Fastify's own errors in our words. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { code = '', statusCode = 500 } = error as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new AppError('payload_too_large', 'The request is too large.')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new AppError('unsupported_media_type', 'Send JSON with content-type application/json.')
  if (code.startsWith('FST_') || (statusCode >= 400 && statusCode < 500))
    return new AppError('invalid_input', 'The request cannot be understood.')
  // Class 08 and the admin shutdowns: the database is away. 53300: no connection left. 57014: took too long.
  if (
    /^(08|57P|53300|57014|ECONN|EPIPE)/.test(code) ||
    /timeout exceeded when trying to connect|Connection terminated/.test(String(error))
  )
    return new AppError(
      'unavailable',
      'The database does not answer at the moment. Try again in a few seconds.',
      { retryAfter: 5 },
      error,
    )
  return new AppError('internal', 'Something went wrong on our side. Nothing was changed. Try again.', {}, error)
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asAppError(error)
  if (statusOf(known.code) >= 500) request.log.error({ err: known.cause ?? known }, known.message)
  if (known.details.retryAfter) reply.header('retry-after', String(known.details.retryAfter))
  const problem = problemOf(known, request.id)
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

export async function createHttp(options: HttpOptions): Promise<HttpServer> {
  const app = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    ...serverLimits(options.config),
    clientErrorHandler: refuseBroken(options.log),
    genReqId: requestIds(options.config) as FastifyServerOptions['genReqId'],
    // An address that cannot be decoded is refused before any hook runs.
    frameworkErrors: (error, request, reply) => {
      limitBody(request.raw, options.config)
      sendProblem(error, request, reply.header('x-request-id', request.id))
    },
    bodyLimit: defaultBodyLimit,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    return503OnClosing: true,
    forceCloseConnections: 'idle',
  })
  const routes: Route[] = []
  const addresses = new Set<string>()
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) addresses.add(`${one} ${url}`)
  })

  await secureHeaders(app, options.config)
  await app.register(cookie)
  await app.register(multipart, { limits: { files: 1, fields: 10, fieldSize: 10_000, parts: 20 } })
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      if (body.length === 0) return done(null, undefined)
      const text = new TextDecoder('utf-8', { fatal: true }).decode(body as Buffer)
      app.getDefaultJsonParser('error', 'error')(_request, text, done)
    } catch {
      done(new AppError('invalid_input', 'The text is not valid UTF-8.'), undefined)
    }
  })

  // The bytes stay where they are: the protocol reads them at its pace.
  app.addContentTypeParser('application/offset+octet-stream', (request, _body, done) => {
    if (request.routeOptions.config.tus) return done(null, undefined)
    done(new AppError('unsupported_media_type', 'Parts of a file are sent to an upload.'), undefined)
  })

  app.decorateRequest('actor', undefined)
  app.decorateRequest('bytesBefore', 0)

  app.addHook('onRequest', (request, _reply, done) => withRequest(request.id, done))
  // A body that arrives later comes on the connection's own thread of events.
  app.addHook('preHandler', (request, _reply, done) => withRequest(request.id, done))
  app.addHook('onRequest', async (request, reply) => {
    limitBody(request.raw, options.config)
    request.bytesBefore = request.raw.socket.bytesWritten ?? 0
    reply.header('x-request-id', request.id)
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
  })

  addGate(app, options)
  await shedOverload(app, options.config)

  app.addHook('onResponse', async (request, reply) => {
    if (isProbe(request)) return
    // How long a page stays open, or a file takes over somebody's line, is no latency.
    const isLong = request.routeOptions.config.tus && reply.statusCode < 500
    if (!isLong && !String(reply.getHeader('content-type')).startsWith('text/event-stream'))
      options.metrics.request({
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        seconds: reply.elapsedTime / 1_000,
      })
    request.log.info(
      {
        method: request.method,
        // Of an address that is none, without what may be the secret of a link.
        route: request.routeOptions.url ?? pathOf(request).replace(/[\w-]{43,}/g, '…'),
        status: reply.statusCode,
        bytes: (request.raw.socket.bytesWritten ?? 0) - request.bytesBefore,
        us: Math.round(reply.elapsedTime * 1000),
        userId: request.actor?.userId,
        address: request.client.address,
      },
      'request',
    )
  })

  app.setErrorHandler(sendProblem)

  app.setNotFoundHandler((request) => {
    const path = pathOf(request)
    const other = routes.some((route) => new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`).test(path))
    throw other
      ? new AppError('method_not_allowed', 'This address does not take that method.')
      : new AppError('not_found', 'There is nothing here.')
  })

  const assertSameSite = sameSiteCheck(options)

  async function authorise(route: Route, request: FastifyRequest): Promise<void> {
    assertSameSite(request)
    const actor = await options.resolveActor(request, request.id)
    request.actor = actor
    if (route.only === 'browser' && actor?.tokenId)
      throw new AppError('forbidden', 'API tokens may not do this; sign in.')
    if (route.permission === 'public') return
    if (!actor) throw new AppError('not_signed_in', 'Sign in and try again.')
    if (route.permission === 'signed_in') return
    if (actor.mustSetUpTwoFactor)
      throw new AppError(
        'two_factor_setup_required',
        'Your role needs two-factor sign-in. Set it up under “My account”.',
      )
    if (!can(actor, route.permission)) {
      const { userId, address, requestId } = actor
      options.security.record('denied', { permission: route.permission, userId, address, requestId })
      throw new AppError('forbidden', 'Your account may not do this.')
    }
  }

  function serve<T extends Record<string, Route>>(table: T, handlers: Handlers<T>): void {
    for (const [name, route] of Object.entries(table) as [keyof T & string, Route][]) {
      const handle = handlers[name] as unknown as (request: Req<Route>) => Promise<unknown>
      routes.push(route)
      app.route({
        method: route.download === 'kept' ? ['GET', 'HEAD'] : route.method,
        url: route.path,
        exposeHeadRoute: false,
        // A part is a part of the content as it is, and its size is told.
        ...(route.download === 'kept' && { compress: false }),
        ...((route.upload || route.bodyLimit) && { bodyLimit: route.upload?.maxBytes ?? route.bodyLimit }),
        config: { tus: route.tus },
        onRequest: async (request) => {
          await authorise(route, request)
          if (route.tus) allowLongBody(request.raw)
        },
        handler: async (request, reply) => {
          const params = parsePart(route.params, request.params, 'address')
          const query = parsePart(route.query ?? undefined, request.query, 'query')
          const body = parsePart(route.body, withVersion(request.body ?? {}, request.headers['if-match']), 'body')
          const key = request.headers['idempotency-key']
          if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]{8,100}$/.test(key)))
            throw new AppError('invalid_input', 'Idempotency-Key must have 8 to 100 visible characters.')
          const answer = await handle({
            params,
            query,
            body,
            actor: request.actor,
            onceKey: key && route.method === 'POST' ? { key, route: route.path, body: { params, body } } : undefined,
            upload: route.upload && (() => takeUpload(request, route.upload?.maxBytes ?? 0)),
            requestId: request.id,
            address: request.client.address,
            raw: request,
            reply,
          } as Req<Route>)
          if (route.download === 'kept') return sendKept(request, reply, answer as KeptDownload)
          if (route.download) return sendDownload(reply, answer as Download)
          if (route.stream) {
            sendStreamHead(reply)
            ;(answer as EventStream)(reply.raw)
            return reply
          }
          if (route.tus) {
            const { status, headers } = answer as TusReply
            return reply.code(status).headers(headers).send()
          }
          if (!route.reply) return reply.code(204).send()
          const seen = (answer as { version?: unknown } | null)?.version
          if (typeof seen === 'number') reply.header('etag', `"${seen}"`)
          return reply
            .code(route.status ?? 200)
            .type('application/json; charset=utf-8')
            .send(JSON.stringify(answer))
        },
      })
    }
  }

  return { app, routes, addresses, serve }
}

/** Past compression and whatever else would hold the bytes back. */
function sendStreamHead(reply: FastifyReply): void {
  reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
    .hijack()
  reply.raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders)
  reply.raw.flushHeaders()
}
