import { type Logger, pino } from 'pino'
import type { Config } from './config.ts'

export type Log = Logger

/** JSON lines on standard output; readable lines in development. Secrets are removed wherever they stand. */
export function createLog(config: Pick<Config, 'logLevel' | 'logFormat'>): Log {
  const pretty = config.logFormat === 'pretty'
  return pino({
    level: config.logLevel,
    base: { service: 'obcms' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['password', '*.password', 'token', '*.token', 'cookie', '*.cookie', '*.authorization', 'req.headers'],
      censor: '[removed]',
    },
    ...(pretty && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname,service', translateTime: 'HH:MM:ss' } },
    }),
  })
}
