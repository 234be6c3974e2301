import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { noCaddy, startCaddy } from '../src/testing/peers/caddy.ts'
import { noHaproxy, startHaproxy } from '../src/testing/peers/haproxy.ts'
import { noNginx, type ProxyPeer, startNginx } from '../src/testing/peers/nginx.ts'
import { hostOfPeers, until } from '../src/testing/peers/peer.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function upstream(listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener).listen(0, hostOfPeers)
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

interface Answer {
  status: number | undefined
  body: string
}

async function ask(proxy: ProxyPeer, path: string, options: RequestOptions = {}, body?: Buffer): Promise<Answer> {
  const call = request(`${proxy.url}${path}`, { ca: proxy.ca, ...options })
  call.end(body)
  const [response] = await once(call, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, body: text }
}

const starts = {
  nginx: { missing: noNginx, start: (port: number) => startNginx({ upstreamPort: port }) },
  Caddy: { missing: noCaddy, start: (port: number) => startCaddy({ upstreamPort: port }) },
  HAProxy: { missing: noHaproxy, start: (port: number) => startHaproxy({ upstreamPorts: [port] }) },
}

describe.each(Object.entries(starts))('the shipped configuration of %s', (name, { missing, start }) => {
  const begin = async (listener: RequestListener): Promise<ProxyPeer> => {
    const proxy = await start(await upstream(listener))
    closers.unshift(proxy.stop)
    return proxy
  }

  test('ends TLS and says for itself who calls and how', async (context) => {
    context.skip(missing !== undefined, missing)
    let seen: IncomingHttpHeaders = {}
    const proxy = await begin((asked, answer) => {
      if (asked.url === '/') seen = asked.headers
      answer.end('here')
    })
    const lies = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'gopher', Forwarded: 'for=203.0.113.9' }
    await until('the upstream is known to be ready', async () => (await ask(proxy, '/')).status === 200)
    expect(await ask(proxy, '/', { headers: lies })).toEqual({ status: 200, body: 'here' })
    const { host } = new URL(proxy.url)
    expect(seen).toMatchObject({ host, 'x-forwarded-host': host, 'x-forwarded-proto': 'https' })
    expect(seen).toMatchObject({ 'x-forwarded-for': hostOfPeers, 'x-forwarded-port': String(proxy.port) })
    expect(seen.forwarded).toBeUndefined()
    expect(seen['x-request-id']).toMatch(/^[0-9a-f-]{32,36}$/)
  })

  test('sends plain requests to https, keeping method and path', async (context) => {
    context.skip(missing !== undefined, missing)
    const proxy = await begin((_asked, answer) => answer.end())
    const answer = await fetch(`${proxy.plainUrl}/places?q=a`, { method: 'POST', redirect: 'manual' })
    expect(answer.status).toBe(308)
    expect(answer.headers.get('location')).toMatch(/^https:\/\/localhost(:\d+)?\/places\?q=a$/)
  })

  test('passes 100 MB and refuses 111 MB', async (context) => {
    context.skip(missing !== undefined, missing)
    const proxy = await begin(async (asked, answer) => {
      let bytes = 0
      for await (const chunk of asked) bytes += chunk.length
      answer.end(String(bytes))
    })
    await until('the upstream is known to be ready', async () => (await ask(proxy, '/')).status === 200)
    const whole = Buffer.alloc(100 * 1_048_576)
    const answer = await ask(proxy, '/', { method: 'POST', headers: { 'Content-Length': whole.length } }, whole)
    expect(answer).toEqual({ status: 200, body: String(whole.length) })
    // Caddy counts what comes and not what is announced.
    if (name === 'Caddy') return
    const large = { method: 'POST', headers: { 'Content-Length': 111 * 1_048_576 } }
    const refused = request(proxy.url, { ca: proxy.ca, ...large })
    refused.on('error', () => {})
    refused.flushHeaders()
    const [response] = await once(refused, 'response')
    expect(response.statusCode).toBe(413)
    refused.destroy()
  })

  test('hands on each event of a stream when it comes', async (context) => {
    context.skip(missing !== undefined, missing)
    let next = () => {}
    const proxy = await begin((asked, answer) => {
      if (asked.url !== '/api/v1/events') return void answer.end()
      answer.writeHead(200, { 'content-type': 'text/event-stream' })
      answer.write('data: 1\n\n')
      next = () => answer.end('data: 2\n\n')
    })
    await until('the upstream is known to be ready', async () => (await ask(proxy, '/')).status === 200)
    const call = request(`${proxy.url}/api/v1/events`, { ca: proxy.ca }).end()
    const [response] = await once(call, 'response')
    expect(String((await once(response, 'data'))[0])).toBe('data: 1\n\n')
    next()
    expect(String((await once(response, 'data'))[0])).toBe('data: 2\n\n')
  })
})

test('HAProxy takes a server that is not ready out of turn', async (context) => {
  context.skip(noHaproxy !== undefined, noHaproxy)
  let isReady = true
  const [first, second] = [
    await upstream((asked, answer) => answer.writeHead(asked.url === '/ready/' && !isReady ? 503 : 200).end('first')),
    await upstream((_asked, answer) => answer.end('second')),
  ]
  const proxy = await startHaproxy({ upstreamPorts: [first, second] })
  closers.unshift(proxy.stop)
  const both = async () => new Set(await Promise.all([1, 2, 3, 4].map(async () => (await ask(proxy, '/')).body)))
  await until('both serve', async () => (await both()).size === 2)
  isReady = false
  await until('the second alone serves', async () => !(await both()).has('first'))
  expect(await both()).toEqual(new Set(['second']))
})
