import { expect, test } from 'vitest'
import { digits, flag, listOf, localAddress, oneOf, searchOf, text } from './routing.ts'

const read = searchOf({
  q: text,
  place: digits,
  status: listOf(['confirmed', 'presumed']),
  sort: oneOf(['name', '-name']),
  archived: flag,
})

test('an address gives what it means and drops what it cannot mean', () => {
  expect(
    read({
      q: 'ali',
      place: '0908400000',
      status: 'presumed,nonsense,confirmed',
      sort: 'shoe',
      archived: 'yes',
      other: 'x',
    }),
  ).toEqual({ q: 'ali', place: '0908400000', status: 'presumed,confirmed' })
  expect(read({ q: ['a'], place: 12 })).toEqual({})
})

test.each([
  ['/communities?status=confirmed', '/communities?status=confirmed'],
  ['//evil.example', undefined],
  ['/\\evil.example', undefined],
  ['https://evil.example', undefined],
  ['javascript:alert(1)', undefined],
  ['', undefined],
])('a way back to %s', (given, kept) => expect(localAddress(given)).toBe(kept))
