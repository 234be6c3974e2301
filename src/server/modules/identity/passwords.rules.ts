import { readFileSync } from 'node:fs'
import { passwordMax, passwordMin } from '#contract/accounts.options.ts'

/** Words anyone would try first here. */
const localWords =
  'bangsamoro barmm obcms oobc moro mindanao cotabato maguindanao lanao marawi zamboanga davao sarangani sultan sulu tawi basilan philippines pilipinas manila ministry office password'

const common = new Set(
  readFileSync(new URL('common-passwords.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .concat(localWords.split(' ')),
)

const rows = ['abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', '01234567890']
const runs = rows.flatMap((row) => [row + row, [...row, ...row].reverse().join('')])
const runLength = 4

/** Takes out what follows the alphabet, the digits or a row of keys, forwards or backwards. */
function withoutRuns(text: string): string {
  let rest = ''
  for (let at = 0; at < text.length; ) {
    let length = 0
    while (at + length < text.length && runs.some((run) => run.includes(text.slice(at, at + length + 1)))) length += 1
    if (length < runLength) rest += text.slice(at, at + 1)
    at += length < runLength ? 1 : length
  }
  return rest
}

/** `aaaa` and `abcabcabc` become `a` and `abc`. */
const withoutRepeats = (text: string): string =>
  text.replace(/(.{1,10}?)\1{2,}/gu, '$1').replace(/^(.{4,}?)\1+$/u, '$1')

const leet: Record<string, string> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's' }
const withoutLeet = (text: string): string => text.replace(/[013457@$]/g, (sign) => leet[sign] ?? sign)

const isWord = (letters: string): boolean => common.has(letters)
const isTwoWords = (letters: string): boolean =>
  Array.from({ length: Math.max(0, letters.length - 7) }, (_, at) => at + 4).some(
    (at) => isWord(letters.slice(0, at)) && isWord(letters.slice(at)),
  )

/** So many signs beside known words still count as decoration. */
const decoration = 6

/** A common password, or one or two of them dressed up with a few digits and signs. */
function isCommon(text: string): boolean {
  if (common.has(text)) return true
  const rest = withoutRepeats(withoutRuns(text))
  const bare = rest.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  return [text, rest, withoutLeet(rest), withoutLeet(bare)].some((form) => {
    const letters = form.replace(/[^\p{L}]/gu, '')
    return rest.length - letters.length <= decoration && (isWord(letters) || isTwoWords(letters))
  })
}

export interface PasswordOwner {
  email: string
  name: string
}

const ownWords = ({ email, name }: PasswordOwner): string[] =>
  [email, ...email.split(/[^\p{L}\p{N}]+/u), ...name.split(/[^\p{L}\p{N}]+/u)]
    .map((word) => word.toLowerCase())
    .filter((word) => word.length >= 4)
    .sort((a, b) => b.length - a.length)

/**
 * Why a new password cannot be taken, in words for the person; undefined when it can. Length, not composition, is what
 * counts (NIST SP 800-63B): refused is only what is among the first guesses.
 */
export function whyPasswordRefused(password: string, owner: PasswordOwner): string | undefined {
  const length = [...password].length
  if (length < passwordMin) return `Use at least ${passwordMin} characters.`
  if (length > passwordMax) return `Use at most ${passwordMax} characters.`
  const text = password.normalize('NFKC').toLowerCase()
  if (new Set(text).size < 5 || withoutRepeats(withoutRuns(text)).length < 6)
    return 'This password is a repetition or a row of keys. Choose another one, for example four words.'
  if (isCommon(text))
    return 'This password is among the first that anyone would guess. Choose another one, for example four words.'
  let foreign = text
  for (const word of ownWords(owner)) foreign = foreign.replaceAll(word, '')
  if (foreign.length < Math.min(8, text.length))
    return 'This password is made of your own name or e-mail. Choose another one, for example four words.'
  return undefined
}
