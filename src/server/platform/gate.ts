import { randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Config } from './config.ts'
import { AppError, problemOf } from './errors.ts'
import type { Log } from './log.ts'
import { type Client, clientReader, networkSet, plainAddress } from './proxy.ts'
import type { Security } from './security.ts'

declare module 'fastify' {
  interface FastifyRequest {
    client: Client
  }
}

/** Asked by machines inside: any host, plain HTTP, also while overloaded. */
export const isProbe = (request: FastifyRequest): boolean => probes.has(pathOf(request))
const probes = new Set(['/health/', '/ready/', '/metrics'])
/** Not parsed as an address: `//` is none, and would keep a request out of the log. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? ''

/** Largest request line, number of headers and single header, as the office's former server had them. */
const longestLine = 4_094
const mostHeaders = 100
const longestHeader = 8_190

/** Options of Node's HTTP server that hold back slow and oversized requests; for their bodies see `limitBody`. */
export const serverLimits = (config: Config) => ({
  requestTimeout: 0,
  keepAliveTimeout: config.keepAliveSeconds * 1_000,
  http: {
    headersTimeout: config.headersSeconds * 1_000,
    // How often late requests are looked for.
    connectionsCheckingInterval: 1_000,
    // The line, a longest header and the rest.
    maxHeaderSize: 16_384,
  },
})

const unsafe = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Splits `host:port`, also of IPv6; lower case, without a trailing dot. */
function hostParts(host: string): { name: string; port: string | undefined } {
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host.toLowerCase()) ?? []
  return { name: name.replace(/\.$/, ''), port }
}

/** Whether a Host header names one of ours; `.example.org` stands for itself and all below it. */
export function hostMatcher(patterns: readonly string[]): (host: string) => boolean {
  const wanted = patterns.map(hostParts)
  return (host) => {
    const { name, port } = hostParts(host)
    if (!/^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)$/.test(name)) return false
    return wanted.some(
      (pattern) =>
        (pattern.port === undefined || pattern.port === port) &&
        (pattern.name === '*' ||
          pattern.name === name ||
          (pattern.name.startsWith('.') && (name.endsWith(pattern.name) || name === pattern.name.slice(1)))),
    )
  }
}

/** A request id is taken from our own proxy, and made otherwise. */
export function requestIds(config: Config): (raw: { headers: Record<string, unknown>; socket: Socket }) => string {
  const isTrusted = networkSet(config.trustedProxies)
  return ({ headers, socket }) => {
    const given = headers['x-request-id']
    if (typeof given !== 'string' || !/^[\w.-]{8,100}$/.test(given)) return randomUUIDv7()
    return isTrusted(plainAddress(socket.remoteAddress ?? '') ?? '') ? given : randomUUIDv7()
  }
}

/** So little in REQUEST_TIMEOUT is no upload but a way to hold a connection: 140 bytes a second of the usual 120. */
const leastOfLongBody = 16 * 1024
const longBodies = new WeakSet<IncomingMessage>()

/** This body may take as long as it takes, if it keeps coming. For callers who are known and may send much. */
export const allowLongBody = (request: IncomingMessage): void => void longBodies.add(request)

