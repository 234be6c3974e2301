import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import compress from '@fastify/compress'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
const compressible = new Set(['.html', '.js', '.css', '.json', '.svg', '.webmanifest', '.txt'])
const brotli = promisify(brotliCompress)
const gzipped = promisify(gzip)

type Encoding = 'br' | 'gzip' | 'identity'

interface SiteFile {
  type: string
  etag: string
  /** Content-hashed name: the bytes behind it never change. */
  immutable: boolean
  body(encoding: Encoding): Promise<Buffer>
  encodings: readonly Encoding[]
}

function loadFile(path: string, url: string): SiteFile {
  const bytes = readFileSync(path)
  const squeeze = compressible.has(extname(path)) && bytes.length > 1024
  const made: Partial<Record<Encoding, Promise<Buffer>>> = { identity: Promise.resolve(bytes) }
  const make: Record<'br' | 'gzip', () => Promise<Buffer>> = {
    br: () => brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    gzip: () => gzipped(bytes, { level: 9 }),
  }
  return {
    type: types[extname(path)] ?? 'application/octet-stream',
    etag: createHash('sha256').update(bytes).digest('base64url').slice(0, 27),
    immutable: url.startsWith('/assets/'),
    encodings: squeeze ? ['br', 'gzip', 'identity'] : ['identity'],
    body: (encoding) => {
      made[encoding] ??= encoding === 'identity' ? Promise.resolve(bytes) : make[encoding]()
      return made[encoding]
    },
  }
}

/** Every file of the built site by its address, read once at start. */
function indexFiles(dir: string): Map<string, SiteFile> {
  const files = new Map<string, SiteFile>()
  for (const entry of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const path = join(dir, entry)
    if (!statSync(path).isFile()) continue
    const url = `/${relative(dir, path).split(sep).join('/')}`
    files.set(url, loadFile(path, url))
  }
  return files
}

/** Headers that every answer carries. Scripts come from our own files only; Mantine sets styles inline. */
export async function secureHeaders(app: FastifyInstance, config: Config): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: config.production &&
      config.hstsSeconds > 0 && { maxAge: config.hstsSeconds, includeSubDomains: true, preload: true },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
  })
  app.addHook('onSend', async (_request, reply) => {
    reply.header('permissions-policy', 'camera=(), microphone=(), payment=(), usb=(), geolocation=(self)')
  })
  await app.register(compress, {
    threshold: 1024,
    encodings: ['br', 'gzip', 'identity'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  })
}

/**
 * Serves the built web pages. A page address answers with the app; a missing asset is a 404, never the app.
 */
export function serveSite(app: FastifyInstance, dir: string): void {
  const files = indexFiles(dir)
  const shell = files.get('/index.html')
  if (!shell) throw new Error(`no index.html in ${dir}`)

  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    compress: false,
    handler: async (request, reply) => {
      const path = decodeURIComponent(request.url.split('?')[0] ?? '/')
      const exact = path === '/' ? shell : files.get(path)
      const isPage = !path.startsWith('/api/') && !path.startsWith('/assets/') && extname(path) === ''
      const file = exact ?? (isPage ? shell : undefined)
      if (!file) throw new AppError('not_found', 'There is nothing here.')
      const accepted = String(request.headers['accept-encoding'] ?? '')
      const encoding = file.encodings.find((name) => accepted.includes(name)) ?? 'identity'
      const etag = `"${file.etag}${encoding === 'identity' ? '' : `-${encoding}`}"`
      reply
        .header('etag', etag)
        .header('vary', 'accept-encoding')
        .header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      if (encoding !== 'identity') reply.header('content-encoding', encoding)
      return reply.type(file.type).send(await file.body(encoding))
    },
  })
}
