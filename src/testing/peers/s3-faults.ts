import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { S3Settings } from '#server/platform/config.ts'
import { freePort, hostOfPeers } from './peer.ts'
import type { S3Peer } from './s3.ts'

/** What goes wrong with one request. */
export type Fault =
  /** An answer of S3 in place of the real one. */
  | { kind: 'answer'; status: number; code: string }
  /** Never answers. */
  | { kind: 'silence' }
  /** Both ways, in pieces. */
  | { kind: 'slow'; bytesPerSecond: number }
  /** The connection is gone after so many bytes of a body. */
  | { kind: 'close-request' | 'close-reply'; after: number }
  /** One bit of this byte of a body is another. */
  | { kind: 'alter-request' | 'alter-reply'; at: number }

export interface AskedOfS3 {
  method: string
  /** Path and query. */
  url: string
}

/** A line to the bucket that goes wrong as a test says. */
export interface FaultyS3 {
  /** Of the bucket through this line. */
  settings: S3Settings
  env: Record<string, string>
  /** Asked for each request; undefined: all is well. */
  faultOf(asked: AskedOfS3): Fault | undefined
  /** All that came so far. */
  asked: AskedOfS3[]
  /** Nobody listens there any more, and open connections are cut. */
  refuse(): Promise<void>
  accept(): Promise<void>
  close(): Promise<void>
}

class Damage extends Transform {
  #passed = 0
  readonly #fault: Fault | undefined
  readonly #cut: () => void

  /** @param fault undefined: lets all through. @param cut called when the connection must go */
  constructor(fault: Fault | undefined, cut: () => void) {
    super()
    this.#fault = fault
    this.#cut = cut
  }

  override async _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
    const fault = this.#fault
    const from = this.#passed
    this.#passed += chunk.length
    if (fault?.kind === 'slow') await sleep((chunk.length / fault.bytesPerSecond) * 1_000)
    if (fault && 'after' in fault && this.#passed > fault.after) {
      this.push(chunk.subarray(0, Math.max(0, fault.after - from)))
      // What was let through arrives first.
      setTimeout(this.#cut, 20)
      return
    }
    if (fault && 'at' in fault && fault.at >= from && fault.at < this.#passed) {
      const altered = Buffer.from(chunk)
      altered[fault.at - from] = (altered[fault.at - from] ?? 0) ^ 1
      done(null, altered)
      return
    }
    done(null, chunk)
  }
}

export async function startFaultyS3({ settings, env, port: upstream }: S3Peer): Promise<FaultyS3> {
  const port = await freePort()
  const agent = new Agent({ keepAlive: true })
  const endpoint = `http://${hostOfPeers}:${port}`

  async function forward(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const asked = { method: from.method ?? '', url: from.url ?? '' }
    line.asked.push(asked)
    const fault = line.faultOf(asked)
    const cut = () => from.socket.destroy()
    if (fault?.kind === 'silence') return
    if (fault?.kind === 'answer') {
      from.resume()
      to.writeHead(fault.status, { 'content-type': 'application/xml' })
      to.end(`<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>${fault.code} it is</Message></Error>`)
      return
    }
    const both = fault?.kind === 'slow' ? fault : undefined
    const there = request({
      host: hostOfPeers,
      port: upstream,
      agent,
      method: asked.method,
      path: asked.url,
      headers: from.headers,
    })
    const sending = pipeline(from, new Damage(fault?.kind.endsWith('-request') ? fault : both, cut), there).catch(() =>
      there.destroy(),
    )
    const [reply] = (await once(there, 'response')) as [IncomingMessage]
    to.writeHead(reply.statusCode ?? 500, reply.rawHeaders)
    await pipeline(reply, new Damage(fault?.kind.endsWith('-reply') ? fault : both, cut), to)
    await sending
  }

  const server = createServer((from, to) => {
    forward(from, to).catch(() => from.socket.destroy())
  })
  const line: FaultyS3 = {
    settings: { ...settings, endpoint },
    env: { ...env, AWS_S3_ENDPOINT_URL: endpoint },
    faultOf: () => undefined,
    asked: [],
    async refuse() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
    async accept() {
      server.listen(port, hostOfPeers)
      await once(server, 'listening')
    },
    async close() {
      if (server.listening) await line.refuse()
      agent.destroy()
    },
  }
  await line.accept()
  return line
}
