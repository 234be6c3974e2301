import { expect, test } from 'vitest'
import { areaPath, linePath, roundAbove, stretches } from './time-chart.rules.ts'

test.each([
  [0, 1],
  [0.03, 0.05],
  [0.3, 0.5],
  [1, 1],
  [1.2, 2],
  [347, 500],
  [501, 1000],
])('the scale of %d ends at %d', (value, top) => expect(roundAbove(value)).toBeCloseTo(top))

test('a line breaks where nothing was measured, and a lone value is a dot', () => {
  const values = [0, 5, null, 10, null, null, 5, 5]
  expect(stretches(values)).toEqual([
    [0, 1],
    [3, 3],
    [6, 7],
  ])
  expect(linePath(values, 10)).toBe('M0 100.00L1 50.00M3 0.00h0.01M6 50.00L7 50.00')
  expect(areaPath(values, 10)).toBe('M0 100.00L1 50.00L1 100L0 100ZM6 50.00L7 50.00L7 100L6 100Z')
  expect(linePath([null, null], 10)).toBe('')
})
