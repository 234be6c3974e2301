import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '#testing/ask.ts'
import { type Command, childrenOf, type Installation, install } from '#testing/peers/installation.ts'
import { freePort, hostOfPeers, until } from '#testing/peers/peer.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'

const crowd = 10_000
const limit =
  Number(execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()) || Number.POSITIVE_INFINITY
const missing =
  limit < crowd + 1_000
    ? `a process may open ${limit} files here, and the crowd is ${crowd} (ulimit -n 65536)`
    : undefined

let db: TestDb
let place: Installation
let web: Command
let port: number
const url = (path: string) => `http://${hostOfPeers}:${port}${path}`

beforeAll(async () => {
  db = await createTestDb()
  port = await freePort()
  place = install({ DATABASE_URL: db.url, PORT: String(port), WEB_CONCURRENCY: '2' })
  expect((await place.run(['build'])).code).toBe(0)
  web = place.begin(['serve'])
  await web.hears(/web ready/)
}, 180_000)
afterAll(async () => {
  await place.close()
  await db.close()
})

test('the figures are those of both processes, whichever is asked', async () => {
  const route = '/api/v1/registrations/organisations'
  // A connection each, so that both get some.
  for (let turn = 0; turn < 60; turn += 1) expect((await ask(url(route))).status).toBe(200)
  for (let turn = 0; turn < 10; turn += 1) {
    const { body } = await ask(url('/metrics'))
    expect(body).toContain(`obcms_http_request_duration_seconds_count{method="GET",route="${route}",status="200"} 60`)
  }
})

describe.skipIf(missing)(missing ?? 'a crowd that says nothing', () => {
  test(`${crowd} idle connections harm nobody`, { timeout: 120_000 }, async () => {
    const sockets: Socket[] = []
    const children = childrenOf(web)
    try {
      while (sockets.length < crowd) {
        const more = Array.from({ length: 250 }, () => connect({ host: hostOfPeers, port }))
        for (const socket of more) socket.on('error', () => {})
        await Promise.all(more.map((socket) => once(socket, 'connect')))
        sockets.push(...more)
      }
      for (let turn = 0; turn < 20; turn += 1) {
        expect((await ask(url('/health/'))).status).toBe(200)
        expect((await ask(url('/api/v1/registrations/organisations'))).status).toBe(200)
      }
      expect(childrenOf(web)).toEqual(children)
    } finally {
      for (const socket of sockets) socket.destroy()
    }
    await until('it answers as before', async () => (await ask(url('/ready/'))).status === 200)
  })
})
