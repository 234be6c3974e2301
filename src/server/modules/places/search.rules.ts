import type { Gazetteer, PlaceRecord } from './gazetteer.rules.ts'
import {
  allowedMistakes,
  canonical,
  firstSound,
  isGeneric,
  mistakesBetween,
  readName,
  typedWords,
} from './spelling.rules.ts'

export interface PlaceIndex {
  /** Best matches first; only places that `accepts` lets through. */
  search(text: string, limit: number, accepts: (place: PlaceRecord) => boolean): PlaceRecord[]
}

/** A word that may stand for the typed one; `whole` words do not also match longer ones. */
interface Reading {
  word: string
  weight: number
  whole: boolean
}
interface Term {
  typed: string
  word: string
  readings: Reading[]
}

/** A term's matches in own names, 0 to 1 per place, and the places where it is not 0. */
interface Matches {
  quality: Float32Array
  places: number[]
}
type MatchesOf = (term: Term) => Matches

const longestQuery = 8
/** Below so many matches, words with small typing mistakes are tried too. */
const fewMatches = 8

const exactScore = 200
/** `lanao` may well be on the way to a province, before it is one of the barangays of that name. */
const provincePrefixScore = 197
const exactBarangayScore = 196
const prefixScore = 170
/** A name found together with words of its path stays below a name that has all the words itself. */
const exactWithPathScore = 168
const prefixWithPathScore = 140
const wordsScore = 120
/** Below this mean, the words are only similar. */
const plainReading = 0.7

const levelOfWord: Partial<Record<string, (place: PlaceRecord) => boolean>> = {
  barangay: (place) => place.level === 'barangay',
  city: (place) => place.kind.endsWith('_city'),
  municipality: (place) => place.kind === 'municipality',
  province: (place) => place.level === 'province',
}

function readingsOf(typed: string): Reading[] {
  const word = canonical(typed)
  const readings: Reading[] = [{ word, weight: 1, whole: false }]
  // Somebody may still be typing: `st` on the way to `sta`, `vi` on the way to `villa`.
  if (word !== typed) readings.push({ word: typed, weight: 0.9, whole: false })
  if (word === 'saint') readings.push({ word: 'san', weight: 0.8, whole: true })
  if (word === 'san') readings.push({ word: 'saint', weight: 0.8, whole: true })
  return readings
}

const termOf = (typed: string): Term => ({ typed, word: canonical(typed), readings: readingsOf(typed) })

