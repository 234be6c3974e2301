import { expect, test, vi } from 'vitest'
import { repeat } from './repeat.ts'

test('goes on until it is stopped, never twice at once, and stopping waits for what has begun', async () => {
  let [running, most, times] = [0, 0, 0]
  let ended = Promise.withResolvers<void>()
  const stop = repeat(
    () => 1,
    async () => {
      running += 1
      times += 1
      most = Math.max(most, running)
      await ended.promise
      running -= 1
    },
  )
  await vi.waitFor(() => expect(running).toBe(1))
  ended.resolve()
  await vi.waitFor(() => expect(times).toBeGreaterThan(2))
  ended = Promise.withResolvers()
  await vi.waitFor(() => expect(running).toBe(1))
  const stopped = stop()
  ended.resolve()
  await stopped
  expect([running, most]).toEqual([0, 1])
  const before = times
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(times).toBe(before)
})
