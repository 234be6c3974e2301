import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask } from '#testing/ask.ts'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { type Command, childrenOf, type Installation, install } from '#testing/peers/installation.ts'
import { freePort, until } from '#testing/peers/peer.ts'

let database: EmptyDb
const account = { email: 'admin@example.org', password: 'a long enough passphrase 7' }
let place: Installation
let web: Command
let port: number
let cookie: string

const url = (path: string) => `http://localhost:${port}${path}`

async function start(): Promise<void> {
  web = place.begin(['serve'])
  await web.hears(/web ready/)
}

beforeAll(async () => {
  database = await createEmptyDb()
  port = await freePort()
  place = install({
    DATABASE_URL: database.url,
    PORT: String(port),
    WEB_CONCURRENCY: '1',
    OBCMS_ADMIN_PASSWORD: account.password,
  })
  for (const args of [['build'], ['migrate'], ['users', 'create-admin', '--email', account.email]])
    expect((await place.run(args)).code).toBe(0)
  await start()
  const signedIn = await ask(url('/api/v1/session'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? ''
}, 180_000)
afterAll(async () => {
  await place?.close()
  await database?.drop()
})

const filesBelow = (folder: string) =>
  readdirSync(join(place.dataDir, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
/** On the volume for good. */
const kept = () => filesBelow('files')
const underWay = () => filesBelow('spool').length

const head = '--edge\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n\r\n'
const rows = 'Name,PSGC\nPurok One,1208001001\n'
const upload = () =>
  ask(url('/api/v1/imports'), {
    method: 'POST',
    headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'multipart/form-data; boundary=edge' },
    body: `${head}${rows}\r\n--edge--\r\n`,
  })

test('an upload is on the volume whole, and given out only to who may see it', async () => {
  const sent = await upload()
  expect(sent.status).toBe(201)
  expect(kept()).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  const { id } = sent.json<{ id: string }>()
  expect((await ask(url(`/api/v1/imports/${id}`))).status).toBe(401)
  for (const path of ['/files', '/media', `/var/files/${kept()[0]}`, `/${kept()[0]}`]) {
    const answer = await ask(url(path))
    expect(answer.body).not.toContain('Purok One')
  }
})

test('the same file twice is kept once', async () => {
  const before = kept()
  expect((await upload()).status).toBe(201)
  expect(kept()).toEqual(before)
})

test('a server killed in mid-upload leaves nothing that counts as a file', async () => {
  const before = kept()
  const sending = request(url('/api/v1/imports'), {
    method: 'POST',
    agent: false,
    headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'multipart/form-data; boundary=edge' },
  })
  sending.on('error', () => {})
  sending.write(`${head}${rows.repeat(10_000)}`)
  await until('it is being written', () => underWay() > 0)
  for (const pid of [web.child.pid ?? 0, ...childrenOf(web)]) process.kill(pid, 'SIGKILL')
  await web.code
  sending.destroy()
  expect(kept()).toEqual(before)
  await until('the port is free', async () => {
    try {
      await ask(url('/health/'))
      return false
    } catch {
      return true
    }
  })
  await start()
  expect((await upload()).status).toBe(201)
})

test('a bucket is refused while its settings are incomplete', async () => {
  const { code, said } = await place.run(['serve'], { USE_S3: '1' })
  expect([code, said]).toEqual([1, expect.stringContaining('USE_S3 needs AWS_ACCESS_KEY_ID')])
})
