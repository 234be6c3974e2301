import { AppError } from '../errors.ts'

/** What a file that a person hands in may cost us. Each is a bound on memory or time, not a taste. */
export interface SpreadsheetLimits {
  /** Bytes of the file itself. */
  bytes: number
  /** Parts inside an .xlsx. */
  entries: number
  /** Bytes of all parts of an .xlsx once unpacked. */
  uncompressedBytes: number
  /** Unpacked to packed bytes of one part; looked at from 16 MB on, since a small part harms nobody. */
  ratio: number
  /** Rows that hold anything, the header included. */
  rows: number
  columns: number
  /** UTF-16 units in one cell. 32,767 is what Excel itself holds. */
  cellLength: number
}

export const defaultLimits: SpreadsheetLimits = {
  bytes: 100 * 1_048_576,
  entries: 1000,
  uncompressedBytes: 1024 * 1_048_576,
  ratio: 200,
  rows: 500_000,
  columns: 200,
  cellLength: 32_767,
}

/** The last row that any spreadsheet program shows. */
export const lastRow = 1_048_576

export function tooLarge(
  limit: keyof SpreadsheetLimits | 'sharedText',
  message: string,
  details: object = {},
): AppError {
  return new AppError('file_too_large', message, { limit, ...details })
}

export const rowTooMany = (limits: SpreadsheetLimits): AppError =>
  tooLarge('rows', `The file has more than ${limits.rows.toLocaleString('en')} rows. Split it.`, { max: limits.rows })

export const columnTooMany = (limits: SpreadsheetLimits, row: number): AppError =>
  tooLarge('columns', `Row ${row} has more than ${limits.columns} columns.`, { max: limits.columns, row })

export const cellTooLong = (limits: SpreadsheetLimits, row: number, column: number): AppError =>
  tooLarge('cellLength', `Row ${row}, column ${column}: the text is longer than ${limits.cellLength} characters.`, {
    max: limits.cellLength,
    row,
    column,
  })

export const nulInText = (row: number, column: number): AppError =>
  new AppError('unreadable_file', `Row ${row}, column ${column} holds a NUL character. Delete what is in that cell.`, {
    row,
    column,
  })

export const unreadable = (message: string, details: object = {}, cause?: unknown): AppError =>
  new AppError('unreadable_file', message, { ...details }, cause)

export const unsupported = (message: string): AppError => new AppError('unsupported_file', message)

/**
 * A parser's complaint becomes the person's; a failing disk or a fault of ours stays what it is
 * (a disk's errors name their system call).
 */
export function asUnreadable(error: unknown, message: string, details: object = {}): unknown {
  if (!(error instanceof Error) || error instanceof AppError || 'syscall' in error) return error
  if (/^(Type|Range|Reference)Error$/.test(error.name) && !('code' in error)) return error
  return unreadable(message, details, error)
}
