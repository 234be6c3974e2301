import { fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Agent, createServer, type IncomingMessage, request } from 'node:http'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { install } from '#testing/peers/installation.ts'
import { freePort } from '#testing/peers/peer.ts'

/**
 * A large file in and out against a plain copy over loopback HTTP in the same run, and many small files.
 * `node bench/uploads.ts [megabytes] [small files] [rounds]`
 */
const megabyte = 1_048_576
const self = fileURLToPath(import.meta.url)

/** The plain copy: a server that writes what comes, flushed before it answers, and sends what is asked. */
async function plainServer(dir: string, port: number): Promise<void> {
  const server = createServer({ requestTimeout: 0 }, async (incoming, answer) => {
    if (incoming.method === 'GET') return void createReadStream(join(dir, 'plain')).pipe(answer)
    await pipeline(incoming, createWriteStream(join(dir, 'plain'), { flush: true }))
    answer.end()
  })
  server.listen(port, '127.0.0.1', () => process.send?.('ready'))
}
if (process.send && process.argv[2] === 'plain') {
  await plainServer(process.argv[3] ?? '', Number(process.argv[4]))
} else {
  const [megabytes = 1_024, files = 10_000, rounds = 3] = process.argv.slice(2).map(Number)
  await bench(megabytes, files, rounds)
}

async function bench(megabytes: number, files: number, rounds: number): Promise<void> {
  const account = { email: 'bench@example.org', password: 'a bench passphrase 42' }
  const [port, plainPort] = [await freePort(), await freePort()]
  const place = install({
    PORT: String(port),
    OBCMS_ADMIN_EMAIL: account.email,
    OBCMS_ADMIN_PASSWORD: account.password,
    LOG_LEVEL: 'error',
    RATE_LIMIT_USER: '0',
    RATE_LIMIT_ADDRESS: '0',
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  let cookie = ''

  interface Sent {
    method?: string
    headers?: Record<string, string | number>
    body?: string | Buffer | (() => NodeJS.ReadableStream)
    sink?: (chunk: Buffer) => void
  }
  const send = (url: string, { method = 'GET', headers = {}, body, sink }: Sent = {}) =>
    new Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>((resolve, reject) => {
      const call = request(url, { method, agent, headers: { ...(cookie && { cookie }), ...headers } }, (reply) => {
        let text = ''
        reply.on('data', (chunk: Buffer) => {
          if (sink) sink(chunk)
          else text += chunk
        })
        reply.on('error', reject)
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text }))
      })
      call.on('error', reject)
      if (typeof body === 'function') body().pipe(call)
      else call.end(body)
    })

  const base = `http://127.0.0.1:${port}`
  const running = place.begin(['start'])
  const plain = fork(self, ['plain', place.dataDir, String(plainPort)])
  try {
    await Promise.all([running.hears(/is ready/, 600), once(plain, 'message')])
    const signedIn = await send(`${base}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(account),
    })
    cookie = signedIn.headers['set-cookie']?.[0]?.split(';')[0] ?? ''

    const tus = { 'tus-resumable': '1.0.0', 'sec-fetch-site': 'same-origin' }
    const meta = (name: string) =>
      ['filename', name, 'intent', JSON.stringify({ record: { type: 'place', id: '1208001001' } })]
        .map((text, at) => (at % 2 ? `${Buffer.from(text).toString('base64')}` : text))
        .reduce((all, text, at) => all + (at === 0 ? '' : at % 2 ? ' ' : ',') + text, '')

    /** A video by its first bytes; a new one for each round, so that nothing is there already. */
    const large = join(place.dataDir, 'large.mp4')
    async function makeLarge(): Promise<void> {
      const file = await open(large, 'w')
      const block = randomBytes(megabyte)
      block.write('\0\0\0\x18ftypisom\0\0\0\0isommp42', 0, 'latin1')
      for (let at = 0; at < megabytes; at += 1) {
        block.writeUInt32LE(at, 64)
        await file.write(block)
      }
      await file.sync()
      await file.close()
    }
    const bytes = megabytes * megabyte
    const source = () => createReadStream(large, { highWaterMark: megabyte })
    const rate = async (work: () => Promise<void>): Promise<number> => {
      const started = performance.now()
      await work()
      return megabytes / ((performance.now() - started) / 1_000)
    }
    const drained = async (url: string) => {
      let got = 0
      const reply = await send(url, {
        sink(chunk) {
          got += chunk.length
        },
      })
      if (reply.status !== 200 || got !== bytes) throw new Error(`${url}: ${reply.status}, ${got} bytes`)
    }

    const rates = { up: [] as number[], plainUp: [] as number[], down: [] as number[], plainDown: [] as number[] }
    for (let round = 0; round < rounds; round += 1) {
      await makeLarge()
      rates.plainUp.push(
        await rate(async () => {
          await send(`http://127.0.0.1:${plainPort}/`, {
            method: 'POST',
            headers: { 'content-length': bytes },
            body: source,
          })
        }),
      )
      let file = ''
      rates.up.push(
        await rate(async () => {
          const made = await send(`${base}/api/v1/uploads`, {
            method: 'POST',
            headers: { ...tus, 'upload-length': bytes, 'upload-metadata': meta(`${round}.mp4`) },
          })
          const sent = await send(`${base}${made.headers.location}`, {
            method: 'PATCH',
            headers: {
              ...tus,
              'upload-offset': 0,
              'content-type': 'application/offset+octet-stream',
              'content-length': bytes,
            },
            body: source,
          })
          file = String(sent.headers['upload-file'] ?? '')
          if (!file) throw new Error(`no file: ${made.status} ${sent.status} ${sent.text}`)
        }),
      )
      rates.plainDown.push(await rate(() => drained(`http://127.0.0.1:${plainPort}/`)))
      rates.down.push(await rate(() => drained(`${base}/api/v1/files/${file}/content`)))
    }

    let next = 0
    const started = performance.now()
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (next < files) {
          const number = next++
          const body = Buffer.from(
            `name,number\n${createHash('sha256').update(String(number)).digest('hex').repeat(30)},${number}\n`,
          )
          const reply = await send(`${base}/api/v1/uploads`, {
            method: 'POST',
            headers: {
              ...tus,
              'upload-length': body.length,
              'upload-metadata': meta(`list-${number}.csv`),
              'content-type': 'application/offset+octet-stream',
              'content-length': body.length,
            },
            body,
          })
          if (reply.status !== 201 || !reply.headers['upload-file']) throw new Error(`${reply.status} ${reply.text}`)
        }
      }),
    )
    const perSecond = files / ((performance.now() - started) / 1_000)

    const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
    const line = (what: string, ours: number[], theirs: number[]) => {
      const share = median(ours.map((value, at) => value / (theirs[at] ?? 1)))
      return `| ${what}, ${megabytes} MB | ${median(ours).toFixed(0)} MB/s | ${median(theirs).toFixed(0)} MB/s | ${(share * 100).toFixed(0)} % (≥ 60) |`
    }
    const [cpu] = cpus()
    console.log(
      [
        `${cpus().length} × ${cpu?.model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}; median of ${rounds}`,
        '',
        '| what | OBCMS | plain copy over loopback HTTP | share |',
        '|---|---|---|---|',
        line('upload', rates.up, rates.plainUp),
        line('download', rates.down, rates.plainDown),
        '',
        `${files} files of 2 kB, each one request, 16 at a time: ${perSecond.toFixed(0)}/s (≥ 200)`,
      ].join('\n'),
    )
  } finally {
    plain.kill()
    await place.close()
  }
}
