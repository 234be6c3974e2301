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

/** JSON lines on standard output; readable lines in development. Secrets are removed wherever they stand. */
export function createLog(config: Pick<Config, 'logLevel' | 'logFormat'>, sink?: NodeJS.WritableStream): Log {
  const pretty = config.logFormat === 'pretty'
  const options: LoggerOptions = {
    level: config.logLevel,
    base: { service: 'obcms' },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorWords },
    redact: {
      paths: ['password', '*.password', 'token', '*.token', 'cookie', '*.cookie', '*.authorization', 'req.headers'],
      censor: '[removed]',
    },
    ...(pretty && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname,service', translateTime: 'HH:MM:ss' } },
    }),
  }
  return sink ? pino(options, sink) : pino(options)
}
