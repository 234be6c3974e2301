import { existsSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestUser } from '#testing/factories.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

let app: TestApp
let staff: TestUser
beforeAll(async () => {
  app = await createTestApp()
  staff = await app.createUser({ role: 'staff' })
})
afterAll(() => app.close())

const json = { 'content-type': 'application/json' }
const create = (options: Parameters<TestApp['call']>[3]) => app.call(staff, 'POST', '/api/v1/communities', options)

describe('bad input', () => {
  it.each([
    ['broken JSON', '{"name":', 400, 'invalid_input'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'invalid_input'],
    ['a NUL byte', JSON.stringify({ name: 'a\u0000b' }), 400, 'invalid_input'],
    ['half a surrogate pair', '{"name":"\\ud800"}', 400, 'invalid_input'],
    ['an array', '[]', 400, 'invalid_input'],
    ['a number', '7', 400, 'invalid_input'],
    ['nesting 100 levels deep', `{"name":${'['.repeat(100)}${']'.repeat(100)}}`, 400, 'invalid_input'],
    ['nesting 100,000 levels deep', `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, 'invalid_input'],
    ['a poisoned prototype', '{"__proto__":{"admin":true}}', 400, 'invalid_input'],
    ['a 10 MB name', JSON.stringify({ name: 'x'.repeat(10_000_000) }), 413, 'payload_too_large'],
  ])('answers %s with a coded problem', async (_what, payload, status, code) => {
    const reply = await create({ payload, headers: json })
    expect(reply.statusCode).toBe(status)
    expect(reply.json()).toMatchObject({ code, status })
    expect(reply.json().requestId).toBe(reply.headers['x-request-id'])
  })

  it('refuses another content type', async () => {
    const reply = await create({ payload: '<a/>', headers: { 'content-type': 'application/xml' } })
    expect(reply.json()).toMatchObject({ code: 'unsupported_media_type', status: 415 })
  })

  it('names every wrong field with what to do', async () => {
    const reply = await create({ body: { name: '', population: -1, unknown: 1 } })
    const { fields } = reply.json()
    expect(fields.map((field: { path: string }) => field.path)).toEqual(
      expect.arrayContaining(['name', 'population', 'unknown', 'barangayCode']),
    )
  })

  it.each([
    '/api/v1/communities/not-a-uuid',
    '/api/v1/communities/00000000-0000-7000-8000-000000000000',
    '/api/v1/nothing',
  ])('answers an id that cannot exist like one that does not: %s', async (url) => {
    const reply = await app.call(staff, 'GET', url)
    expect(reply.json()).toMatchObject({ code: 'not_found', status: 404 })
  })

  it.each(['/api/v1/communities/%ff', '/api/v1/places/%E0%A4%A', '/%ff'])(
    'answers %s, which is no address',
    async (url) => {
      const reply = await app.call(staff, 'GET', url)
      expect(reply.json()).toMatchObject({ code: 'invalid_input', status: 400 })
      expect(reply.json().requestId).toBe(reply.headers['x-request-id'])
      expect(reply.headers['content-type']).toContain('application/problem+json')
    },
  )

  it.each([2_147_483_647, 9_007_199_254_740_991])('refuses version %d, which nothing can have', async (version) => {
    const id = await app.createCommunity()
    for (const [method, url, body] of [
      ['PATCH', `/api/v1/communities/${id}`, { name: 'x' }],
      ['POST', `/api/v1/communities/${id}/archive`, { reason: 'x' }],
      ['PATCH', '/api/v1/account', { name: 'x' }],
    ] as const) {
      const reply = await app.call(staff, method, url, { body: { ...body, version } })
      expect([url, reply.statusCode]).toEqual([url, 400])
    }
  })

  it('refuses a method that an address does not take', async () => {
    expect((await app.call(staff, 'DELETE', '/api/v1/communities')).json()).toMatchObject({
      code: 'method_not_allowed',
    })
  })

  it.each(['short', 'x'.repeat(101), 'with space'])('refuses the idempotency key %s', async (key) => {
    const reply = await create({ body: {}, headers: { 'idempotency-key': key } })
    expect(reply.statusCode).toBe(400)
  })
})

describe('uploads', () => {
  const boundary = 'edge'
  const file = (name: string, text = 'name,psgc\n') =>
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${text}\r\n`
  const end = `--${boundary}--\r\n`
  const send = (payload: string, type = `multipart/form-data; boundary=${boundary}`) =>
    app.call(staff, 'POST', '/api/v1/imports', { payload, headers: { 'content-type': type } })

  it.each([
    ['broken off in the file', file('a.csv'), undefined],
    ['broken off before the file', `--${boundary}\r\nContent-Dispo`, undefined],
    ['without a boundary', file('a.csv') + end, 'multipart/form-data'],
    ['without a file', end, undefined],
  ])('refuses a form %s', async (_what, payload, type) => {
    const reply = await send(payload, type)
    expect(reply.json()).toMatchObject({ code: 'invalid_input', status: 400 })
    expect(await app.query('SELECT FROM imports')).toEqual([])
    expect(
      existsSync(app.dataDir) &&
        readdirSync(app.dataDir, { recursive: true }).filter((one) => String(one).includes('.')),
    ).toEqual([])
  })

  it.each([
    ['../../etc/passwd.csv', 'passwd.csv'],
    [`${'a'.repeat(300)}.csv`, `${'a'.repeat(196)}.csv`],
    [`${'a'.repeat(195)}😀😀.csv`, `${'a'.repeat(195)}.csv`],
    [`${'a'.repeat(199)}😀`, 'a'.repeat(199)],
  ])('keeps of the name %s what a name is', async (sent, kept) => {
    const reply = await send(file(sent) + end)
    expect(reply.json()).toMatchObject({ fileName: kept })
  })
})

describe('cross-site requests', () => {
  const body = { name: 'x' }
  it.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
  ])('refuses an unsafe request with %j', async (headers) => {
    expect((await create({ body, headers })).json()).toMatchObject({ code: 'cross_site_request', status: 403 })
  })

  it('takes requests of our own pages', async () => {
    const reply = await create({ body, headers: { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8000' } })
    expect(reply.json().code).toBe('invalid_input')
  })
})

describe('access at the door', () => {
  it('asks for a sign-in', async () => {
    expect((await app.call(undefined, 'GET', '/api/v1/communities')).json()).toMatchObject({
      code: 'not_signed_in',
      status: 401,
    })
  })

  it('forbids what the role may not do', async () => {
    const partner = await app.createUser({ role: 'partner' })
    expect((await app.call(partner, 'GET', '/api/v1/communities')).json()).toMatchObject({
      code: 'forbidden',
      status: 403,
    })
  })
})

describe('every answer', () => {
  it('carries the security headers', async () => {
    const { headers } = await app.call(undefined, 'GET', '/health/')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    })
    expect(headers['content-security-policy']).toContain("script-src 'self';")
  })

  it('says it lives, and that it is ready', async () => {
    expect((await app.call(undefined, 'GET', '/health/')).json()).toMatchObject({ status: 'healthy', service: 'obcms' })
    expect((await app.call(undefined, 'GET', '/ready/')).json()).toEqual({
      status: 'ready',
      checks: { database: true },
    })
  })
})
