import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { endProcess } from './processes.ts'

test('a process that ignores the first signal is ended by the next', async () => {
  const stubborn = spawn('/bin/sh', ['-c', 'trap "" INT; echo ready; while :; do sleep 0.1; done'])
  await once(stubborn.stdout, 'data')
  expect(await endProcess(stubborn.pid as number, [['SIGINT', 200]])).toBe(false)
  expect(
    await endProcess(stubborn.pid as number, [
      ['SIGINT', 100],
      ['SIGKILL', 2_000],
    ]),
  ).toBe(true)
})
