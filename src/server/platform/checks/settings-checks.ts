import { statSync } from 'node:fs'
import { type Config, ConfigError, loadConfig } from '../config.ts'
import { nameOf, type Setting, settings } from '../settings.ts'
import type { DeployCheck, Finding, Row } from './check.ts'

/**
 * The settings as production would read them. When production would refuse them, each refusal is a row, and what can be had
 * of them is returned all the same, so that the rest can still be looked at.
 */
export function auditSettings(env: NodeJS.ProcessEnv): { rows: Row[]; config: Config | undefined } {
  const rows: Row[] = []
  let config: Config | undefined
  try {
    config = loadConfig({ ...env, OBCMS_ENV: 'production' })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) {
      const name = problem.split(' ')[0] ?? ''
      rows.push({
        id: `settings.${name}`,
        level: 'error',
        what: problem,
        mend: `Set ${name}; see docs/deployment/settings.md.`,
      })
    }
    try {
      config = loadConfig({
        ...env,
        OBCMS_ENV: 'development',
        SECURE_SSL_REDIRECT: env.SECURE_SSL_REDIRECT || '1',
      })
    } catch {
      config = undefined
    }
  }
  if (env.OBCMS_ENV !== 'production')
    rows.push({
      id: 'settings.OBCMS_ENV',
      level: 'error',
      what: 'OBCMS runs in development mode',
      mend: 'Set OBCMS_ENV=production.',
    })
  return { rows, config }
}

const warning = (what: string, mend: string): Finding => ({ level: 'warning', what, mend })

/** Files of secrets that everybody on the machine can read. */
const openSecrets = (env: NodeJS.ProcessEnv): string[] =>
  (Object.values(settings) as Setting<unknown>[])
    .filter((entry) => entry.secret)
    .map((entry) => `${nameOf(entry)}_FILE`)
    .filter((name) => {
      const path = env[name]
      return path && ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o004) !== 0
    })

export const settingsChecks = (env: NodeJS.ProcessEnv): DeployCheck[] => [
  {
    id: 'settings.https',
    run: ({ sslRedirect }) =>
      sslRedirect ? undefined : warning('Plain http is not redirected', 'Set SECURE_SSL_REDIRECT=1.'),
  },
  {
    id: 'settings.hsts',
    run: ({ hstsSeconds }) =>
      hstsSeconds >= 86_400
        ? undefined
        : warning(
            'Browsers remember https for less than a day',
            'Set SECURE_HSTS_SECONDS=31536000 when https is proven.',
          ),
  },
  {
    id: 'settings.proxies',
    run: ({ trustedProxies }) =>
      trustedProxies.some((network) => /\/0$/.test(network))
        ? {
            level: 'error',
            what: 'Anybody may say which address and scheme he comes from',
            mend: 'Name the proxies in TRUSTED_PROXIES.',
          }
        : undefined,
  },
  {
    id: 'settings.mail-sender',
    run: ({ mailFrom }) =>
      /@localhost\b|@example\./.test(mailFrom)
        ? warning('Mail is sent from a sample address', 'Set DEFAULT_FROM_EMAIL to an address of the office.')
        : undefined,
  },
  {
    id: 'settings.first-password',
    run: ({ adminPassword }) =>
      adminPassword
        ? warning('The first administrator’s password stands in the settings', 'Remove OBCMS_ADMIN_PASSWORD.')
        : undefined,
  },
  {
    id: 'settings.secret-files',
    run: () => {
      const open = openSecrets(env)
      return open.length > 0
        ? warning(`Everybody on this machine can read ${open.join(', ')}`, 'chmod 640 the files.')
        : undefined
    },
  },
  {
    id: 'settings.log-level',
    run: ({ logLevel }) =>
      ['fatal', 'silent'].includes(logLevel)
        ? warning('Errors are not logged', 'Set LOG_LEVEL=info.')
        : ['debug', 'trace'].includes(logLevel)
          ? warning('The log says more than an office should keep', 'Set LOG_LEVEL=info.')
          : undefined,
  },
]
