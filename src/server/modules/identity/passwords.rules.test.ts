import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { whyPasswordRefused } from './passwords.rules.ts'

const owner = { email: 'fatima.abdulrahman@example.org', name: 'Fatima Abdulrahman' }
const why = (password: string) => whyPasswordRefused(password, owner)

describe('refused', () => {
  test.each([
    ['elevenchars', /at least 12/],
    ['x'.repeat(201), /at most 200/],
    ['aaaaaaaaaaaaaa', /repetition/],
    ['abababababab', /repetition/],
    ['abcdefghijkl', /repetition|row/],
    ['123456789012', /row of keys/],
    ['qwertyuiopasdf', /row of keys/],
    ['0987654321098', /row of keys/],
    ['zxcvbnm12345', /row of keys/],
    ['Passw0rd1234', /guess/],
    ['P@ssw0rd2026!', /guess/],
    ['passwordpassword', /guess/],
    ['PASSWORD-QWERTY-1', /guess/],
    ['sunshinemonkey', /guess/],
    ['administrator', /guess/],
    ['1qaz2wsx3edc', /guess/],
    ['Bangsamoro2026', /guess/],
    ['Cotabato#2025!', /guess/],
    ['fatima.abdulrahman', /own name/],
    ['Abdulrahman-26', /own name/],
    ['fatima.abdulrahman@example.org', /own name/],
  ])('%s', (password, reason) => {
    expect(why(password)).toMatch(reason)
  })
})

describe('taken', () => {
  test.each([
    'kalabaw tubig bintana lapis',
    'horse lantern quiet river',
    'vR7#mq2!xLp9',
    'ang ulan sa Disyembre',
    'ñandú-más-allá-42',
    'FatimaLikesGreenKapeng',
    'm8Kq-17pz-ee21-xkrw',
  ])('%s', (password) => {
    expect(why(password)).toBeUndefined()
  })
})

test('random passwords are taken, and no text breaks the rules', () => {
  fc.assert(
    fc.property(fc.base64String({ minLength: 16, maxLength: 60 }), (text) => {
      fc.pre(new Set(text.toLowerCase()).size > 9)
      return why(text) === undefined
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) =>
      ['string', 'undefined'].includes(typeof why(text)),
    ),
  )
})
