import { createServer } from 'node:net'
import type { Config } from '../platform/config.ts'
import { StartError } from '../platform/start-error.ts'

/**
 * @returns the port, or a free one for 0
 * @throws StartError when something listens there already
 */
export function freePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(portProblem(error.code, host, port))))
    probe.listen(port, host, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}

function portProblem(code = '', host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use: stop what runs there, or start with another one: PORT=${port + 1} npm start.`
  if (code === 'EACCES') return `Port ${port} is for root only: choose one from 1024 on, for example PORT=8000.`
  return `OBCMS cannot listen on ${host}:${port} (${code}): set HOST and PORT to an address of this machine.`
}

/** The settings with the port that was found; links in mail lead to it unless `BASE_URL` says otherwise. */
export const onPort = (config: Config, port: number): Config => ({
  ...config,
  port,
  baseUrl: config.baseUrl === `http://localhost:${config.port}` ? `http://localhost:${port}` : config.baseUrl,
})
