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
