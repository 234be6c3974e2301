import { expect, test } from 'vitest'
import { areaPath, dotPath, hourMarks, linePath, roundAbove, stretches, topOf } from './time-chart.rules.ts'

test.each([
  [0, 1],
  [0.03, 0.03],
  [0.35, 0.4],
  [1, 1],
  [1.2, 1.5],
  [347, 400],
  [511, 600],
  [801, 1000],
])('the scale of %d ends at %d', (value, top) => expect(roundAbove(value)).toBeCloseTo(top))

test.each([
  [0, 2],
  [1, 2],
  [3, 4],
  [47, 60],
])('the scale of %d counted things ends at %d', (most, top) => expect(topOf(most, true)).toBe(top))

test('marks of every sixth hour lie where that hour is', () => {
  const clock = ['22:55', '23:05', '23:55', '00:05', '00:15', '05:55', '06:00']
  expect(hourMarks(clock)).toEqual([{ at: 2.5 / 6, label: '00:00' }])
  expect(hourMarks(['11:50', '12:00', '12:10'])).toEqual([{ at: 0.5, label: '12:00' }])
})

test('a line breaks where nothing was measured, and a lone value is a dot', () => {
  const values = [0, 5, null, 10, null, null, 5, 5]
  expect(stretches(values)).toEqual([
    [0, 1],
    [3, 3],
    [6, 7],
  ])
  expect(linePath(values, 10)).toBe('M0 100.00L1 50.00M6 50.00L7 50.00')
  expect(dotPath(values, 10)).toBe('M3 0.00h0.01')
  expect(areaPath(values, 10)).toBe('M0 100.00L1 50.00L1 100L0 100ZM6 50.00L7 50.00L7 100L6 100Z')
  expect(linePath([null, null], 10)).toBe('')
})
