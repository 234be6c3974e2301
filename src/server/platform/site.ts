import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import type { Config } from './config.ts'

/** Headers that every answer carries. Scripts come from our own files only; Mantine sets styles inline. */
export async function secureHeaders(app: FastifyInstance, config: Config): Promise<void> {
  const staticOrigin = config.staticUrl ? [new URL(config.staticUrl).origin] : []
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", ...staticOrigin],
        styleSrc: ["'self'", "'unsafe-inline'", ...staticOrigin],
        imgSrc: ["'self'", 'data:', 'blob:', ...staticOrigin],
        fontSrc: ["'self'", ...staticOrigin],
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
