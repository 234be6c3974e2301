import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { annotateSpreadsheet } from './annotate.ts'
import type { CellValue } from './cells.ts'
import { readTypedRows } from './read.ts'
import { type Rows, xlsxStream } from './write.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spreadsheets-'))
})
afterAll(() => rm(folder, { recursive: true }))

const problems: Record<number, string> = {
  3: 'No such barangay. Did you mean "Bato"?',
  5: '=population is not a number',
}
const reasons = (row: number): string | undefined => problems[row]

test('a CSV file keeps its delimiter, columns, blank rows and long rows', async () => {
  const path = join(folder, 'a.csv')
  await writeFile(path, Buffer.from("Name;Count\nNiño;1,5\nPiñan;x;extra\n\n'=1+1;-\n", 'latin1'))
  expect(await text(annotateSpreadsheet(path, async (row) => reasons(row), 'csv'))).toBe(
    'Problem;Name;Count\r\n' +
      ';Niño;"1,5"\r\n' +
      '"No such barangay. Did you mean ""Bato""?";Piñan;x;extra\r\n' +
      '\r\n' +
      "'=population is not a number;'=1+1;'-\r\n",
  )
})

test('a workbook keeps numbers, days and texts as they are', async () => {
  const path = join(folder, 'a.xlsx')
  const rows: CellValue[][] = [['Niño', 12.5, new Date('2026-03-01')], ['=1+1', '007', true], [], ['last']]
  async function* source(): Rows {
    yield* rows
  }
  await pipeline(
    xlsxStream([{ header: 'Name' }, { header: 'Count' }, { header: 'Day' }], source()),
    createWriteStream(path),
  )
  const copy = join(folder, 'copy.xlsx')
  await pipeline(annotateSpreadsheet(path, reasons, 'xlsx'), createWriteStream(copy))
  const found: Record<number, CellValue[]> = {}
  for await (const { row, cells } of readTypedRows(copy)) found[row] = cells
  expect(found).toEqual({
    1: ['Problem', 'Name', 'Count', 'Day'],
    2: ['', 'Niño', 12.5, new Date('2026-03-01')],
    3: ['No such barangay. Did you mean "Bato"?', '=1+1', '007', true],
    5: ['=population is not a number', 'last'],
  })
})

test('from one format to the other', async () => {
  const path = join(folder, 'b.csv')
  await writeFile(path, 'Name,Count\nBato,1\n')
  const copy = join(folder, 'b.xlsx')
  await pipeline(
    annotateSpreadsheet(path, () => 'no', 'xlsx'),
    createWriteStream(copy),
  )
  expect(await text(annotateSpreadsheet(copy, () => undefined, 'csv'))).toBe(
    'Problem,Problem,Name,Count\r\n,no,Bato,1\r\n',
  )
})

test('a file that cannot be read fails the stream with its code', async () => {
  const path = join(folder, 'c.csv')
  await writeFile(path, 'a,b\n1,"open')
  await expect(text(annotateSpreadsheet(path, reasons, 'csv'))).rejects.toMatchObject({ code: 'unreadable_file' })
  await writeFile(path, '')
  await expect(text(annotateSpreadsheet(path, reasons, 'xlsx'))).rejects.toMatchObject({ code: 'unreadable_file' })
  expect(await readFile(path, 'utf8')).toBe('')
})