/** A body has REQUEST_TIMEOUT to arrive. Node's own limit knows no exception, and large files come over slow lines. */
export function limitBody(request: IncomingMessage, { requestSeconds }: Config): void {
  const { headers, socket } = request
  const { server } = socket as Socket & { server?: Server }
  if (!server || (headers['transfer-encoding'] === undefined && !Number(headers['content-length']))) return
  let before = socket.bytesRead
  const look = setInterval(() => {
    if (longBodies.has(request) && socket.bytesRead - before >= leastOfLongBody) {
      before = socket.bytesRead
      return
    }
    clearInterval(look)
    const late = Object.assign(new Error('the body took too long'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    server.emit('clientError', late, socket)
  }, requestSeconds * 1_000).unref()
  for (const end of ['end', 'close']) request.once(end, () => clearInterval(look))
}

export interface GateOptions {
  config: Config
  security: Security
}

/** What every request passes before anything of ours looks at it: size, client, host, scheme. */
export function addGate(app: FastifyInstance, { config, security }: GateOptions): void {
  const readClient = clientReader(config)
  const isOurs = hostMatcher(config.allowedHosts)
  const base = new URL(config.baseUrl)

  app.decorateRequest('client')
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request
    request.client = readClient({
      headers: raw.headers,
      peer: raw.socket.remoteAddress ?? '',
      encrypted: 'encrypted' in raw.socket && raw.socket.encrypted === true,
    })
    if (raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length > 1)
      throw new AppError('invalid_input', 'The request names two hosts.')
    if (`${raw.method} ${raw.url} HTTP/1.1`.length > longestLine)
      throw new AppError('address_too_long', `The address is longer than ${longestLine} characters.`)
    if (raw.rawHeaders.length / 2 > mostHeaders || raw.rawHeaders.some((text) => text.length > longestHeader))
      throw new AppError('headers_too_large', 'The request has too many or too long headers.')
    if (isProbe(request)) return

    const { address, host, scheme } = request.client
    if (!isOurs(host)) {
      security.record('host_refused', { host: host.slice(0, 253), address, requestId: request.id })
      throw new AppError(
        'host_not_allowed',
        'OBCMS does not answer under this name. An administrator can add it to ALLOWED_HOSTS.',
      )
    }
    if (config.sslRedirect && scheme === 'http') {
      const { name } = hostParts(host)
      const target = name === base.hostname ? base.host : name
      const isReading = request.method === 'GET' || request.method === 'HEAD'
      return reply.redirect(`https://${target}${request.url}`, isReading ? 301 : 308)
    }
  })
}

/**
 * Browsers say where an unsafe request comes from; it must come from our own pages or a trusted origin. Tokens are not sent
 * by browsers on their own and need no such check, nor does a request without a cookie.
 */
export function sameSiteCheck({ config, security }: GateOptions): (request: FastifyRequest) => void {
  const trusted = new Set([...config.csrfTrustedOrigins, new URL(config.baseUrl).origin])
  return (request) => {
    const { headers, client } = request
    if (!unsafe.has(request.method) || headers.authorization) return
    const { origin } = headers
    const site = headers['sec-fetch-site']
    const isOurs =
      origin !== undefined
        ? trusted.has(origin) || origin === `${client.scheme}://${client.host}`
        : site !== undefined
          ? site === 'same-origin' || site === 'none'
          : headers.cookie === undefined
    if (isOurs) return
    security.record('cross_site_refused', {
      origin: origin?.slice(0, 253),
      address: client.address,
      requestId: request.id,
    })
    throw new AppError(
      'cross_site_request',
      'This request came from another site and was refused. Open OBCMS itself and try again.',
    )
  }
}

const lingerMs = 1_000
const brokenRequests: Record<string, AppError> = {
  ERR_HTTP_REQUEST_TIMEOUT: new AppError('request_timeout', 'The request took too long to arrive.'),
  HPE_HEADER_OVERFLOW: new AppError('headers_too_large', 'The request has too many or too long headers.'),
}

/** What cannot be read as a request gets its problem document too, and the connection ends. */
export function refuseBroken(log: Log): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    // The other side is gone, or an answer is on its way already: nothing can be said any more.
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) return void socket.destroy()
    const known =
      brokenRequests[error.code ?? ''] ?? new AppError('invalid_input', 'The request cannot be understood as HTTP.')
    const problem = problemOf(known, randomUUIDv7())
    log.info({ code: known.code, status: problem.status, address: socket.remoteAddress }, 'broken request')
    const body = JSON.stringify(problem)
    socket.end(
      `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    )
    // What is still arriving is read away for a moment: a close with unread input would take the answer with it.
    socket.resume()
    setTimeout(() => socket.destroy(), lingerMs).unref()
  }
}
