import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { until } from '#testing/peers/peer.ts'
import { beat, Streams, write } from './streams.ts'

it('lets go who reads no more, whether much is written or little, and keeps who reads', async () => {
  const streams = new Streams()
  const server = createServer((request, response: ServerResponse) => {
    response.writeHead(200).flushHeaders()
    streams.add(request.url ?? '', 'session', response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const reader = async (name: string): Promise<IncomingMessage> => {
    const asked = get({ port: (server.address() as AddressInfo).port, path: name, agent: false })
    const [reply] = await once(asked, 'response')
    return reply
  }
  try {
    const reading = await reader('/reads')
    let heard = 0
    reading.on('data', (chunk: Buffer) => (heard += chunk.length))
    for (const name of ['/flooded', '/slowly']) {
      const stalled = await reader(name)
      stalled.on('error', () => {})
      stalled.pause()
    }
    const [read] = streams.of('/reads')
    const [flooded] = streams.of('/flooded')
    const [slowly] = streams.of('/slowly')
    if (!read || !flooded || !slowly) throw new Error('not open')
    const text = `data: ${'x'.repeat(4_000)}\n\n`
    let written = 0
    for (; streams.has('/flooded') && written < 50_000_000; written += text.length) {
      write(flooded, text)
      write(read, text)
      await turn()
    }
    // The sockets of both sides hold some megabytes, the process no more than one.
    expect(streams.has('/flooded')).toBe(false)
    for (let at = 0; slowly.response.writableLength <= 64 * 1024 && at < 50_000; at += 1) {
      write(slowly, text)
      if (at % 10 === 0) await turn()
    }
    expect(streams.has('/slowly')).toBe(true)
    beat(slowly)
    await until('it is let go', () => !streams.has('/slowly'))
    await until('the reader has all', () => heard >= written)
    beat(read)
    expect(streams.size).toBe(1)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
