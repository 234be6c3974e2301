import { Readable } from 'node:stream'
import { type CellValue, cellText } from './cells.ts'
import { type ReadOptions, readTypedRows, type SpreadsheetFormat, sniffSpreadsheet } from './read.ts'
import { shapeOfCsv } from './read-csv.ts'
import { csvStream, type SpreadsheetColumn, xlsxStream } from './write.ts'

const problemHeader = 'Problem'

/** What is wrong with a row (its number as `readSpreadsheet` gives it), or nothing. Asked once per row, in order. */
export type Reasons = (row: number) => string | undefined | Promise<string | undefined>

/**
 * A copy of a person's file with one more column in front that says what is wrong with each row. The first row that
 * holds anything is the header. Blank rows below it stay, so a row keeps its number; numbers and dates of a workbook
 * stay such, a CSV file its delimiter. Formulas become their last result.
 * The stream fails as `readSpreadsheet` does.
 */
export function annotateSpreadsheet(
  sourcePath: string,
  reasons: Reasons,
  target: SpreadsheetFormat,
  options: ReadOptions = {},
): Readable {
  return Readable.from(annotated(sourcePath, reasons, target, options), { objectMode: false })
}

async function* annotated(
  sourcePath: string,
  reasons: Reasons,
  target: SpreadsheetFormat,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const rows = readTypedRows(sourcePath, options)
  try {
    const header = await rows.next()
    if (header.done) return
    const columns: SpreadsheetColumn[] = [
      { header: problemHeader, width: 60 },
      ...header.value.cells.map((cell) => ({ header: cellText(cell) })),
    ]
    const copied = copyRows(rows, header.value.row, reasons)
    yield* target === 'xlsx' ? xlsxStream(columns, copied) : csvStream(columns, copied, await delimiterOf(sourcePath))
  } finally {
    await rows.return(undefined)
  }
}

async function* copyRows(
  rows: AsyncIterable<{ row: number; cells: CellValue[] }>,
  headerRow: number,
  reasons: Reasons,
): AsyncGenerator<CellValue[]> {
  let previous = headerRow
  for await (const { row, cells } of rows) {
    for (let blank = previous + 1; blank < row; blank += 1) yield []
    previous = row
    yield [await reasons(row), ...cells]
  }
}

async function delimiterOf(sourcePath: string): Promise<{ delimiter?: string }> {
  return (await sniffSpreadsheet(sourcePath)) === 'csv' ? { delimiter: (await shapeOfCsv(sourcePath)).delimiter } : {}
}
