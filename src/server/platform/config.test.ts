import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError, envExample, loadConfig } from './config.ts'

const room = mkdtempSync(join(tmpdir(), 'obcms-config-'))
afterAll(() => rmSync(room, { recursive: true }))

const goodKey = 'Zk3vQ8mX1pLr7TnY0sWd5hGc9bJf2aEu6iKo4RtBvMxNqPzHyD'
const otherKey = goodKey.split('').reverse().join('')
const production = {
  OBCMS_ENV: 'production',
  ALLOWED_HOSTS: 'obcms.example.gov.ph, , .oobc.example.gov.ph',
  CSRF_TRUSTED_ORIGINS: 'https://obcms.example.gov.ph',
  DATABASE_URL: 'postgres://obcms@db/obcms',
  REDIS_URL: 'redis://cache:6379/0',
  SECRET_KEY: goodKey,
  EMAIL_HOST: 'mail.example.gov.ph',
}

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('.env.example is what the code says (npm run env-example makes it)', () => {
  expect(readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')).toBe(envExample())
})

test('an empty environment is a development one, and cannot be changed afterwards', () => {
  const config = loadConfig({})
  expect(config).toMatchObject({ production: false, host: '127.0.0.1', port: 8000, poolSize: 37, logLevel: 'info' })
  expect(config.databaseUrl).toBeUndefined()
  expect(Object.isFrozen(config)).toBe(true)
})

test('empty and blank values count as unset; a trailing slash of an address goes', () => {
  expect(loadConfig({ PORT: ' ', DATABASE_URL: '', LOG_LEVEL: '' })).toMatchObject({ port: 8000, logLevel: 'info' })
  expect(loadConfig({ BASE_URL: 'http://localhost:9/' }).baseUrl).toBe('http://localhost:9')
})

test('lists are trimmed and lose empty entries; ports, subdomains and IPv6 are understood', () => {
  expect(loadConfig({ ALLOWED_HOSTS: ' a.example.org:8443 ,, .example.org,[::1] , ' }).allowedHosts).toEqual([
    'a.example.org:8443',
    '.example.org',
    '[::1]',
  ])
  expect(loadConfig({ TRUSTED_PROXIES: '10.1.0.0/16, 2001:db8::/32,192.0.2.7' }).trustedProxies).toHaveLength(3)
  expect(loadConfig({ ALLOWED_HOSTS: ' , ' }).allowedHosts).toContain('localhost')
})

test.each([
  ['PORT', ['eight', '-1', '65536', '80.5', '1e3', '0x50']],
  ['DB_POOL_TOTAL', ['1', 'many']],
  ['OBCMS_ENV', ['prod', 'Production']],
  ['LOG_LEVEL', ['loud']],
  ['USE_CLOUDFLARE', ['perhaps']],
  ['SECURE_SSL_REDIRECT', ['2']],
  ['BASE_URL', ['localhost', 'ftp://host']],
  ['DATABASE_URL', ['mysql://host/x', 'not an address']],
  ['REDIS_URL', ['http://cache']],
  ['EMAIL_BACKEND', ['pigeon']],
  ['ALLOWED_HOSTS', ['https://obcms.example.org', 'a b', 'obcms.example.org/path']],
  ['CSRF_TRUSTED_ORIGINS', ['obcms.example.org', 'https://obcms.example.org/path', '*']],
  ['TRUSTED_PROXIES', ['10.0.0.0/33', 'proxy', '*', '::/129']],
  ['SECRET_KEY', ['short']],
  ['OBCMS_ADMIN_EMAIL', ['admin', 'admin@localhost', 'a b@example.org']],
])('%s is refused by name, without its value', (name, values) => {
  for (const value of values) {
    const problems = problemsOf({ [name]: value })
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} must `))])
    expect(problems.join()).not.toContain(`"${value}"`)
  }
})

test('all problems come at once', () => {
  expect(problemsOf({ PORT: 'x', LOG_LEVEL: 'x', SECRET_KEY: 'x' })).toHaveLength(3)
})

test.each([
  ['x'.repeat(60), 'has too little randomness'],
  ['0123456789'.repeat(1).padEnd(64, '0'), 'has too little randomness'],
  [`change-me-${goodKey}`, 'is a sample'],
  [`django-insecure-${goodKey}`, 'is a sample'],
])('a weak key is refused: %s', (key, why) => {
  expect(problemsOf({ SECRET_KEY: key })).toEqual([expect.stringContaining(`SECRET_KEY ${why}`)])
  expect(problemsOf({ SECRET_KEY_FALLBACKS: `${goodKey},${key}` })).toEqual([
    expect.stringContaining(`SECRET_KEY_FALLBACKS holds a key that ${why}`),
  ])
})

test('every random key of 50 characters or more is taken, also hexadecimal', () => {
  for (let round = 0; round < 500; round += 1) {
    expect(problemsOf({ SECRET_KEY: randomBytes(38).toString('base64') })).toEqual([])
    expect(problemsOf({ SECRET_KEY: randomBytes(32).toString('hex') })).toEqual([])
  }
})

describe('production', () => {
  test('starts when complete', () => {
    expect(loadConfig(production)).toMatchObject({
      production: true,
      baseUrl: 'https://obcms.example.gov.ph',
      sslRedirect: true,
      mailBackend: 'smtp',
      allowedHosts: ['obcms.example.gov.ph', '.oobc.example.gov.ph'],
      webConcurrency: availableParallelism(),
    })
  })

  test('a former key is kept for reading', () => {
    expect(loadConfig({ ...production, SECRET_KEY_FALLBACKS: otherKey }).secretKeyFallbacks).toEqual([otherKey])
  })

  const missing = ['SECRET_KEY', 'DATABASE_URL', 'ALLOWED_HOSTS', 'CSRF_TRUSTED_ORIGINS', 'EMAIL_HOST']
  test.each(missing)('does not start without %s', (name) => {
    expect(problemsOf({ ...production, [name]: '' })).toEqual([`${name} is missing`])
  })

  test('names all that is missing at once', () => {
    expect(problemsOf({ OBCMS_ENV: 'production', WEB_CONCURRENCY: '1' })).toEqual(
      missing.map((name) => `${name} is missing`),
    )
  })

  test('names a wrong one once, not also as missing', () => {
    expect(problemsOf({ ...production, SECRET_KEY: 'short' })).toEqual(['SECRET_KEY must have at least 50 characters'])
    expect(problemsOf({ ...production, ALLOWED_HOSTS: 'https://x' })).toEqual([
      'ALLOWED_HOSTS must be a comma list of host names',
    ])
  })

  test.each([
    ['DEBUG', '1', 'DEBUG must be off in production'],
    ['ALLOWED_HOSTS', 'obcms.example.org,*', 'ALLOWED_HOSTS must name the hosts'],
    ['CSRF_TRUSTED_ORIGINS', 'https://a.example.org,http://b.example.org', 'CSRF_TRUSTED_ORIGINS must have https://'],
    ['BASE_URL', 'http://obcms.example.org', 'BASE_URL must start with https://'],
    ['EMAIL_BACKEND', 'django.core.mail.backends.console.EmailBackend', 'EMAIL_BACKEND must be smtp'],
    ['EMAIL_BACKEND', 'folder', 'EMAIL_BACKEND must be smtp'],
    ['USE_S3', '1', 'USE_S3 needs AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_STORAGE_BUCKET_NAME'],
    ['REDIS_URL', '', 'REDIS_URL is missing: 3 web processes need it'],
    ['DB_POOL_TOTAL', '19', 'DB_POOL_TOTAL must be at least 20 for 4 processes'],
    ['JOB_HARD_LIMIT', '100', 'JOB_HARD_LIMIT must not be below JOB_SOFT_LIMIT'],
  ])('refuses %s=%s', (name, value, reason) => {
    const problems = problemsOf({ ...production, WEB_CONCURRENCY: '3', [name]: value })
    expect(problems).toEqual([expect.stringContaining(reason)])
  })

  test('files and backups are never given one bucket', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', BACKUP_PASSPHRASE: 'a passphrase of the office' }
    const one = { ...production, ...keys, AWS_STORAGE_BUCKET_NAME: 'obcms', BACKUP_S3_BUCKET: 'obcms' }
    const reason = 'BACKUP_S3_BUCKET must be another bucket than AWS_STORAGE_BUCKET_NAME'
    const [here, there] = ['https://s3.example.org', 'https://s3.example.com']
    expect(problemsOf(one)).toEqual([reason])
    expect(problemsOf({ ...one, AWS_S3_ENDPOINT_URL: here, BACKUP_S3_ENDPOINT_URL: `${here}/` })).toEqual([reason])
    expect(loadConfig({ ...one, AWS_S3_ENDPOINT_URL: here, BACKUP_S3_ENDPOINT_URL: there }).backupTarget).toMatchObject(
      {
        s3: { endpoint: there },
      },
    )
  })

  test('one web process needs no Redis; the share of connections follows the number of processes', () => {
    const alone = { ...production, REDIS_URL: '', WEB_CONCURRENCY: '1', WORKER_CONCURRENCY: '3', DB_POOL_TOTAL: '40' }
    expect(loadConfig(alone).poolSize).toBe(7)
  })
})

describe('secrets in files', () => {
  test.each(['DATABASE_URL', 'SECRET_KEY', 'REDIS_URL'])('%s_FILE', (name) => {
    const file = join(room, name)
    writeFileSync(file, `${production[name as keyof typeof production]}\n`)
    expect(loadConfig({ ...production, [name]: '', [`${name}_FILE`]: file })).toEqual(loadConfig(production))
  })

  test('a file that is not there or holds something wrong', () => {
    expect(problemsOf({ SECRET_KEY_FILE: join(room, 'none') })).toEqual([
      'SECRET_KEY_FILE names a file that cannot be read',
    ])
    expect(problemsOf({ ...production, SECRET_KEY: '', SECRET_KEY_FILE: join(room, 'none') })).toEqual([
      'SECRET_KEY_FILE names a file that cannot be read',
    ])
    writeFileSync(join(room, 'short'), 'short')
    expect(problemsOf({ SECRET_KEY_FILE: join(room, 'short') })).toEqual([
      'SECRET_KEY must have at least 50 characters',
    ])
  })
})
