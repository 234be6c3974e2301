import { open, stat } from 'node:fs/promises'
import { type CellValue, cellText } from './cells.ts'
import { defaultLimits, type SpreadsheetLimits, tooLarge, unreadable, unsupported } from './limits.ts'
import { encodingHint, readCsv } from './read-csv.ts'
import { checkXlsx, readXlsx } from './read-xlsx.ts'

export type SpreadsheetFormat = 'csv' | 'xlsx'

export interface SpreadsheetRow {
  /** As a spreadsheet program numbers it, from 1; blank rows count though they are not given. */
  row: number
  /** Without the empty cells at the end, so rows differ in length. */
  cells: string[]
}

export interface ReadOptions {
  /** Overrides of `defaultLimits`. */
  limits?: Partial<SpreadsheetLimits>
}

/**
 * The rows of a CSV file (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252) or of the first visible sheet of an
 * Excel workbook, as text: dates are `yyyy-mm-dd`, errors their text (`#N/A`), formulas their last result or,
 * where the file holds none, themselves. An apostrophe that `neutralise` put before a text is taken off. Memory does not
 * grow with the number of rows.
 *
 * @throws AppError `file_too_large` (`details.limit` says which limit), `unsupported_file`, `unreadable_file`
 *   (`details.row` where it is known). Damage shows only when it is reached, so keep nothing before the end.
 */
export async function* readSpreadsheet(path: string, options: ReadOptions = {}): AsyncGenerator<SpreadsheetRow> {
  for await (const { row, cells } of readTypedRows(path, options)) yield { row, cells: cells.map(cellText) }
}

/** The same rows with numbers, booleans and dates of a workbook still being such. */
export async function* readTypedRows(
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<{ row: number; cells: CellValue[] }> {
  const limits = { ...defaultLimits, ...options.limits }
  const format = await sniff(path, limits)
  let isEmpty = true
  for await (const found of format === 'csv' ? readCsv(path, limits) : readXlsx(path, limits)) {
    isEmpty = false
    yield found
  }
  if (isEmpty) throw unreadable('The file is empty.')
}

/**
 * What a file is by its content, whatever its name says.
 * @throws AppError `unsupported_file`, `unreadable_file`, `file_too_large`
 */
export const sniffSpreadsheet = (path: string): Promise<SpreadsheetFormat> => sniff(path, defaultLimits)

async function sniff(path: string, limits: SpreadsheetLimits): Promise<SpreadsheetFormat> {
  const { size } = await stat(path)
  if (size === 0) throw unreadable('The file is empty.')
  if (size > limits.bytes) {
    throw tooLarge('bytes', `The file is larger than ${Math.floor(limits.bytes / 1_048_576)} MB.`, {
      max: limits.bytes,
    })
  }
  const start = await bytesAt(path, 0, 65_536)
  if (start.subarray(0, 4).equals(zipStart)) {
    await checkXlsx(path, limits)
    return 'xlsx'
  }
  if (start.subarray(0, 8).equals(oleStart)) throw await oldWorkbook(path, start)
  if (encodingHint(start) === undefined && isBinary(start)) {
    throw unsupported('This is neither a CSV file nor an Excel workbook (.xlsx).')
  }
  if (/^(\uFEFF|ï»¿)?\s*(<|%PDF-|\{\\rtf)/.test(start.toString('latin1'))) {
    throw unsupported('This is a document, not a table. Open it in a spreadsheet program and save it as .xlsx or CSV.')
  }
  return 'csv'
}

const zipStart = Buffer.from('PK\u0003\u0004', 'latin1')
const oleStart = Buffer.from('d0cf11e0a1b11ae1', 'hex')

/** Text has hardly any control characters; a picture or program has one byte in ten. A stray NUL is told by its row. */
function isBinary(start: Buffer): boolean {
  let controls = 0
  for (const byte of start) if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) controls += 1
  return controls > 4 && controls > start.length / 50
}

/** Old .xls files and password-protected .xlsx files share one container; only the latter has such a stream in it. */
async function oldWorkbook(path: string, start: Buffer): Promise<Error> {
  const sectorBytes = 1 << Math.min(start.length >= 32 ? start.readUInt16LE(30) : 9, 12)
  const directory = start.length >= 52 ? (start.readUInt32LE(48) + 1) * sectorBytes : 0
  const names = await bytesAt(path, directory, 4096)
  return names.includes(Buffer.from('EncryptedPackage', 'utf16le'))
    ? unsupported('The workbook is protected by a password. Save it without one.')
    : unsupported('This is an old Excel file (.xls). Open it and save it as an Excel workbook (.xlsx).')
}

async function bytesAt(path: string, position: number, length: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
