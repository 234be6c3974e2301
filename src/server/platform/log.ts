import { type Logger, type LoggerOptions, pino } from 'pino'
import type { Config } from './config.ts'

export type Log = Logger

/** What a log says of an error: never what libraries hang on it (connections with their keys, whole requests). */
function errorWords(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: errorWords(error.cause) }),
  }
}

/** Where secrets may stand in what is logged. */
const secretPaths = ['password', 'token', 'secret', 'cookie', 'authorization'].flatMap((name) => [name, `*.${name}`])

type LogSettings = Pick<Config, 'logLevel' | 'logFormat'> & Partial<Pick<Config, 'logStderr'>>

/**
 * JSON lines on standard output, errors too unless `LOG_STDERR` splits them off; readable lines in development. Nothing goes to
 * a file. Secrets are removed wherever they stand. `child({ log: 'security' })` is the security log.
 */
export function createLog({ logLevel, logFormat, logStderr }: LogSettings, sink?: NodeJS.WritableStream): Log {
  const options: LoggerOptions = {
    level: logLevel,
    base: { service: 'obcms' },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorWords },
    redact: { paths: [...secretPaths, 'req.headers'], censor: '[removed]' },
  }
  if (sink) return pino(options, sink)
  if (logFormat === 'pretty') {
    const target = 'pino-pretty'
    const look = { ignore: 'pid,hostname,service', translateTime: 'HH:MM:ss' }
    return pino({ ...options, transport: { target, options: look } })
  }
  if (!logStderr) return pino(options)
  const streams = [
    { level: 'trace' as const, stream: pino.destination(1) },
    { level: 'error' as const, stream: pino.destination(2) },
  ]
  return pino(options, pino.multistream(streams, { dedupe: true }))
}
