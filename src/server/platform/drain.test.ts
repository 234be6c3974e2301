import { once } from 'node:events'
import { connect } from 'node:net'
import fastify from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { drainOf } from './drain.ts'

const app = fastify()
afterEach(() => app.close())

test('an open stream is told that the process leaves, and holds it up no longer than it likes', async () => {
  const drain = drainOf(app)
  app.get('/stream', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
    reply.raw.write('data: 1\n\n')
    app.leaving.addEventListener('abort', () => reply.raw.end('data: bye\n\n'))
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk) => (heard += chunk))
  socket.write('GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await expect.poll(() => heard).toContain('data: 1')

  const order: string[] = []
  app.leaving.addEventListener('abort', () => order.push('leaving'))
  const over = once(socket, 'close')
  await drain({ gracefulSeconds: 600, closed: async () => void order.push('listens no more') })
  await over
  expect(heard).toContain('data: bye')
  expect(order).toEqual(['listens no more', 'leaving'])
})
