import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError, envExample, loadConfig } from './config.ts'

const room = mkdtempSync(join(tmpdir(), 'obcms-config-'))
afterAll(() => rmSync(room, { recursive: true }))

const production = {
  OBCMS_ENV: 'production',
  BASE_URL: 'https://obcms.example.gov.ph/',
  DATABASE_URL: 'postgres://obcms@db/obcms',
  SECRET_KEY: 'x'.repeat(50),
  SMTP_URL: 'smtp://mail.example.gov.ph:587',
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
  expect(config).toMatchObject({ production: false, host: '127.0.0.1', port: 8000, poolSize: 10, logLevel: 'info' })
  expect(config.databaseUrl).toBeUndefined()
  expect(Object.isFrozen(config)).toBe(true)
})

test('empty and blank values count as unset; a trailing slash of an address goes', () => {
  expect(loadConfig({ PORT: ' ', DATABASE_URL: '', LOG_LEVEL: '' })).toMatchObject({ port: 8000, logLevel: 'info' })
  expect(loadConfig({ BASE_URL: 'http://localhost:9/' }).baseUrl).toBe('http://localhost:9')
})

test.each([
  ['PORT', ['eight', '-1', '65536', '80.5']],
  ['DB_POOL_SIZE', ['1', '201', 'many']],
  ['OBCMS_ENV', ['prod', 'Production']],
  ['LOG_LEVEL', ['loud']],
  ['TRUST_PROXY', ['perhaps']],
  ['BASE_URL', ['localhost', 'ftp://host']],
  ['DATABASE_URL', ['mysql://host/x', 'not an address']],
  ['SMTP_URL', ['http://mail']],
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

describe('production', () => {
  test('starts when complete', () => {
    expect(loadConfig(production)).toMatchObject({ production: true, baseUrl: 'https://obcms.example.gov.ph' })
  })

  test.each(['BASE_URL', 'DATABASE_URL', 'SECRET_KEY', 'SMTP_URL'])('does not start without %s', (name) => {
    expect(problemsOf({ ...production, [name]: '' })).toEqual([`${name} is missing`])
  })

  test('names a wrong one once, not also as missing', () => {
    expect(problemsOf({ OBCMS_ENV: 'production', SECRET_KEY: 'short' })).toEqual([
      'SECRET_KEY must have at least 50 characters',
      'DATABASE_URL is missing',
      'SMTP_URL is missing',
      'BASE_URL is missing',
    ])
  })
})

describe('secrets in files', () => {
  test.each(['DATABASE_URL', 'SECRET_KEY', 'SMTP_URL'])('%s_FILE', (name) => {
    const file = join(room, name)
    writeFileSync(file, `${production[name as keyof typeof production]}\n`)
    expect(loadConfig({ ...production, [name]: '', [`${name}_FILE`]: file })).toEqual(loadConfig(production))
  })

  test('a file that is not there or holds something wrong', () => {
    expect(problemsOf({ SECRET_KEY_FILE: join(room, 'none') })).toEqual([
      'SECRET_KEY_FILE names a file that cannot be read',
    ])
    writeFileSync(join(room, 'short'), 'short')
    expect(problemsOf({ SECRET_KEY_FILE: join(room, 'short') })).toEqual([
      'SECRET_KEY must have at least 50 characters',
    ])
  })
})
