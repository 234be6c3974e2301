import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type EventReader, readEvents } from '#testing/event-reader.ts'
import type { TestUser } from '#testing/factories.ts'
import { until } from '#testing/peers/peer.ts'
import { noRedis, type RedisPeer, startRedis } from '#testing/peers/redis.ts'
import { createTestApp, type TestApp } from '#testing/test-app.ts'

const listen = (app: TestApp) => app.server.app.listen({ host: '127.0.0.1', port: 0 })
const insert = `INSERT INTO events (user_id, kind, data, at) VALUES ($1, 'import.changed', $2, now()) RETURNING id`
/** As a job in another process stores it. */
const store = async (app: TestApp, user: TestUser, name: string): Promise<number> => {
  const [row] = await app.query<{ id: string }>(insert, [user.id, { name }])
  return Number(row?.id)
}
const named = (reader: EventReader) => reader.heard.flatMap(({ data }) => (data?.name ? [data.name] : []))

const readers: EventReader[] = []
async function open(...given: Parameters<typeof readEvents>): Promise<EventReader> {
  const reader = await readEvents(...given)
  readers.push(reader)
  return reader
}
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close()
})

describe('one process', () => {
  let app: TestApp
  let url: string
  let user: TestUser
  beforeAll(async () => {
    app = await createTestApp()
    url = await listen(app)
    user = await app.createUser({ role: 'staff' })
  })
  afterAll(() => app.close())

  it('opens with headers that no proxy holds back, and brings what is stored, to its owner only', async () => {
    const other = await app.createUser({ role: 'staff' })
    const [mine, theirs] = [await open(url, user.token), await open(url, other.token)]
    expect(mine.status).toBe(200)
    expect(mine.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    expect(mine.headers).not.toHaveProperty('content-encoding')
    await until('both are open', () => mine.heard.length > 0 && theirs.heard.length > 0)
    await store(app, other, 'theirs')
    const id = await store(app, user, 'mine')
    await until('it is heard', () => named(mine).length > 0 && named(theirs).length > 0)
    expect(mine.heard.map(({ kind }) => kind)).toEqual(['opened', 'import.changed'])
    expect(mine.heard[1]).toMatchObject({ id, data: { name: 'mine' } })
    expect(named(theirs)).toEqual(['theirs'])
  })

  it('refuses strangers and API tokens', async () => {
    expect((await app.call(undefined, 'GET', '/api/v1/events')).statusCode).toBe(401)
    const body = {
      name: 'test',
      permissions: ['community.read'],
      expiresAt: new Date(app.clock.now().getTime() + 3_600_000).toISOString(),
    }
    const made = await app.call(user, 'POST', '/api/v1/account/tokens', { body })
    const headers = { authorization: `Bearer ${made.json().token}` }
    expect((await app.call(undefined, 'GET', '/api/v1/events', { headers })).statusCode).toBe(403)
  })

  it('loses nothing that is committed out of order, and says nothing twice', async () => {
    const reader = await open(url, user.token)
    await until('it is open', () => reader.heard.length > 0)
    const late = new pg.Client({ connectionString: app.url })
    await late.connect()
    try {
      await late.query('BEGIN')
      await late.query(insert, [user.id, { name: 'lower id, later' }])
      await store(app, user, 'higher id, sooner')
      await until('the sooner one is heard', () => named(reader).includes('higher id, sooner'))
      // Longer than the floor takes to rise when nothing is under way.
      const looks = reader.heard.length
      for (let at = 0; at < 3; at += 1) {
        await store(app, user, `between ${at}`)
        await until('it is heard', () => reader.heard.length > looks + at)
      }
      await late.query('COMMIT')
    } finally {
      await late.end()
    }
    await until('the later one is heard', () => named(reader).includes('lower id, later'))
    await store(app, user, 'last')
    await until('the last is heard', () => named(reader).includes('last'))
    expect(named(reader)).toEqual([
      'higher id, sooner',
      'between 0',
      'between 1',
      'between 2',
      'lower id, later',
      'last',
    ])
    // Who comes back with the id of the first is given everything that he may have missed.
    const first = reader.heard.find(({ data }) => data?.name === 'higher id, sooner')
    const again = await open(url, user.token, { headers: { 'last-event-id': first?.lastEventId ?? '' } })
    await until('all is heard again', () => named(again).includes('last'))
    expect(named(again)).toEqual(expect.arrayContaining(['lower id, later', 'between 0', 'last']))
  })

  it.each([
    ['Last-Event-ID', (id: string) => ({ headers: { 'last-event-id': id } })],
    ['after', (id: string) => ({ query: `?after=${id}` })],
  ])('resumes with %s: what happened meanwhile comes, and only that person’s', async (_how, withId) => {
    const person = await app.createUser({ role: 'staff' })
    const first = await open(url, person.token)
    await until('it is open', () => first.heard.length > 0)
    first.close()
    await store(app, user, 'not for this person')
    await store(app, person, 'missed 1')
    await store(app, person, 'missed 2')
    const again = await open(url, person.token, withId(first.heard.at(-1)?.lastEventId ?? ''))
    await until('both come', () => named(again).length >= 2)
    expect(named(again)).toEqual(['missed 1', 'missed 2'])
  })

  it('says that access changed, and ends with the session', async () => {
    const person = await app.createUser({ role: 'staff' })
    const admin = await app.createUser({ role: 'administrator' })
    const reader = await open(url, person.token)
    await until('it is open', () => reader.heard.length > 0)
    const body = { permission: 'account.read', effect: 'allow', scope: 'all', reason: 'helps out', expiresAt: null }
    const granted = await app.call(admin, 'POST', `/api/v1/accounts/${person.id}/grants`, { body })
    expect(granted.statusCode).toBeLessThan(300)
    await until('it is told', () => reader.heard.some(({ kind }) => kind === 'access.changed'))
    expect(reader.isOver()).toBe(false)
    await app.call(person, 'DELETE', '/api/v1/session')
    await until('it ends', () => reader.isOver(), 5)
    expect(reader.heard.map(({ kind }) => kind)).toEqual(['opened', 'access.changed', 'access.changed'])
  })

  it('is looked after within half a minute: it beats, and a session that went without a word ends it', async () => {
    const person = await app.createUser({ role: 'staff' })
    const [stays, goes] = [await open(url, user.token), await open(url, person.token)]
    await app.query('DELETE FROM sessions WHERE user_id = $1', [person.id])
    await until('the one ends', () => goes.isOver(), 30)
    await until('the other beats', () => stays.beats() > 0, 30)
    expect(stays.isOver()).toBe(false)
  }, 70_000)

  it('holds twenty streams of one person', async () => {
    const person = await app.createUser({ role: 'staff' })
    const many = await Promise.all(Array.from({ length: 20 }, () => open(url, person.token)))
    expect(many.every(({ status }) => status === 200)).toBe(true)
    expect((await open(url, person.token)).status).toBe(429)
    many[0]?.close()
    await until('there is room again', async () => (await open(url, person.token)).status === 200)
  })

  it('is kept for a day', async () => {
    await store(app, user, 'young')
    await app.query(`UPDATE events SET at = $1::timestamptz - interval '25 hours' WHERE data->>'name' <> 'young'`, [
      app.clock.now(),
    ])
    await app.query(`UPDATE events SET at = $1 WHERE data->>'name' = 'young'`, [app.clock.now()])
    const tidy = app.composition.registrations.find(({ job }) => job.name === 'events.tidy')
    const log = app.server.app.log as never
    await tidy?.handle({}, { log, signal: new AbortController().signal, lastTry: false })
    expect(await app.query(`SELECT data->>'name' AS name FROM events`)).toEqual([{ name: 'young' }])
  })

  it('ends all at once when the server stops, and opens none any more', async () => {
    const reader = await open(url, user.token)
    await until('it is open', () => reader.heard.length > 0)
    app.composition.closeStreams()
    await until('it ends', () => reader.isOver(), 2)
    expect((await open(url, user.token)).status).toBe(503)
  })
})

describe.skipIf(noRedis)(`two processes${noRedis ? ` (skipped: ${noRedis})` : ''}`, () => {
  let redis: RedisPeer
  let here: TestApp
  let there: TestApp
  let url: string
  let user: TestUser
  beforeAll(async () => {
    redis = await startRedis()
    const settings = { REDIS_URL: redis.url }
    here = await createTestApp({ settings })
    there = await createTestApp({ settings, beside: here })
    url = await listen(there)
    user = await here.createUser({ role: 'staff' })
  })
  afterAll(async () => {
    await there.close()
    await here.close()
    await redis.stop()
  })

  const upload = (name: string) => {
    const payload = [
      '--edge',
      `Content-Disposition: form-data; name="file"; filename="${name}"`,
      'Content-Type: text/csv',
      '',
      'Community name,Barangay PSGC,Status,OBC population\r\nPurok One,1208001001,Presumed,140',
      '--edge--',
      '',
    ].join('\r\n')
    const headers = { 'content-type': 'multipart/form-data; boundary=edge' }
    return here.call(user, 'POST', '/api/v1/imports', { payload, headers })
  }
  const states = (reader: EventReader) =>
    reader.heard.filter(({ kind }) => kind === 'import.changed').map(({ data }) => data?.state)

  it('an import of one is heard at the other at once, from its upload to its end', async () => {
    const reader = await open(url, user.token)
    await until('it is open', () => reader.heard.length > 0)
    const made = await upload('one.csv')
    expect(made.statusCode).toBe(201)
    const from = performance.now()
    await until('the upload is heard', () => states(reader).length > 0)
    // The table alone is read every five seconds.
    expect(performance.now() - from).toBeLessThan(1_500)
    await here.runJobs()
    await until('the check is heard', () => states(reader).includes('checked'))
    await here.call(user, 'POST', `/api/v1/imports/${made.json().id}/apply`)
    await here.runJobs()
    await until('the end is heard', () => states(reader).includes('applied'))
    expect(states(reader).filter((state, at, all) => all.indexOf(state) === at)).toEqual([
      'uploaded',
      'checking',
      'checked',
      'applying',
      'applied',
    ])
    expect(reader.heard.at(-1)).toMatchObject({
      data: { id: made.json().id, fileName: 'one.csv', state: 'applied', rows: { total: 1, ready: 1, wrong: 0 } },
    })
    const ids = reader.heard.flatMap(({ id }) => (id ? [id] : []))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('with Redis frozen it still comes, from the table', async () => {
    const reader = await open(url, user.token)
    await until('it is open', () => reader.heard.length > 0)
    redis.freeze()
    try {
      await until('both know', () => [here, there].every(({ cache }) => cache.state === 'down'))
      await upload('two.csv')
      await until('it is heard', () => states(reader).includes('uploaded'), 5)
    } finally {
      redis.thaw()
    }
    await until('both are back', () => [here, there].every(({ cache }) => cache.state === 'up'))
    expect(reader.isOver()).toBe(false)
  })

  it('nothing is told of a change that was not made', async () => {
    const reader = await open(url, user.token)
    await until('it is open', () => reader.heard.length > 0)
    const broken = await here.call(user, 'POST', '/api/v1/imports/00000000-0000-7000-8000-000000000000/apply')
    expect(broken.statusCode).toBe(404)
    await upload('three.csv')
    await until('the next is heard', () => states(reader).length > 0)
    expect(states(reader)[0]).toBe('uploaded')
  })

  it('a closing server ends its streams promptly', async () => {
    const app = await createTestApp({ settings: { REDIS_URL: redis.url }, beside: here })
    const reader = await open(await listen(app), user.token)
    await until('it is open', () => reader.heard.length > 0)
    const from = performance.now()
    await app.server.app.close()
    expect(performance.now() - from).toBeLessThan(3_000)
    await until('its end arrives', () => reader.isOver(), 2)
    await app.close()
  })
})
