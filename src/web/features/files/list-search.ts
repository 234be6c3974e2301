import { confidentialities, fileRecordTypes, fileSorts, fileTypes } from '#contract/files.options.ts'
import { digits, flag, listOf, oneOf, type SearchOf, searchOf, text } from '#web/lib/routing.ts'

const list = {
  q: text,
  type: listOf(fileTypes),
  confidentiality: listOf(confidentialities),
  tag: text,
  archived: flag,
  sort: oneOf(fileSorts),
  view: oneOf(['grid']),
  cursor: text,
  page: digits,
  columns: text,
}

/** What a list of files keeps in the address, on a record as in the library. */
export const readFiles = searchOf(list)

const library = { ...list, record: oneOf(fileRecordTypes), folder: text, organisation: text }
export const readLibrary = searchOf(library)
export type LibrarySearch = SearchOf<typeof library>

export const isFiltered = (search: LibrarySearch): boolean =>
  Boolean(search.q || search.type || search.confidentiality || search.tag || search.archived || search.record)