/** First position in the sorted words that does not come before `word`. */
function lowerBound(words: readonly string[], word: string): number {
  let low = 0
  let high = words.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((words[middle] ?? '') < word) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * An index over names, aliases and paths in the memory of the process; measured against PostgreSQL in
 * docs/decisions/0004-place-search.md.
 */
export function createPlaceIndex(gazetteer: Gazetteer): PlaceIndex {
  const { places } = gazetteer
  const positions = new Map(places.map((place, position) => [place.code, position]))
  const parents = Int32Array.from(places, (place) => positions.get(place.parentCode ?? '') ?? -1)
  const keys: string[][] = []
  const found = new Map<string, number[]>()

  places.forEach((place, position) => {
    const own = readName(place.name)
    const ownKeys = [own.key]
    const words = own.words
    for (const alias of gazetteer.aliasesOf(place.code)) {
      const other = readName(alias)
      if (!ownKeys.includes(other.key)) ownKeys.push(other.key)
      for (const word of other.words) words.add(word)
    }
    keys.push(ownKeys)
    for (const word of words) {
      const list = found.get(word)
      if (list) list.push(position)
      else found.set(word, [position])
    }
  })

  const words = [...found.keys()].sort()
  const starts = new Uint32Array(words.length + 1)
  words.forEach((word, at) => {
    starts[at + 1] = (starts[at] ?? 0) + (found.get(word)?.length ?? 0)
  })
  const postings = new Uint16Array(starts[words.length] ?? 0)
  words.forEach((word, at) => {
    postings.set(found.get(word) ?? [], starts[at])
  })
  found.clear()

  const soundAlikes = new Map<string, number[]>()
  const shelf = (word: string, length: number) => `${firstSound(word)}${length}`
  words.forEach((word, at) => {
    const list = soundAlikes.get(shelf(word, word.length))
    if (list) list.push(at)
    else soundAlikes.set(shelf(word, word.length), [at])
  })

  const codes = [...positions.keys()].sort()

  function mark(matches: Matches, at: number, quality: number): void {
    const end = starts[at + 1] ?? 0
    for (let index = starts[at] ?? 0; index < end; index++) {
      const position = postings[index] ?? 0
      const before = matches.quality[position] ?? 0
      if (before === 0) matches.places.push(position)
      if (quality > before) matches.quality[position] = quality
    }
  }

  const spare: Float32Array[] = []

  /** Matches of each word, found once per search; `release` gives the memory to the next. */
  function matcher(forgiving: boolean): { of: MatchesOf; release(): void } {
    const kept = new Map<string, Matches>()
    return {
      of(term) {
        const known = kept.get(term.typed)
        if (known) return known
        const matches = match(term, forgiving)
        kept.set(term.typed, matches)
        return matches
      },
      release() {
        for (const { quality, places: touched } of kept.values()) {
          for (const position of touched) quality[position] = 0
          spare.push(quality)
        }
      },
    }
  }

  function match(term: Term, forgiving: boolean): Matches {
    const matches: Matches = { quality: spare.pop() ?? new Float32Array(places.length), places: [] }
    for (const reading of term.readings) {
      for (let at = lowerBound(words, reading.word); at < words.length; at++) {
        const word = words[at] ?? ''
        if (word.length === reading.word.length) {
          if (word !== reading.word) break
          mark(matches, at, reading.weight)
          if (reading.whole) break
        } else {
          if (reading.whole || !word.startsWith(reading.word)) break
          mark(matches, at, reading.weight * 0.8)
        }
      }
    }
    if (forgiving) markSimilar(matches, term.word)
    return matches
  }

  function markSimilar(matches: Matches, word: string): void {
    const most = allowedMistakes(word.length)
    if (most === 0 || /\d/.test(word)) return
    for (let length = word.length - most; length <= word.length + most; length++) {
      for (const at of soundAlikes.get(shelf(word, length)) ?? []) {
        const mistakes = mistakesBetween(word, words[at] ?? '', most)
        if (mistakes > 0 && mistakes <= most) mark(matches, at, 0.6 - (0.6 * mistakes) / word.length)
      }
    }
  }

  /** 0 when a term is found neither in the place's names nor in those above it. */
  function score(position: number, terms: readonly Term[], matches: readonly Matches[]): number {
    let own = ''
    let typed = ''
    let quality = 0
    let above = 0
    let counted = 0
    for (let index = 0; index < terms.length; index++) {
      const term = terms[index] as Term
      const inName = matches[index]?.quality[position] ?? 0
      const ignored = terms.length > 1 && isGeneric(term.word)
      if (ignored && (inName > 0 || isOfKind(position, term.word))) continue
      counted++
      if (inName > 0) {
        own += term.word
        typed += term.typed
        quality += inName
        continue
      }
      let best = 0
      for (let at = parents[position] ?? -1; at >= 0; at = parents[at] ?? -1)
        best = Math.max(best, matches[index]?.quality[at] ?? 0)
      if (best === 0) return 0
      quality += best
      above++
    }
    if (own === '') return 0
    const mean = quality / counted
    if (mean >= plainReading) {
      const names = keys[position] ?? []
      const level = places[position]?.level
      if (names.includes(own)) {
        if (above > 0) return exactWithPathScore
        return (level === 'barangay' ? exactBarangayScore : exactScore) - (names[0] === own ? 0 : 2)
      }
      if (names.some((name) => name.startsWith(own) || name.startsWith(typed))) {
        if (above > 0) return prefixWithPathScore
        return level === 'region' || level === 'province' ? provincePrefixScore : prefixScore
      }
    }
    return Math.round(wordsScore * mean * (above === 0 ? 1 : 0.9))
  }

  function isOfKind(position: number, word: string): boolean {
    const is = levelOfWord[word]
    if (!is) return true
    for (let at = position; at >= 0; at = parents[at] ?? -1) if (is(places[at] as PlaceRecord)) return true
    return false
  }

  const seen = new Uint32Array(places.length)
  let round = 0

  function collect(
    terms: readonly Term[],
    matchesOf: MatchesOf,
    accepts: (place: PlaceRecord) => boolean,
    best: Map<number, number>,
  ): void {
    const matches = terms.map(matchesOf)
    const telling = matches.filter((_, index) => !isGeneric(terms[index]?.word ?? ''))
    round++
    for (const { places: touched } of telling.length > 0 ? telling : matches) {
      for (const position of touched) {
        if (seen[position] === round) continue
        seen[position] = round
        const points = score(position, terms, matches)
        if (points > (best.get(position) ?? 0) && accepts(places[position] as PlaceRecord)) best.set(position, points)
      }
    }
  }

  /** The words as typed, and with two neighbours written together: `ba ao` is `baao` too. */
  function waysToRead(typed: readonly string[]): Term[][] {
    const ways = [typed.map(termOf)]
    for (let index = 0; index + 1 < typed.length; index++) {
      const joined = `${typed[index]}${typed[index + 1]}`
      const near = words[lowerBound(words, joined)]
      if (joined.length >= 3 && near?.startsWith(joined))
        ways.push([...typed.slice(0, index), joined, ...typed.slice(index + 2)].map(termOf))
    }
    return ways
  }

  function byCode(digits: string, limit: number, accepts: (place: PlaceRecord) => boolean): PlaceRecord[] {
    const hits: number[] = []
    for (let at = lowerBound(codes, digits); codes[at]?.startsWith(digits); at++) {
      const position = positions.get(codes[at] ?? '') ?? 0
      if (accepts(places[position] as PlaceRecord)) hits.push(position)
    }
    return hits
      .sort((a, b) => a - b)
      .slice(0, limit)
      .map((position) => places[position] as PlaceRecord)
  }

  function search(text: string, limit: number, accepts: (place: PlaceRecord) => boolean): PlaceRecord[] {
    const digits = text.trim()
    if (/^\d{4,10}$/.test(digits)) return byCode(digits, limit, accepts)
    const typed = typedWords(text).slice(0, longestQuery)
    if (typed.length === 0) return []
    const best = new Map<number, number>()
    const ways = waysToRead(typed)
    for (const forgiving of [false, true]) {
      if (forgiving && best.size >= fewMatches) break
      const matches = matcher(forgiving)
      for (const terms of ways) collect(terms, matches.of, accepts, best)
      matches.release()
    }
    // Places stand in list order, so that the position settles a draw.
    const ranking = Float64Array.from(best, ([position, points]) => position - points * 65_536).sort()
    const hits = Array.from(
      ranking.subarray(0, limit),
      (rank) => places[((rank % 65_536) + 65_536) % 65_536] as PlaceRecord,
    )
    if (hits.length < limit && /^\d{2,3}$/.test(digits))
      hits.push(...byCode(digits, limit - hits.length, (place) => accepts(place) && !hits.includes(place)))
    return hits
  }

  return { search }
}
