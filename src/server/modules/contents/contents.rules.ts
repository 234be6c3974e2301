import { allowedMedia, type MediaKind } from '#contract/files.options.ts'

/** unscanned waits for the scanner; without one, everything is unneeded. */
export type Scan = 'unneeded' | 'unscanned' | 'clean' | 'infected'
/** none: there is nothing to show or to read; failed: damaged, or too large to open safely. */
export type Derived = 'waiting' | 'ready' | 'none' | 'failed'

/** How content is opened: `picture` gives thumbnails, the others text. */
export type Reading = 'picture' | 'pdf' | 'office' | 'json' | 'text'

/** Pictures of iPhones need a decoder that patents keep out of the libraries; the formats before 2007 need an office program. */
const unreadable = ['image/heic', 'application/x-cfb']

/** Undefined: there is nothing to find in it. */
export function readingOf(mediaType: string): Reading | undefined {
  if (unreadable.includes(mediaType)) return undefined
  if (mediaType === 'application/geo+json' || mediaType === 'application/json') return 'json'
  const kind: MediaKind | undefined = allowedMedia[mediaType as keyof typeof allowedMedia]?.kind
  if (kind === 'picture' || kind === 'pdf' || kind === 'office' || kind === 'text') return kind
  return undefined
}

/** What is to be found out about new content. */
export function expectedOf(mediaType: string, scans: boolean): { scan: Scan; thumbnails: Derived; text: Derived } {
  const reading = readingOf(mediaType)
  return {
    scan: scans ? 'unscanned' : 'unneeded',
    thumbnails: reading === 'picture' ? 'waiting' : 'none',
    text: reading && reading !== 'picture' ? 'waiting' : 'none',
  }
}

export const isWaiting = (facts: { scan: Scan; thumbnails: Derived; text: Derived }): boolean =>
  facts.scan === 'unscanned' || facts.thumbnails === 'waiting' || facts.text === 'waiting'

/** Characters of text that are kept and found; a book has half of it. */
export const longestText = 1_000_000

/** What PostgreSQL takes and a search can use: no NUL, no half characters, blanks and empty lines once. */
export const tidyText = (text: string): string =>
  text
    .replaceAll('\0', ' ')
    .toWellFormed()
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim()
    .slice(0, longestText)
    .toWellFormed()
