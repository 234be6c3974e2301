import { expect, it } from 'vitest'
import { type Coding, chooseCoding, codings } from './content-coding.ts'

const plain: readonly Coding[] = ['identity']

it.each<[string | undefined, Coding | undefined]>([
  [undefined, 'identity'],
  ['', 'identity'],
  ['br', 'br'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['zstd, gzip', 'zstd'],
  ['deflate', 'identity'],
  ['brotli', 'identity'],
  ['br;q=0', 'identity'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0.0,gzip;q=0.001', 'gzip'],
  ['br ; q=0.5 , gzip ; Q=0.9', 'gzip'],
  ['gzip;q=0.5', 'gzip'],
  ['identity, br', 'br'],
  ['identity;q=1, br;q=0.5', 'identity'],
  ['identity;q=0, gzip', 'gzip'],
  ['identity;q=0', undefined],
  ['*', 'br'],
  ['*;q=0', undefined],
  ['*;q=0, identity', 'identity'],
  ['*;q=0, gzip', 'gzip'],
  ['br;q=0, *', 'zstd'],
  ['br;q=0, *;q=0.3, identity;q=0.9', 'identity'],
  ['br;q=high', 'identity'],
  ['br;q=1.5', 'identity'],
  ['br;q=-1, gzip', 'gzip'],
  [', ,br,', 'br'],
])('Accept-Encoding “%s” gets %s', (header, coding) => {
  expect(chooseCoding(header, codings)).toBe(coding)
})

it.each<[string, Coding | undefined]>([
  ['br', 'identity'],
  ['*', 'identity'],
  ['identity;q=0, br', undefined],
  ['identity;q=0.1', 'identity'],
])('“%s” gets %s where there is no compressed copy', (header, coding) => {
  expect(chooseCoding(header, plain)).toBe(coding)
})
