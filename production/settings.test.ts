import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { type Installation, inProduction, install } from '#testing/peers/installation.ts'
import { noRedis, type RedisPeer, startRedis } from '#testing/peers/redis.ts'

/** Settings that a server needs, with components that answer. */
let complete: Record<string, string>
let redis: RedisPeer
let place: Installation
let database: EmptyDb
const dataDir = mkdtempSync(join(tmpdir(), 'obcms-settings-'))
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData: (_stream, _session, done) => done(),
})

describe.skipIf(noRedis)(noRedis ?? 'settings', () => {
  beforeAll(async () => {
    database = await createEmptyDb()
    redis = await startRedis()
    smtp.listen(0, '127.0.0.1')
    await once(smtp.server, 'listening')
    complete = {
      ...inProduction,
      PORT: '0',
      ALLOWED_HOSTS: 'obcms.example.gov.ph',
      CSRF_TRUSTED_ORIGINS: 'https://obcms.example.gov.ph',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      EMAIL_HOST: '127.0.0.1',
      EMAIL_PORT: String((smtp.server.address() as AddressInfo).port),
      EMAIL_USE_TLS: '0',
      DEFAULT_FROM_EMAIL: 'OBCMS <obcms@gov.ph>',
      WEB_CONCURRENCY: '2',
      DB_POOL_TOTAL: '40',
      DATA_DIR: dataDir,
      BACKUP_DIR: join(dataDir, 'backups'),
      BACKUP_PASSPHRASE: 'a passphrase of the office',
    }
    place = install(complete)
    expect((await place.run(['build'])).code).toBe(0)
  }, 180_000)

  afterAll(async () => {
    await place?.close()
    await redis?.stop()
    await new Promise<void>((resolve) => smtp.close(() => resolve()))
    await database?.drop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  async function findings(settings: Record<string, string> = {}, ...flags: string[]) {
    const { code, said } = await place.run(['check', '--deploy', '--json', ...flags], settings)
    const { findings } = JSON.parse(said) as { findings: { id: string; level: string; mend: string }[] }
    // The tests may run as root, in a container that limits open files; a server must not.
    const ofOurs = findings.filter(({ id }) => !id.startsWith('machine.') && id !== 'files.space')
    return { code, ids: ofOurs.map(({ id, level }) => `${level} ${id}`), findings }
  }

  test('complete settings on living components are clean once the migrations ran', async () => {
    expect((await findings()).ids).toEqual(['warning database.migrations'])
    expect((await findings()).code).toBe(0)
    expect((await place.run(['migrate'])).code).toBe(0)
    expect((await findings()).ids).toEqual(['warning backups.recent', 'warning backups.recent'])
    for (const args of [['backup'], ['backup', 'prove']]) expect((await place.run(args)).code).toBe(0)
    expect((await findings()).ids).toEqual([])
  })

  test('each finding says how to mend it; warnings fail when asked to', async () => {
    const low = { SECURE_HSTS_SECONDS: '60' }
    const { code, ids, findings: rows } = await findings(low)
    expect([code, ids]).toEqual([0, ['warning settings.hsts']])
    for (const { mend } of rows) expect(mend).not.toBe('')
    expect((await findings(low, '--fail-level', 'warning')).code).toBe(1)
  })

  test.each([
    ['DATABASE_URL', 'postgres://obcms:hunter2@127.0.0.1:1/obcms', 'error database.server'],
    ['REDIS_URL', 'redis://:hunter2@127.0.0.1:1/0', 'error cache.server'],
    ['EMAIL_PORT', '1', 'error mail.server'],
    ['DB_POOL_TOTAL', '5000', 'error database.connections'],
    ['DATA_DIR', '/proc/obcms', 'error files.writable'],
  ])('%s=%s', async (name, setting, id) => {
    const { code, said } = await place.run(['check', '--deploy'], { [name]: setting })
    expect(code).toBe(1)
    expect(said).toMatch(new RegExp(`^${id.replace(' ', '\\s+')}\\s`, 'm'))
    expect(said).not.toContain('hunter2')
  })

  test('a development environment shows its real problems', async () => {
    const { code, ids } = await findings(Object.fromEntries(Object.keys(complete).map((name) => [name, ''])))
    expect(code).toBe(1)
    for (const name of [
      'OBCMS_ENV',
      'SECRET_KEY',
      'DATABASE_URL',
      'ALLOWED_HOSTS',
      'CSRF_TRUSTED_ORIGINS',
      'EMAIL_HOST',
    ])
      expect(ids).toContain(`error settings.${name}`)
  })

  const refusals: [string, string, RegExp][] = [
    ['SECRET_KEY', '', /SECRET_KEY is missing/],
    ['SECRET_KEY', 'short', /SECRET_KEY must have at least 50/],
    ['SECRET_KEY', 'ab'.repeat(40), /SECRET_KEY has too little randomness/],
    ['ALLOWED_HOSTS', '', /ALLOWED_HOSTS is missing/],
    ['ALLOWED_HOSTS', '*', /ALLOWED_HOSTS must name/],
    ['CSRF_TRUSTED_ORIGINS', '', /CSRF_TRUSTED_ORIGINS is missing/],
    ['CSRF_TRUSTED_ORIGINS', 'http://obcms.example.gov.ph', /CSRF_TRUSTED_ORIGINS must have https/],
    ['DATABASE_URL', '', /DATABASE_URL is missing/],
    ['EMAIL_BACKEND', 'console', /EMAIL_BACKEND must be smtp/],
    ['USE_S3', '1', /USE_S3 needs AWS_ACCESS_KEY_ID/],
    ['REDIS_URL', '', /REDIS_URL is missing/],
    ['DEBUG', '1', /DEBUG must be off/],
  ]
  test.each(refusals)('serve refuses to start with %s=%s', async (name, setting, words) => {
    const { code, said } = await place.run(['serve'], { [name]: setting })
    expect([code, said]).toEqual([1, expect.stringMatching(words)])
    if (setting.length > 4) expect(said).not.toContain(setting)
  })

  test('and names all at once', async () => {
    const wrong = Object.fromEntries(refusals.map(([name, setting]) => [name, setting]))
    for (const command of ['serve', 'worker', 'migrate']) {
      const { code, said } = await place.run([command], wrong)
      expect(code).toBe(1)
      for (const name of Object.keys(wrong)) expect(said).toContain(`  - ${name} `)
    }
  })
})
