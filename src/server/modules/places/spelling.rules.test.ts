import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allowedMistakes, keyOf, mistakesBetween, readName } from './spelling.rules.ts'

describe('one key for the spellings of a name', () => {
  test.each([
    ['City of Sto. Tomas', 'Santo Tomás City'],
    ['Brgy. Pob.', 'Poblacion'],
    ['Barangay IV (Pob.)', 'Bgy. No. 4 Poblacion'],
    ['Ba-ao', 'ba ao'],
    ['Las Piñas', 'LAS PINAS'],
    ['T’boli', "T'Boli"],
    ['Sta. Cruz', 'Santa  Cruz'],
    ['Gen. Santos', 'City of General Santos'],
    ['Region IX (Zamboanga Peninsula)', 'region 9 - Zamboanga Peninsula'],
  ])('%s is %s', (a, b) => expect(keyOf(a)).toBe(keyOf(b)))

  test.each([
    ['Zone I', 'Zone II'],
    ['San Isidro', 'Santo Isidro'],
    ['Poblacion', 'Barangay'],
  ])('%s is not %s', (a, b) => expect(keyOf(a)).not.toBe(keyOf(b)))

  test('takes any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => readName(text).key === keyOf(text)))
  })
})

describe('typing mistakes', () => {
  test.each([
    ['koronadl', 'koronadal', 1],
    ['marbell', 'marbel', 1],
    ['zmaboanga', 'zamboanga', 1],
    ['alabel', 'alabel', 0],
    ['jolo', 'jala', 2],
    ['jolo', 'davao', 3],
  ])('%s and %s: %i', (a, b, mistakes) => expect(mistakesBetween(a, b, 2)).toBe(mistakes))

  test('are the same in both directions and never more than the limit and one', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 })
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 3 }), (a, b, most) => {
        const mistakes = mistakesBetween(a, b, most)
        return mistakes === mistakesBetween(b, a, most) && mistakes <= most + 1
      }),
    )
  })

  test('short words allow none', () => expect(allowedMistakes(3)).toBe(0))
})
