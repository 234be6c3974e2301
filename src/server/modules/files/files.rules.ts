import { z } from 'zod'
import {
  type AllowedMedia,
  allowedMedia,
  type Confidentiality,
  confidentialities,
  type FileSort,
  type FileType,
  longestFileName,
  type MediaKind,
} from '#contract/files.options.ts'
import type { FileRecord, FileSummary } from '#contract/files.ts'
import { AppError, invalidField } from '#server/platform/errors.ts'

export const noSuchFile = (): AppError => new AppError('not_found', 'There is no such file.')

/** A name as it came, for a list: one line, not empty, and at its end still what says what kind of file it is. */
export function tidyName(given: string): string {
  const name = given
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
  const letters = [...name]
  if (letters.length === 0) return 'file'
  if (name.length <= longestFileName) return name
  const end = /\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? ''
  let begin = ''
  for (const letter of letters) {
    if (begin.length + letter.length + end.length + 1 > longestFileName) break
    begin += letter
  }
  return `${begin}…${end}`
}

/** Tags are one word each, however they were typed. */
export const tidyTags = (tags: readonly string[]): string[] => [
  ...new Set(tags.map((tag) => tag.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim())),
]

/** Whether fewer may see it than before. */
export const isStricter = (after: Confidentiality, before: Confidentiality): boolean =>
  confidentialities.indexOf(after) > confidentialities.indexOf(before)

/** The columns of the record that a file hangs on. */
export const columnsOf = (record: FileRecord) => ({
  folder_id: record.type === 'folder' ? record.id : null,
  community_id: record.type === 'community' ? record.id : null,
  place_code: record.type === 'place' ? record.id : null,
  organisation_id: record.type === 'organisation' ? record.id : null,
})

/** Where a page of the list ended. */
export interface ListPosition {
  key: string
  id: string
}

export const listCursor = (sort: FileSort, { key, id }: ListPosition): string =>
  Buffer.from(JSON.stringify([sort, key, id])).toString('base64url')

const name = z
  .string()
  .max(1000)
  .refine((text) => !text.includes('\0'))
// PostgreSQL knows no year 0.
const keyOf = { name, updated: z.iso.datetime().startsWith('2') }

/** @throws AppError `invalid_input` when the cursor is broken or belongs to another order */
export function listPosition(cursor: string | undefined, sort: FileSort): ListPosition | undefined {
  if (cursor === undefined) return undefined
  try {
    const key = keyOf[sort.replace('-', '') as keyof typeof keyOf]
    const [, at, id] = z
      .tuple([z.literal(sort), key, z.uuid()])
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    return { key: at, id }
  } catch {
    throw invalidField('cursor', 'This page address is broken. Start from the first page.')
  }
}

/** Some words around what was found, cut at blanks. @param from whether text before and after was left out */
export function excerptOf(window: string | null, cut: { before: boolean; after: boolean }): string | null {
  if (window === null) return null
  let text = window.replace(/\s+/g, ' ')
  if (cut.before) text = text.replace(/^\S* /, '')
  if (cut.after) text = text.replace(/ \S*$/, '')
  text = text.trim()
  return text && `${cut.before ? '…' : ''}${text}${cut.after ? '…' : ''}`
}

export const kindOf = (mediaType: string): MediaKind | undefined =>
  mediaType in allowedMedia ? allowedMedia[mediaType as AllowedMedia].kind : undefined

/** What a document is when nobody said so, as far as its content tells. */
export function usualType(mediaType: string): FileType {
  if (/presentation/.test(mediaType)) return 'presentation'
  if (mediaType === 'text/csv') return 'list'
  if (mediaType === 'application/geo+json') return 'map'
  const kind = kindOf(mediaType)
  if (kind === 'picture') return 'photo'
  return kind === 'audio' || kind === 'video' ? 'recording' : 'other'
}

/** What a browser shows without running anything of it. */
export const isShownInPage = (mediaType: string): boolean => {
  const kind = kindOf(mediaType)
  return mediaType === 'text/plain' || kind === 'picture' || kind === 'pdf' || kind === 'audio' || kind === 'video'
}

/** The name of a file that was made of another one. */
export const nameWithEnd = (name: string, end: string): string => `${name.replace(/\.[A-Za-z0-9]{1,8}$/, '')}.${end}`

/** Why nobody may open content, whoever he is. */
export function problemOfScan(scan: FileSummary['scan']): AppError | undefined {
  switch (scan) {
    case 'unneeded':
    case 'clean':
      return undefined
    case 'unscanned':
      return new AppError('file_not_cleared', 'This file waits for the virus scan. Try again in a minute.', {
        retryAfter: 30,
      })
    case 'infected':
      return new AppError(
        'file_not_cleared',
        'A virus was found in this file. It is locked for everybody. Upload a clean copy as a new version.',
      )
    default:
      return scan satisfies never
  }
}

/** A page of uses goes on below the last id of the one before. */
export const cursorOfUse = (id: number): string => Buffer.from(String(id)).toString('base64url')

/** @throws AppError `invalid_input` */
export function positionOfUse(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  const id = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!/^\d{1,15}$/.test(id)) throw invalidField('cursor', 'This page address is broken. Start from the first page.')
  return Number(id)
}
