/** How place names are typed: the same place in PSA's spelling, the office's lists and a hurried hand. */

const marks = /\p{M}+/gu
const apostrophes = /['’‘ʼ`´]/g

const notAscii = /[^\x00-\x7f]/

/** Lower case, without accents (ñ = n) and apostrophes (T’boli = Tboli). */
const plain = (text: string): string =>
  (notAscii.test(text) ? text.normalize('NFD').replace(marks, '') : text).toLowerCase().replace(apostrophes, '')

const longForms = new Map(
  Object.entries({
    barangay: ['brgy', 'bgy', 'brg', 'bgry', 'baranggay'],
    poblacion: ['pob', 'poblasyon'],
    santo: ['sto'],
    santa: ['sta'],
    saint: ['st'],
    general: ['gen', 'heneral'],
    doctor: ['dr'],
    president: ['pres'],
    senator: ['sen'],
    governor: ['gov'],
    mount: ['mt'],
    municipality: ['mun', 'muni'],
    province: ['prov'],
  }).flatMap(([long, short]) => short.map((form) => [form, long] as const)),
)

const units = ['', 'i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix']
/** 1 to 39: zones, districts and regions count no further in Roman numerals. */
const romans = new Map(
  ['', 'x', 'xx', 'xxx'].flatMap((ten, tens) =>
    units.map((unit, ones) => [ten + unit, String(tens * 10 + ones)] as const),
  ),
)
romans.delete('')

/** One spelling per word: `sto` → `santo`, `iv` → `4`. */
export const canonical = (word: string): string => longForms.get(word) ?? romans.get(word) ?? word

/** Words that say what a place is, not which one. */
const generic = new Set(['barangay', 'city', 'municipality', 'province', 'of', 'the', 'no', 'huc'])
export const isGeneric = (word: string): boolean => generic.has(word)

const wordPattern = /[a-z0-9]+/g
const hyphenated = /[a-z0-9]+(?:-[a-z0-9]+)+/g

/** The words of a name as typed, folded; hyphens, dots and brackets part words. */
export const typedWords = (text: string): string[] => plain(text).match(wordPattern) ?? []

/** Words without the generic ones, unless there are no others. */
export function significant(words: readonly string[]): string[] {
  const telling = words.filter((word) => !generic.has(word))
  return telling.length > 0 ? telling : [...words]
}

/** What two spellings of one name share: `City of Sto. Tomas` and `Santo Tomás City` are `santotomas`. */
export const keyOf = (text: string): string => significant(typedWords(text).map(canonical)).join('')

/** A name as the search index takes it in. */
export function readName(text: string): { key: string; words: Set<string> } {
  const typed = typedWords(text)
  const words = typed.map(canonical)
  const key = significant(words).join('')
  const all = new Set(words).add(key)
  for (const word of typed) if (romans.has(word)) all.add(word)
  // `Ba-ao` is found as `baao` too.
  if (text.includes('-')) for (const part of plain(text).match(hyphenated) ?? []) all.add(part.replace(/-/g, ''))
  return { key, words: all }
}

/** Letters that one ear hears as the same at the start of a word (Cotabato, Kotabato). */
const sounds: Record<string, string> = { c: 'k', q: 'k', f: 'p', v: 'b', z: 's', j: 'h', e: 'i', y: 'i', o: 'u' }
export const firstSound = (word: string): string => sounds[word[0] ?? ''] ?? word[0] ?? ''

/** Typing mistakes a word of this length may have and still be meant. */
export const allowedMistakes = (length: number): number => (length < 4 ? 0 : length < 7 ? 1 : 2)

const longestWord = 40
const rows = [0, 1, 2].map(() => new Uint8Array(longestWord + 1)) as [Uint8Array, Uint8Array, Uint8Array]

/** Letters added, left out, changed or swapped between two words; `most + 1` when there are more than `most`. */
export function mistakesBetween(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most || Math.max(a.length, b.length) > longestWord) return most + 1
  let [beforeLast, last, row] = rows
  for (let j = 0; j <= b.length; j++) last[j] = j
  for (let i = 1; i <= a.length; i++) {
    row[0] = i
    let best = i
    for (let j = 1; j <= b.length; j++) {
      const change = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1
      let cost = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + change)
      if (i > 1 && j > 1 && change === 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] as number) + 1)
      row[j] = cost
      if (cost < best) best = cost
    }
    if (best > most) return most + 1
    const spare = beforeLast
    beforeLast = last
    last = row
    row = spare
  }
  return Math.min(last[b.length] as number, most + 1)
}
