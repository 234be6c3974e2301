import { once } from 'node:events'
import { Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when this process takes nothing new any more: open streams should end. */
    leaving: AbortSignal
  }
}

export interface DrainOptions {
  /** Called when this process listens no more; resolves when clients may be sent away. */
  closed(): Promise<void>
  gracefulSeconds: number
}

/** A connection that stays unused for so long is closed. */
const idleMs = 5_000
/** Another process that does not stop listening holds this one up no longer. */
const closedMs = 5_000

/**
 * How a web server leaves without failing a request. Neither Fastify's `close()` nor Node's will do: one answers 503, the other
 * cuts kept connections on which a request may be under way. So: stop listening, answer what comes on open connections with
 * `Connection: close`, close those that stay idle, cut what is left after the time of grace.
 */
export function drainOf(app: FastifyInstance): (options: DrainOptions) => Promise<void> {
  const { server } = app
  const leave = new AbortController()
  const sockets = new Set<Socket>()
  app.decorate('leaving', leave.signal)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (leave.signal.aborted) reply.header('connection', 'close')
    done()
  })

  return async ({ closed, gracefulSeconds }) => {
    if (!server.listening) return
    const ended = once(server, 'close')
    Server.prototype.close.call(server)
    await Promise.race([closed(), sleep(closedMs, undefined, { ref: false })])
    leave.abort()
    const closeIdle = (): void => {
      server.closeIdleConnections()
      // Node counts a connection that never sent a byte as busy.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    }
    // In a process that was kept waiting, timers come before what has arrived meanwhile: that is read first.
    const idle = setInterval(() => setImmediate(closeIdle), idleMs)
    const late = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, gracefulSeconds * 1_000)
    await ended
    clearInterval(idle)
    clearTimeout(late)
  }
}
