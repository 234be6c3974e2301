import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { birthOf } from '#server/platform/processes.ts'
import { type Load, startLoad } from '#testing/load.ts'
import { type Command, childrenOf, type Installation, install } from '#testing/peers/installation.ts'
import { accepts, freePort, hostOfPeers, until } from '#testing/peers/peer.ts'
import { createTestDb, type TestDb } from '#testing/test-db.ts'

const clients = 12
let db: TestDb
let place: Installation
let port: number
let load: Load | undefined

beforeAll(async () => {
  db = await createTestDb()
  place = install({})
  expect(await place.run(['build'])).toMatchObject({ code: 0 })
}, 300_000)
afterAll(async () => {
  await place.close()
  await db.close()
})
beforeEach(async () => {
  port = await freePort()
})
const running = new Set<Command>()
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') for (const command of running) process.stdout.write(linesOf(command))
  await load?.stop()
  load = undefined
  for (const command of running) {
    for (const pid of childrenOf(command)) kill(pid, 'SIGCONT')
    command.child.kill('SIGKILL')
    await command.code
  }
  running.clear()
})

/** What it said, without the requests. */
const linesOf = (command: Command): string =>
  command
    .said()
    .split('\n')
    .filter((line) => !line.includes('"msg":"request"'))
    .join('\n')

/** Settings under which nothing but the processes themselves decides what is answered. */
async function serve(settings: Record<string, string> = {}): Promise<Command> {
  const command = place.begin(['serve'], {
    DATABASE_URL: db.url,
    PORT: String(port),
    WEB_CONCURRENCY: '2',
    LOG_LEVEL: 'info',
    RATE_LIMIT_ADDRESS: '0',
    OVERLOAD_DELAY_MS: '0',
    ...settings,
  })
  running.add(command)
  await command.hears(/web ready/)
  return command
}

const address = (path: string) => `http://${hostOfPeers}:${port}${path}`
const begin = (more: Partial<Parameters<typeof startLoad>[0]> = {}): Load =>
  startLoad({ urls: [address('/health/'), address('/'), address('/api/openapi.json')], clients, ...more })
