import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { restore } from './formulas.ts'
import {
  asUnreadable,
  cellTooLong,
  columnTooMany,
  lastRow,
  nulInText,
  rowTooMany,
  type SpreadsheetLimits,
  tooLarge,
  unreadable,
} from './limits.ts'

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

export interface CsvShape {
  encoding: Encoding
  delimiter: string
  /** The file starts with Excel's own line `sep=;`, which no program shows as a row. */
  hasSeparatorLine: boolean
}

const prefixBytes = 65_536
/** Longer than any honest row; bounds what the parser gathers for one, of commas or after an unclosed quotation mark. */
const rowBytes = 2 * 1_048_576
/** What is parsed in one go: a few milliseconds' worth, of ragged rows too, which csv-parse is slow at. */
const chunkBytes = 16_384

export async function* readCsv(
  path: string,
  limits: SpreadsheetLimits,
): AsyncGenerator<{ row: number; cells: string[] }> {
  const { encoding, delimiter, hasSeparatorLine } = await shapeOfCsv(path)
  const parser = parse({
    delimiter,
    from_line: hasSeparatorLine ? 2 : 1,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
  })
  pipeline(
    createReadStream(path, { highWaterMark: chunkBytes }),
    (chunks: AsyncIterable<Buffer>) => decoded(chunks, encoding, () => parser.info.records),
    parser,
    () => {},
  )
  let row = 0
  let filled = 0
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      row += 1
      if (row > lastRow) throw tooLarge('rows', `The file has more than ${lastRow.toLocaleString('en')} lines.`)
      while (record.at(-1) === '') record.pop()
      if (record.length === 0) continue
      filled += 1
      if (filled > limits.rows) throw rowTooMany(limits)
      if (record.length > limits.columns) throw columnTooMany(limits, row)
      yield { row, cells: record.map((text, index) => cellOf(text, row, index + 1, limits)) }
    }
  } catch (error) {
    // The parser is ahead of us by what it had ready.
    const at = parser.info.records + 1
    throw asUnreadable(error, complaint(error, at), { row: at })
  }
}

function cellOf(text: string, row: number, column: number, limits: SpreadsheetLimits): string {
  if (text.includes('\0')) throw nulInText(row, column)
  const original = restore(text)
  if (original.length > limits.cellLength) throw cellTooLong(limits, row, column)
  return original
}

function complaint(error: unknown, row: number): string {
  return error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED'
    ? `A quotation mark that opens in row ${row} is never closed.`
    : `The file is damaged: its text stops making sense near row ${row}.`
}

/** How a CSV file is written, found from its content. @throws AppError `unreadable_file` */
export async function shapeOfCsv(path: string): Promise<CsvShape> {
  const prefix: Buffer[] = []
  for await (const chunk of createReadStream(path, { end: prefixBytes - 1 })) prefix.push(chunk)
  const start = Buffer.concat(prefix)
  const encoding = encodingHint(start) ?? (await utf8OrWindows(path))
  const text = new TextDecoder(encoding).decode(start)
  const separator = /^sep=(.)\r?\n/i.exec(text)?.[1]
  return { encoding, delimiter: separator ?? delimiterOf(text), hasSeparatorLine: separator !== undefined }
}

/** The encoding as far as a byte order mark or the NULs of UTF-16 give it away. */
export function encodingHint(start: Buffer): Encoding | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return 'utf-8'
  const nuls: [number, number] = [0, 0]
  for (let at = 0; at < start.length; at += 1) if (start[at] === 0) nuls[(at % 2) as 0 | 1] += 1
  const enough = start.length / 6
  if (nuls[1] > enough && nuls[0] < nuls[1] / 10) return 'utf-16le'
  if (nuls[0] > enough && nuls[1] < nuls[0] / 10) return 'utf-16be'
  return undefined
}

/** The first foreign letter may stand on the last line, hence the whole file. */
async function utf8OrWindows(path: string): Promise<Encoding> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let multibyte = 0
  let last: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of createReadStream(path)) {
      last = Buffer.concat([last.subarray(-3), chunk])
      multibyte += chunk.length - decoder.decode(chunk, { stream: true }).length
    }
    decoder.decode()
    return 'utf-8'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error
    const foreign = new TextDecoder('utf-8').decode(last).match(/[^\0-\x7f]/gu) ?? []
    const broken = foreign.filter((letter) => letter === '\uFFFD').length
    // Up to three bytes may have waited for the rest of their letter, which never came.
    if (Math.max(0, multibyte - 3) + foreign.length - broken > broken) {
      throw unreadable('The file is damaged: parts of it are not valid UTF-8. Save it again as "CSV UTF-8".', {}, error)
    }
    return 'windows-1252'
  }
}

async function* decoded(
  chunks: AsyncIterable<Buffer>,
  encoding: Encoding,
  parsedRows: () => number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let rows = 0
  let length = 0
  for await (const chunk of chunks) {
    if (parsedRows() !== rows) length = 0
    rows = parsedRows()
    length += chunk.length
    if (length > rowBytes) {
      throw unreadable(`Row ${rows + 1} never ends: a quotation mark is probably not closed.`, { row: rows + 1 })
    }
    yield decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
}

/** The mark that parts the first line, and parts the next lines into as many cells. */
function delimiterOf(text: string): string {
  const lines: Record<string, number>[] = []
  let line: Record<string, number> = {}
  let isQuoted = false
  let isFieldStart = true
  for (let at = 0; at < text.length && lines.length < 20; at += 1) {
    const letter = text.charAt(at)
    const isBreak = letter === '\n' || letter === '\r'
    if (letter === '"' && (isQuoted || isFieldStart)) isQuoted = !isQuoted
    else if (!isQuoted && isBreak && Object.keys(line).length > 0) {
      lines.push(line)
      line = {}
    } else if (!isQuoted && ',;\t'.includes(letter)) line[letter] = (line[letter] ?? 0) + 1
    isFieldStart = isBreak || ',;\t'.includes(letter) || (letter === '"' && !isQuoted)
  }
  if (Object.keys(line).length > 0) lines.push(line)
  const header = lines[0] ?? {}
  const score = (mark: string): number => {
    const count = header[mark] ?? 0
    return count === 0 ? 0 : 1000 * lines.filter((other) => other[mark] === count).length + count
  }
  return [',', ';', '\t'].reduce((best, mark) => (score(mark) > score(best) ? mark : best))
}
