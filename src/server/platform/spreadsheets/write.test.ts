import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromBufferPromise } from 'yauzl'
import { type CellValue, cellText } from './cells.ts'
import { readSpreadsheet } from './read.ts'
import { csvStream, type Rows, type SpreadsheetColumn, xlsxStream } from './write.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spreadsheets-'))
})
afterAll(() => rm(folder, { recursive: true }))

const streams = { csv: csvStream, xlsx: xlsxStream }
const formats = ['csv', 'xlsx'] as const

async function* asRows(rows: CellValue[][]): Rows {
  yield* rows
}

async function readBack(stream: Readable): Promise<string[][]> {
  const path = join(folder, crypto.randomUUID())
  await pipeline(stream, createWriteStream(path))
  const found: string[][] = []
  for await (const { row, cells } of readSpreadsheet(path)) found[row - 1] = cells
  return Array.from(found, (cells) => cells ?? [])
}

async function sheetXml(stream: Readable): Promise<string> {
  const zip = await fromBufferPromise(await buffer(stream), { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName === 'xl/worksheets/sheet1.xml') return text(await zip.openReadStreamPromise(entry))
  }
  throw new Error('no sheet')
}

const withoutBlankEnd = (cells: string[]): string[] => cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1)

const anyText = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom("'", '"', '=', '-', ',', ';', '\t', '\r', '\n', ' ', 'ñ', '_', 'x', '0', 'D', '&'),
    }),
    fc.constantFrom('sep=;', '_x000D_', "'=1", '007', '\uFEFF=', '1e5', 'TRUE', '2026-03-01'),
  )
  .map((drawn) => drawn.replaceAll('\0', ''))
const anyValue: fc.Arbitrary<CellValue> = fc.oneof(
  { arbitrary: anyText, weight: 6 },
  fc.maxSafeInteger().filter((number) => Math.abs(number) < 1e15),
  fc.integer().map((cents) => cents / 100),
  fc.boolean(),
  fc.constant(null),
  fc
    .date({ min: new Date('1900-03-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000)),
)

test.each(formats)(
  'what is written as %s is read back exactly',
  async (format) => {
    const table = fc.tuple(
      fc.array(anyText, { minLength: 1, maxLength: 4 }),
      fc.array(fc.array(anyValue, { maxLength: 5 }), { maxLength: 5 }),
    )
    await fc.assert(
      fc.asyncProperty(table, async ([headers, rows]) => {
        const expected = [headers, ...rows.map((row) => row.map(cellText))].map(withoutBlankEnd)
        while (expected.at(-1)?.length === 0) expected.pop()
        const stream = streams[format](
          headers.map((header) => ({ header })),
          asRows(rows),
        )
        if (expected.length === 0) await expect(readBack(stream)).rejects.toMatchObject({ code: 'unreadable_file' })
        else expect(await readBack(stream)).toEqual(expected)
      }),
      { numRuns: 150 },
    )
  },
  60_000,
)

const columns: SpreadsheetColumn[] = [
  { header: 'Name' },
  { header: 'Count', type: 'number' },
  { header: 'Day', type: 'date' },
]

test('CSV: byte order mark, CRLF, harmless formulas, numbers left alone', async () => {
  const rows = asRows([
    ['=HYPERLINK("x")', -5, '2026-03-01'],
    ['Sto. Niño, "Bato"', '-12.50', null],
    ['\u0000nul', '007', new Date('2026-03-01T14:30:00Z')],
  ])
  expect(await text(csvStream(columns, rows, { delimiter: ';' }))).toBe(
    'Name;Count;Day\r\n' +
      `"'=HYPERLINK(""x"")";-5;2026-03-01\r\n` +
      '"Sto. Niño, ""Bato""";-12.5;\r\n' +
      'nul;007;2026-03-01 14:30:00\r\n',
  )
  const bytes = await buffer(csvStream(columns, asRows([])))
  expect(bytes.toString('hex')).toMatch(/^efbbbf.*0d0a$/)
})

test('XLSX: text is typed as text, numbers and days as such, header frozen with filters', async () => {
  const rows = asRows([
    ['=1+1', '12.50', '2026-03-01'],
    [' a & b', '1234567890123456789', '1850-01-01'],
    [true, 3, '2026-13-45'],
  ])
  const xml = await sheetXml(xlsxStream(columns, rows))
  expect(xml).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>')
  expect(xml).toContain('<c r="A2" s="4" t="inlineStr"><is><t>\'=1+1</t></is></c>')
  expect(xml).toContain('<c r="B2"><v>12.5</v></c><c r="C2" s="2"><v>46082</v></c>')
  expect(xml).toContain('<t xml:space="preserve"> a &amp; b</t>')
  expect(xml).toContain('<t>1234567890123456789</t>')
  expect(xml).toContain('<t>1850-01-01</t>')
  expect(xml).toContain('<c r="A4" t="b"><v>1</v></c>')
  expect(xml).toContain('<t>2026-13-45</t>')
  expect(xml).toContain('<autoFilter ref="A1:C4"/>')
  expect(xml).not.toContain('<f>')
})

test('XLSX: a text past what a cell holds is cut visibly', async () => {
  const [, [cell = ''] = []] = await readBack(xlsxStream([{ header: 'A' }], asRows([[`${'x'.repeat(32_765)}😀😀`]])))
  expect(cell).toHaveLength(32_767)
  expect(cell.endsWith('…')).toBe(true)
})

test('XLSX: columns past Z, and a name that Excel would refuse', async () => {
  const many = Array.from({ length: 60 }, (_, index) => ({ header: `H${index}` }))
  const xml = await sheetXml(xlsxStream(many, asRows([]), { sheetName: 'a/b [c] "d" & far too long for a sheet' }))
  expect(xml).toContain('<c r="AZ1"')
  expect(xml).toContain('<autoFilter ref="A1:BH1"/>')
})

test('XLSX: more rows than a sheet has', async () => {
  async function* endless(): Rows {
    for (;;) yield []
  }
  await expect(buffer(xlsxStream([{ header: 'A' }], endless()))).rejects.toMatchObject({ code: 'file_too_large' })
}, 30_000)

test.each(formats)('%s: a source that fails makes the stream fail, and nothing before it is read', async (format) => {
  async function* failing(): Rows {
    yield ['a']
    throw new Error('connection lost')
  }
  const stream = streams[format]([{ header: 'A' }], failing())
  await setTimeout(20)
  await expect(buffer(stream)).rejects.toThrow('connection lost')
})

test.each(formats)(
  '%s: rows are pulled as they are taken, and their source is closed when the taker leaves',
  async (format) => {
    let pulled = 0
    let isClosed = false
    async function* source(): Rows {
      try {
        for (;;) {
          pulled += 1
          yield [pulled, randomBytes(750).toString('base64')]
        }
      } finally {
        isClosed = true
      }
    }
    const stream = streams[format]([{ header: 'A' }], source())
    await stream[Symbol.asyncIterator]().next()
    await setTimeout(200)
    const early = pulled
    expect(early).toBeLessThan(5000)
    await setTimeout(100)
    expect(pulled).toBe(early)
    stream.destroy()
    await setTimeout(50)
    expect(isClosed).toBe(true)
  },
)

test.each(formats)('%s: other work goes on while rows are written', async (format) => {
  async function* source(): Rows {
    for (let row = 0; row < 50_000; row += 1) yield [row, `Sitio ${row}`, '=1', null, true]
  }
  let turns = 0
  let isOver = false
  const turn = (): void => {
    turns += 1
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  for await (const _ of streams[format](columns, source()));
  isOver = true
  expect(turns).toBeGreaterThan(8)
})
