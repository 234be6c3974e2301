import { describe, expect, test } from 'vitest'
import { compareNames, formatBytes, formatDay, formatMoment, formatNumber, formatShare, manilaDay } from './formats.ts'

test('an unknown figure is a dash, never a zero', () => {
  expect(formatNumber(null)).toBe('—')
  expect(formatNumber(undefined)).toBe('—')
  expect(formatNumber(0)).toBe('0')
  expect(formatNumber(1234567)).toBe('1,234,567')
})

test('shares have one decimal', () => {
  expect(formatShare(0.02)).toBe('2.0%')
  expect(formatShare(1)).toBe('100.0%')
})

describe('days are those of Manila', () => {
  test.each([
    ['2026-01-02', '02 Jan 2026'],
    ['2026-09-30', '30 Sep 2026'],
    ['', '—'],
    [null, '—'],
  ])('%s is %s', (day, shown) => expect(formatDay(day)).toBe(shown))

  test('a moment late in the evening UTC is the next day in Manila', () => {
    expect(formatMoment('2026-12-31T16:05:00Z')).toBe('01 Jan 2027, 00:05')
    expect(manilaDay('2026-12-31T15:59:59Z')).toBe('2026-12-31')
  })
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [52_428_800, '52.4 MB'],
])('%d bytes are %s', (bytes, shown) => expect(formatBytes(bytes)).toBe(shown))

test('Ñ stands after N', () => {
  expect(['Ñacud', 'Nabunturan', 'Opol', 'Nyog'].sort(compareNames)).toEqual(['Nabunturan', 'Nyog', 'Ñacud', 'Opol'])
})
