import fc from 'fast-check'
import { expect, test } from 'vitest'
import { neutralise, restore } from './formulas.ts'

test.each([
  '=1+1',
  '+63 917',
  '-2',
  '@SUM(A1)',
  '\tx',
  '\rx',
  '  =cmd()',
  '\u00a0=cmd()',
  '\u200b=cmd()',
  '＝cmd()',
  '＋1',
  '－1',
  '＠x',
  "'=1",
])('%j is made harmless', (text) => {
  expect(neutralise(text)).toBe(`'${text}`)
})

test.each(['', 'Sitio Bato', "'Idjang", "Barangay '=x", '5-6', 'a=b', '  Sto. Niño'])('%j stays as it is', (text) => {
  expect(neutralise(text)).toBe(text)
  expect(restore(text)).toBe(text)
})

const spiky = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', ' ', '\t', '\r', '\n', '＝', '\u200b', 'a', '1') }),
)

test('what was made harmless is restored exactly, twice over too', () => {
  fc.assert(
    fc.property(spiky, (text) => {
      expect(restore(neutralise(text))).toBe(text)
      expect(restore(restore(neutralise(neutralise(text))))).toBe(text)
      expect(neutralise(text)).not.toMatch(/^\s*[=+\-@]/)
    }),
    { numRuns: 2000 },
  )
})
