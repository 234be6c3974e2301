import { expect, test } from 'vitest'
import { frozenClock } from '#testing/frozen-clock.ts'
import { createSecurityBuffer } from './security-buffer.ts'

test('holds so many events and counts the others', async () => {
  const buffer = createSecurityBuffer(frozenClock(), 3)
  for (let index = 0; index < 10; index += 1) buffer.add('denied', { index })
  const written: unknown[] = []
  await buffer.flush(
    async (events, dropped) =>
      void written.push(
        events.map(({ facts }) => facts.index),
        dropped,
      ),
  )
  expect(written).toEqual([[0, 1, 2], 7])
  await buffer.flush(async () => void written.push('nothing is left'))
  expect(written).toHaveLength(2)
})

test('what could not be written stays, and what comes meanwhile is not lost with it', async () => {
  const buffer = createSecurityBuffer(frozenClock(), 2)
  buffer.add('denied', { index: 0 })
  const failure = new Error('the database is away')
  await expect(
    buffer.flush(async () => {
      buffer.add('denied', { index: 1 })
      buffer.add('denied', { index: 2 })
      throw failure
    }),
  ).rejects.toBe(failure)
  const written: unknown[] = []
  await buffer.flush(async (events, dropped) => {
    buffer.add('denied', { index: 3 })
    written.push(
      events.map(({ facts }) => facts.index),
      dropped,
    )
  })
  expect(written).toEqual([[0, 1], 1])
  await buffer.flush(async () => void written.push('the second writing had none of its own'))
  expect(written).toHaveLength(2)
})

test('a flood of one kind leaves room for the others, and ends with the minute', async () => {
  const clock = frozenClock()
  const buffer = createSecurityBuffer(clock, 200, 5)
  for (let index = 0; index < 1_000; index += 1) buffer.add('host_refused', { index })
  buffer.add('sign_in_failed', { index: 1 })
  clock.pass(60)
  buffer.add('host_refused', { index: 2 })
  const written: unknown[] = []
  await buffer.flush(
    async (events, dropped) =>
      void written.push(
        events.map(({ event }) => event),
        dropped,
      ),
  )
  expect(written).toEqual([[...Array(5).fill('host_refused'), 'sign_in_failed', 'host_refused'], 995])
})