const answered = (): number => [...(load?.answers.values() ?? [])].reduce((sum, count) => sum + count, 0)
/** The load is really there. */
const flows = (): Promise<void> => {
  const before = answered()
  return until('answers come', () => answered() > before + 10 * clients)
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Tells a process that has become ready from one that was only made. */
const readyCount = (command: Command): number =>
  command.log().filter((line) => /^Server listening/.test(String(line.msg))).length
const said = (command: Command, level: number) => command.log().filter((line) => line.level === level)

/** A connection of its own, to say by the byte what a client sends and when. */
async function talk(): Promise<{ socket: Socket; said(): string; isOver(): boolean }> {
  const socket = connect({ host: hostOfPeers, port })
  let text = ''
  let over = false
  socket.on('data', (chunk) => (text += chunk))
  socket.on('error', () => {})
  socket.once('close', () => (over = true))
  await once(socket, 'connect')
  return { socket, said: () => text, isOver: () => over }
}
const half = (length: number): string =>
  `POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{`

describe('a stop', { timeout: 120_000 }, () => {
  test('under load fails no request', async () => {
    const command = await serve()
    load = begin()
    await flows()
    command.child.kill('SIGTERM')
    expect(await command.code).toBe(0)
    await load.stop()
    expect(load.failed).toEqual([])
    expect([...load.answers.keys()]).toEqual([200])
    expect(await accepts(port)).toBe(false)
    expect(said(command, 50)).toEqual([])
  })

  test('says so to load balancers first, goes on serving meanwhile, and lets what has begun end', async () => {
    const command = await serve({ STOP_DELAY: '2' })
    const begun = await talk()
    begun.socket.write(half(2))
    const kept = await talk()
    kept.socket.write('GET /health/ HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await until('an answer', () => kept.said().includes('healthy'))
    expect(kept.said()).toContain('Connection: keep-alive')
    const unused = await talk()
    await expect.poll(async () => (await fetch(address('/ready/'))).status, { timeout: 20_000 }).toBe(200)

    command.child.kill('SIGTERM')
    await until('/ready/ answers 503', async () => (await fetch(address('/ready/'))).status === 503)
    expect((await fetch(address('/health/'))).status).toBe(200)
    await until('new connections are refused', async () => !(await accepts(port)))
    await until('idle connections are closed', () => kept.isOver() && unused.isOver())
    begun.socket.write('}')
    await until('an answer to the half request', () => begun.said().includes('\r\n\r\n'))
    expect(begun.said()).toMatch(/^HTTP\/1\.1 4\d\d [\s\S]*connection: close/i)
    expect(begun.said()).toContain('application/problem+json')
    expect(await command.code).toBe(0)
  })

  test('cuts what does not end within GRACEFUL_TIMEOUT', async () => {
    const command = await serve({ GRACEFUL_TIMEOUT: '1' })
    const { socket, isOver } = await talk()
    socket.write(half(1_000))
    await flowOf(socket)
    command.child.kill('SIGTERM')
    expect(await command.code).toBe(0)
    await until('the connection is cut', isOver)
  })

  test('is hurried by a second signal', async () => {
    const command = await serve({ GRACEFUL_TIMEOUT: '600' })
    const pids = childrenOf(command)
    const { socket } = await talk()
    socket.write(half(1_000))
    await flowOf(socket)
    command.child.kill('SIGTERM')
    await until('new connections are refused', async () => !(await accepts(port)))
    const told = performance.now()
    await until('more than a second has passed', () => performance.now() - told > 1_100)
    command.child.kill('SIGTERM')
    expect(await command.code).toBe(130)
    await until('nothing is left', () => pids.every((pid) => birthOf(pid) === undefined), 10)
  })
})

/** What was written has reached a process: it is asked for more. */
async function flowOf(socket: Socket): Promise<void> {
  await until('the bytes have left', () => socket.writableLength === 0)
  const { socket: other, said: answer } = await talk()
  other.write('GET /health/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await until('an answer beside it', () => answer().includes('healthy'))
}

describe('replacement', { timeout: 180_000 }, () => {
  test('SIGHUP under load: new processes, no failed request', async () => {
    const command = await serve()
    const before = childrenOf(command)
    load = begin()
    await flows()
    command.child.kill('SIGHUP')
    await command.hears(/reload done/, 120)
    await flows()
    await load.stop()
    const after = childrenOf(command)
    expect(after).toHaveLength(2)
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
    expect({ failed: load.failed, refused: load.refused }).toEqual({ failed: [], refused: 0 })
    expect([...load.answers.keys()]).toEqual([200])
  })

  test('after WEB_MAX_REQUESTS under load: no failed request', async () => {
    const command = await serve({ WEB_MAX_REQUESTS: '200' })
    const before = childrenOf(command)
    load = begin()
    await until('both have left', () => before.every((pid) => birthOf(pid) === undefined), 120)
    await flows()
    await load.stop()
    expect({ failed: load.failed, refused: load.refused }).toEqual({ failed: [], refused: 0 })
    expect([...load.answers.keys()]).toEqual([200])
    expect(command.said()).toMatch(/replaced: it has done \d+ requests/)
  })
})

describe('a process that', { timeout: 120_000 }, () => {
  test('is killed under load takes with it what it was answering, no more, and is replaced', async () => {
    const command = await serve()
    load = begin()
    await flows()
    const [victim, other] = childrenOf(command) as [number, number]
    const ready = readyCount(command)
    const at = performance.now()
    kill(victim, 'SIGKILL')
    await until('another is ready', () => readyCount(command) > ready)
    process.stdout.write(`two ready again after ${Math.round(performance.now() - at)} ms\n`)
    await flows()
    await load.stop()
    expect(childrenOf(command)).toContain(other)
    expect(childrenOf(command)).toHaveLength(2)
    expect(load.refused).toBe(0)
    expect(load.failed.length).toBeLessThanOrEqual(clients)
    expect([...load.answers.keys()]).toEqual([200])
    expect(command.said()).toContain('process died (signal SIGKILL)')
  })

  test('stands still is replaced, and the other one answers meanwhile', async () => {
    const command = await serve({ STALL_TIMEOUT: '4' })
    const [victim] = childrenOf(command) as [number]
    kill(victim, 'SIGSTOP')
    let healthy = 0
    const ask = () =>
      fetch(address('/health/'), { headers: { connection: 'close' }, signal: AbortSignal.timeout(1_000) }).then(
        ({ status }) => status === 200,
        () => false,
      )
    await until('the stopped one is killed', async () => {
      if (await ask()) healthy += 1
      return birthOf(victim) === undefined
    })
    expect(healthy).toBeGreaterThan(2)
    expect(command.said()).toContain(`"child":${victim},"msg":"killed: its event loop stood still for 4 s"`)
    await until('two are there', () => childrenOf(command).length === 2 && readyCount(command) > 2)
  })

  test('dies at once again and again waits longer and longer', async () => {
    const command = await serve()
    const [stays] = childrenOf(command) as [number, number]
    const dead = new Set<number>()
    for (let n = 0; n < 6; n += 1) {
      await until('a new one', () => childrenOf(command).some((pid) => pid !== stays && !dead.has(pid)))
      for (const pid of childrenOf(command))
        if (pid !== stays && !dead.has(pid)) {
          dead.add(pid)
          kill(pid, 'SIGKILL')
          await until('it is gone', () => birthOf(pid) === undefined)
        }
      const { status } = await fetch(address('/health/'), { signal: AbortSignal.timeout(10_000) })
      expect(status).toBe(200)
    }
    await until('two pauses', () => said(command, 60).length === 2)
    expect(said(command, 60)).toMatchObject([{ pauseMs: 1_000 }, { pauseMs: 2_000 }])
    await until('two are there', () => childrenOf(command).length === 2)
  })

  test('loses its supervisor ends what it has begun, and ends', async () => {
    const command = await serve()
    const pids = childrenOf(command)
    const begun = await talk()
    begun.socket.write(half(2))
    await flowOf(begun.socket)
    command.child.kill('SIGKILL')
    await until('new connections are refused', async () => !(await accepts(port)))
    begun.socket.write('}')
    await until('an answer', () => begun.said().includes('application/problem+json'))
    await until('nothing is left', () => pids.every((pid) => birthOf(pid) === undefined))
  })
})
