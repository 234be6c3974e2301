import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Upload, type UploadOptions } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keptFileName } from '#server/platform/file-names.ts'
import { type Answer, ask } from '#testing/ask.ts'
import { createEmptyDb, type EmptyDb } from '#testing/empty-db.ts'
import { type Command, childrenOf, type Installation, install } from '#testing/peers/installation.ts'
import { accepts, freePort, hostOfPeers, until } from '#testing/peers/peer.ts'
import { noRedis, type RedisPeer, startRedis } from '#testing/peers/redis.ts'

const account = { email: 'admin@example.org', password: 'a long enough passphrase 7' }
const mb = 1_048_576
const place = '1208001001'

/** The volume of both servers: small, so that it can be filled. */
function mountSmall(path: string): boolean {
  mkdirSync(path, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(noRedis)(noRedis ?? 'uploads to two servers with one volume', { timeout: 180_000 }, () => {
  let database: EmptyDb
  let redis: RedisPeer
  let office: Installation
  let volume: string
  let isMounted = false
  const ports: number[] = []
  const webs: Command[] = []
  let worker: Command
  let cookie: string

  const serve = async (which: number): Promise<void> => {
    webs[which] = office.begin(['serve'], { PORT: String(ports[which]) })
    await webs[which].hears(/web ready/)
  }
  const kill = async (which: number): Promise<void> => {
    const web = webs[which]
    if (!web) return
    for (const pid of [web.child.pid ?? 0, ...childrenOf(web)]) process.kill(pid, 'SIGKILL')
    await web.code
    await until('the port is free', async () => !(await accepts(ports[which] ?? 0)))
  }

  beforeAll(async () => {
    database = await createEmptyDb()
    redis = await startRedis()
    ports.push(await freePort(), await freePort())
    office = install({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      WEB_CONCURRENCY: '1',
      FILE_RESERVE_MB: '8',
      RATE_LIMIT_USER: '0',
      RATE_LIMIT_ADDRESS: '0',
      OVERLOAD_DELAY_MS: '0',
      OBCMS_ADMIN_PASSWORD: account.password,
    })
    volume = join(office.dataDir, 'files')
    isMounted = mountSmall(volume)
    for (const args of [['build'], ['migrate'], ['users', 'create-admin', '--email', account.email]])
      expect((await office.run(args)).code).toBe(0)
    await Promise.all([serve(0), serve(1)])
    worker = office.begin(['worker'])
    await worker.hears(/worker ready/)
    const signedIn = await ask(url(0, '/api/v1/session'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(account),
    })
    cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? ''
  }, 240_000)
  afterAll(async () => {
    for (const command of [worker, ...webs]) command?.child.kill('SIGTERM')
    await Promise.all([worker, ...webs].map((command) => command?.code))
    if (isMounted) execFileSync('umount', ['-l', volume])
    await office?.close()
    await redis?.stop()
    await database?.drop()
  })

  const url = (which: number, path: string): string => `http://localhost:${ports[which]}${path}`
  const headers = () => ({ cookie, 'sec-fetch-site': 'same-origin' })
  const get = (path: string, which = 0): Promise<Answer> => ask(url(which, path), { headers: headers() })
  const jpeg = (bytes: number): Buffer =>
    Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), randomBytes(bytes - 10)])
  const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

  /** By tus-js-client, as browsers send. @returns the address of the upload */
  function send(content: Buffer, name: string, options: Partial<UploadOptions> = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const upload: Upload = new Upload(content, {
        endpoint: url(0, '/api/v1/uploads'),
        retryDelays: Array.from({ length: 60 }, (_, at) => Math.min(50 * at, 500)),
        metadata: { filename: name, intent: JSON.stringify({ record: { type: 'place', id: place } }) },
        headers: { ...headers(), 'idempotency-key': randomBytes(16).toString('hex') },
        onError: reject,
        onSuccess: () => resolve(new URL(upload.url ?? '').pathname),
        ...options,
      })
      upload.start()
    })
  }

  async function fileOf(path: string, which = 0): Promise<string> {
    let fileId: string | null = null
    await until(
      `${path} is a file`,
      async () => {
        const seen = (await get(`${path}/state`, which)).json<{
          state: string
          refusal: string
          fileId: string | null
        }>()
        if (seen.state === 'refused') throw new Error(seen.refusal)
        fileId = seen.fileId
        return seen.state === 'kept'
      },
      120,
    )
    return fileId ?? ''
  }
  const shaOf = async (path: string): Promise<string> =>
    (await get(`/api/v1/files/${await fileOf(path)}`)).json<{ sha256: string }>().sha256
  const countOf = async (name: string): Promise<number> =>
    (await get(`/api/v1/files?q=${encodeURIComponent(name)}`)).json<{ total: number }>().total
  const staged = (): string[] => readdirSync(join(volume, 'uploads'))

  /** Begins an upload by hand. @returns its path */
  async function begin(bytes: number, name: string, which = 0): Promise<string> {
    const made = await ask(url(which, '/api/v1/uploads'), {
      method: 'POST',
      headers: {
        ...headers(),
        'tus-resumable': '1.0.0',
        'upload-length': String(bytes),
        'upload-metadata': `filename ${Buffer.from(name).toString('base64')},intent ${Buffer.from(
          JSON.stringify({ record: { type: 'place', id: place } }),
        ).toString('base64')}`,
      },
    })
    expect(made.status, made.body).toBe(201)
    return String(made.headers.location)
  }
  const tusHeaders = (offset: number) => ({
    ...headers(),
    'tus-resumable': '1.0.0',
    'upload-offset': String(offset),
    'content-type': 'application/offset+octet-stream',
  })
  const offsetOf = async (path: string, which = 0): Promise<number> => {
    const answer = await ask(url(which, path), { method: 'HEAD', headers: tusHeaders(0) })
    expect(answer.status).toBe(200)
    return Number(answer.headers['upload-offset'])
  }
  const append = (path: string, offset: number, body: Buffer, which = 0): Promise<Answer> =>
    ask(url(which, path), { method: 'PATCH', headers: tusHeaders(offset), body })

  /** A PATCH of which only the beginning is sent at first. */
  function half(path: string, offset: number, whole: Buffer, which = 0) {
    const call = request(url(which, path), {
      method: 'PATCH',
      agent: false,
      headers: { ...tusHeaders(offset), 'content-length': whole.length },
    })
    const answer = once(call, 'response').then(([response]) => response.resume().statusCode as number)
    answer.catch(() => {})
    call.on('error', () => {})
    call.write(whole.subarray(0, whole.length / 2))
    return { rest: () => void call.end(whole.subarray(whole.length / 2)), answer, call }
  }

  test('forty photos at once over a line that breaks again and again all arrive, each once', async () => {
    const sockets = new Set<Socket>()
    let cuts = 0
    const line: Server = createServer((near) => {
      const far = connect(ports[Math.random() < 0.5 ? 0 : 1] ?? 0, hostOfPeers)
      let left = Math.random() < 0.5 ? 20_000 + Math.random() * 300_000 : Number.POSITIVE_INFINITY
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket.on('error', () => {})
        socket.once('close', () => {
          sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      near.on('data', (chunk) => {
        left -= chunk.length
        if (left > 0) return void far.write(chunk)
        cuts += 1
        near.destroy()
      })
      far.pipe(near)
    }).listen(0, hostOfPeers)
    await once(line, 'listening')
    const address = line.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const photos = Array.from({ length: 40 }, () => jpeg(150_000 + Math.floor(Math.random() * 250_000)))
    const paths = await Promise.all(
      photos.map((photo, at) =>
        send(photo, `larawan ${at} piñan 📷.jpg`, { endpoint: `http://localhost:${port}/api/v1/uploads` }),
      ),
    )
    line.close()
    for (const socket of sockets) socket.destroy()
    expect(cuts).toBeGreaterThan(5)
    for (const [at, path] of paths.entries()) expect(await shaOf(path)).toBe(sha256(photos[at] as Buffer))
    expect(await countOf('larawan')).toBe(40)
    expect(staged()).toEqual([])
  })

  test('a server killed in mid-part loses nothing it acknowledged; the upload goes on at the other', async () => {
    const photo = jpeg(6 * mb)
    const path = await begin(photo.length, 'killed.jpg')
    expect((await append(path, 0, photo.subarray(0, 2 * mb))).status).toBe(204)
    const sending = half(path, 2 * mb, photo.subarray(2 * mb))
    await until('more of it is on the volume', async () => {
      const row = await database.query<{ bytes: number }>(
        'SELECT received::int AS bytes FROM uploads WHERE lease_token IS NOT NULL',
      )
      return row.length === 1
    })
    await sleep(300)
    await kill(0)
    sending.call.destroy()
    const offset = await offsetOf(path, 1)
    expect(offset).toBeGreaterThanOrEqual(2 * mb)
    expect((await append(path, offset, photo.subarray(offset), 1)).headers['upload-file']).toBeTruthy()
    await serve(0)
    expect(await shaOf(path)).toBe(sha256(photo))
  })

  test.each([0, 8, 25, 60])('killed %i ms after the last byte was sent, it is one file', async (ms) => {
    const photo = jpeg(12 * mb)
    const name = `ended${ms}.jpg`
    const path = await begin(photo.length, name)
    await append(path, 0, photo.subarray(0, 11 * mb))
    const sending = half(path, 11 * mb, photo.subarray(11 * mb))
    sending.rest()
    await sleep(ms)
    await kill(0)
    await serve(0)
    // As the client does that got no answer.
    const offset = await offsetOf(path)
    if (offset < photo.length) expect((await append(path, offset, photo.subarray(offset))).status).toBe(204)
    expect(await shaOf(path)).toBe(sha256(photo))
    expect(await countOf(name)).toBe(1)
  })

  test('a client that was closed goes on where it was; who asks elsewhere is told to wait for nobody', async () => {
    const photo = jpeg(4 * mb)
    const first = await new Promise<string>((resolve) => {
      const upload: Upload = new Upload(photo, {
        endpoint: url(0, '/api/v1/uploads'),
        chunkSize: mb,
        metadata: { filename: 'closed.jpg', intent: JSON.stringify({ record: { type: 'place', id: place } }) },
        headers: headers(),
        onChunkComplete: async () => {
          await upload.abort()
          resolve(upload.url ?? '')
        },
      })
      upload.start()
    })
    const sizes: number[] = []
    const path = await send(photo, 'closed.jpg', {
      uploadUrl: first.replace(String(ports[0]), String(ports[1])),
      chunkSize: mb,
      onProgress: (sent) => void sizes.push(sent),
    })
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(mb)
    expect(await shaOf(path)).toBe(sha256(photo))
  })

  test('a part that hangs on one server yields to the next one on the other', async () => {
    const photo = jpeg(4 * mb)
    const path = await begin(photo.length, 'hangs.jpg')
    const hanging = half(path, 0, photo)
    await until(
      'it holds the upload',
      async () =>
        (await database.query("SELECT 1 FROM uploads WHERE name = 'hangs.jpg' AND lease_token IS NOT NULL")).length ===
        1,
    )
    await sleep(500)
    const started = performance.now()
    const offset = await offsetOf(path, 1)
    expect(performance.now() - started).toBeLessThan(8_000)
    expect((await append(path, offset, photo.subarray(offset), 1)).status).toBe(204)
    hanging.call.destroy()
    expect(await shaOf(path)).toBe(sha256(photo))
  })

  test('the same photo by two people at once is kept once', async () => {
    const photo = jpeg(3 * mb)
    const paths = await Promise.all(
      [0, 1].map((which) => send(photo, 'twins.jpg', { endpoint: url(which, '/api/v1/uploads') })),
    )
    const files = await Promise.all(paths.map((path) => fileOf(path)))
    expect(new Set(files).size).toBe(2)
    const copies = await database.query('SELECT 1 FROM object_copies WHERE sha256 = $1', [sha256(photo)])
    expect(copies).toHaveLength(1)
  })

  test.each([
    'الصورة\u200f ١.jpg',
    '\u202egpj.exe.jpg',
    '👨‍👩‍👧‍👦🇵🇭.jpg',
    '../../../etc/passwd.jpg',
    `${'ñ'.repeat(300)}.jpg`,
    '"; filename="x.html.jpg',
    'CON.jpg',
    ' . .jpg',
  ])('the name %j is kept as a name and nothing else', async (name) => {
    const photo = jpeg(2_000)
    const fileId = await fileOf(await send(photo, name, { uploadDataDuringCreation: true }))
    const seen = (await get(`/api/v1/files/${fileId}`)).json<{ name: string }>().name
    expect(seen).toBe(keptFileName(name))
    const content = await get(`/api/v1/files/${fileId}/content?download=true`)
    expect(content.status).toBe(200)
    expect(String(content.headers['content-disposition'])).toContain(`filename*=UTF-8''`)
    expect(
      readdirSync(volume, { recursive: true })
        .map(String)
        .filter((path) => path.includes('jpg')),
    ).toEqual([])
  })

  test('a volume that fills in mid-part loses nothing, keeps everything else working and goes on when there is room', async (context) => {
    if (!isMounted) context.skip('only root may mount a small volume')
    const photo = jpeg(20 * mb)
    const path = await begin(photo.length, 'full.jpg')
    expect((await append(path, 0, photo.subarray(0, 4 * mb))).status).toBe(204)
    const sending = half(path, 4 * mb, photo.subarray(4 * mb))
    await sleep(300)
    const ballast = join(volume, 'ballast')
    try {
      writeFileSync(ballast, Buffer.alloc(200 * mb))
    } catch {
      // That was the aim.
    }
    sending.rest()
    expect(await sending.answer).toBe(507)
    const offset = await offsetOf(path)
    expect(offset).toBeGreaterThanOrEqual(4 * mb)
    const again = await append(path, offset, photo.subarray(offset))
    expect(again.json()).toMatchObject({ status: 507, code: 'storage_full' })
    const refused = await ask(url(1, '/api/v1/uploads'), {
      method: 'POST',
      headers: {
        ...headers(),
        'tus-resumable': '1.0.0',
        'upload-length': '5',
        'upload-metadata': `filename YS5jc3Y=,intent ${Buffer.from(JSON.stringify({ record: { type: 'place', id: place } })).toString('base64')}`,
      },
    })
    expect(refused.json()).toMatchObject({ code: 'storage_full' })
    expect((await get('/api/v1/upload-room')).json()).toMatchObject({ full: true })
    expect((await get('/api/v1/communities')).status).toBe(200)
    rmSync(ballast)
    expect((await append(path, offset, photo.subarray(offset))).status).toBe(204)
    expect(await shaOf(path)).toBe(sha256(photo))
  })
})
