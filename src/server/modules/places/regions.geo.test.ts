import { expect, test } from 'vitest'
import { isPlausiblyInRegion } from './regions.geo.ts'

test.each([
  ['Alabel', '1200000000', 6.1, 125.29],
  ['Zamboanga City', '0900000000', 6.91, 122.07],
  ['Jolo', '0900000000', 6.05, 121.0],
  ['Iligan', '1000000000', 8.23, 124.24],
  ['Davao City', '1100000000', 7.07, 125.61],
  ['Siargao', '1600000000', 9.85, 126.05],
  ['Puerto Princesa', '1700000000', 9.74, 118.74],
  ['Balabac', '1700000000', 7.99, 117.06],
  ['Bongao', '1900000000', 5.03, 119.77],
  ['Marawi', '1900000000', 8.0, 124.29],
  ['Basco', '0200000000', 20.45, 121.97],
  ['Manila', '1300000000', 14.6, 120.98],
])('%s lies in region %s', (_, region, latitude, longitude) => {
  expect(isPlausiblyInRegion(region, latitude, longitude)).toBe(true)
  expect(isPlausiblyInRegion(region, longitude, latitude)).toBe(false)
})

test('Davao is not in Region IX, and the Gulf of Guinea nowhere', () => {
  expect(isPlausiblyInRegion('0900000000', 7.07, 125.61)).toBe(false)
  expect(isPlausiblyInRegion('1200000000', 0, 0)).toBe(false)
})

test('a region without a box is never doubted', () => expect(isPlausiblyInRegion('9900000000', 0, 0)).toBe(true))
