import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { type DeployCheck, hasAtLeast, runChecks, table } from './check.ts'
import { auditSettings, settingsChecks } from './settings-checks.ts'

const production = {
  OBCMS_ENV: 'production',
  ALLOWED_HOSTS: 'obcms.example.gov.ph',
  CSRF_TRUSTED_ORIGINS: 'https://obcms.example.gov.ph',
  DATABASE_URL: 'postgres://obcms@db/obcms',
  REDIS_URL: 'redis://cache:6379/0',
  SECRET_KEY: 'Zk3vQ8mX1pLr7TnY0sWd5hGc9bJf2aEu6iKo4RtBvMxNqPzHyD',
  EMAIL_HOST: 'mail.gov.ph',
  DEFAULT_FROM_EMAIL: 'OBCMS <obcms@gov.ph>',
}

async function idsOf(env: Record<string, string>): Promise<string[]> {
  const { rows, config } = auditSettings(env)
  const more = config ? await runChecks(settingsChecks(env), config) : []
  return [...rows, ...more].map(({ id, level }) => `${level} ${id}`).sort()
}

test('complete settings have nothing to mend', async () => {
  expect(await idsOf(production)).toEqual([])
})

test('an empty environment shows what a server needs', async () => {
  expect(await idsOf({ WEB_CONCURRENCY: '2' })).toEqual([
    'error settings.ALLOWED_HOSTS',
    'error settings.CSRF_TRUSTED_ORIGINS',
    'error settings.DATABASE_URL',
    'error settings.EMAIL_HOST',
    'error settings.OBCMS_ENV',
    'error settings.REDIS_URL',
    'error settings.SECRET_KEY',
    'warning settings.mail-sender',
  ])
})

test.each([
  [{ SECURE_SSL_REDIRECT: '0' }, 'warning settings.https'],
  [{ SECURE_HSTS_SECONDS: '60' }, 'warning settings.hsts'],
  [{ TRUSTED_PROXIES: '10.0.0.0/8,0.0.0.0/0' }, 'error settings.proxies'],
  [{ DEFAULT_FROM_EMAIL: '' }, 'warning settings.mail-sender'],
  [{ OBCMS_ADMIN_PASSWORD: 'stands here for ever' }, 'warning settings.first-password'],
  [{ LOG_LEVEL: 'debug' }, 'warning settings.log-level'],
  [{ LOG_LEVEL: 'silent' }, 'warning settings.log-level'],
])('%o', async (change, row) => {
  expect(await idsOf({ ...production, ...change })).toEqual([row])
})

test('a file of a secret that everybody can read', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'obcms-secret-')), 'key')
  writeFileSync(file, production.SECRET_KEY)
  const ids = () => idsOf({ ...production, SECRET_KEY: '', SECRET_KEY_FILE: file })
  chmodSync(file, 0o644)
  expect(await ids()).toEqual(['warning settings.secret-files'])
  chmodSync(file, 0o640)
  expect(await ids()).toEqual([])
  rmSync(dirname(file), { recursive: true })
})

test('a check that throws or hangs is an error of its own, and keeps the others from nothing', async () => {
  const checks: DeployCheck[] = [
    {
      id: 'a.broken',
      run: () => {
        throw new Error('no such thing')
      },
    },
    { id: 'b.note', run: async () => ({ level: 'info', what: 'so it is', mend: 'nothing' }) },
    { id: 'c.fine', run: () => undefined },
  ]
  const rows = await runChecks(checks, loadConfig({}))
  expect(rows.map(({ id, level }) => [id, level])).toEqual([
    ['a.broken', 'error'],
    ['b.note', 'info'],
  ])
  expect([hasAtLeast(rows, 'error'), hasAtLeast(rows.slice(1), 'warning')]).toEqual([true, false])
  expect(table(rows, 3)).toContain('1 errors, 0 warnings, 1 notes.')
  expect(table([], 3)).toBe('3 checks, nothing to mend.')
})
