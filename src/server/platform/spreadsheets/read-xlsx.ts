import { posix } from 'node:path'
import { crc32 } from 'node:zlib'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import type { CellValue } from './cells.ts'
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
  unsupported,
} from './limits.ts'
import { type NumberFormat, numberFormat, shownNumber } from './number-formats.ts'
import { StringTable } from './string-table.ts'
import { parseXml, type XmlHandlers } from './xml.ts'

const damaged = 'The workbook is damaged. Open it in a spreadsheet program and save it again.'
const noWorkbook =
  'This is not an Excel workbook (.xlsx). Open it in a spreadsheet program and save it as .xlsx or CSV.'
/** Unpacked bytes of the small parts (the workbook, its relations, its styles), which are kept whole. */
const smallPartBytes = 16 * 1_048_576

interface Workbook {
  zip: ZipFile
  parts: Map<string, Entry>
  /** Path of the part that lists the sheets. */
  main: string
}

/** The rows of the first visible sheet. */
export async function* readXlsx(
  path: string,
  limits: SpreadsheetLimits,
): AsyncGenerator<{ row: number; cells: CellValue[] }> {
  let book: Workbook | undefined
  try {
    book = await openWorkbook(path, limits)
    const { sheet, strings, styles, uses1904 } = await findSheet(book)
    const found: { row: number; cells: CellValue[] }[] = []
    const context = {
      strings: strings ? await readStrings(book.zip, strings, limits) : new StringTable(),
      formats: styles ? await readFormats(book.zip, styles) : [],
      uses1904,
      limits,
    }
    const handlers = sheetHandlers(context, (row, cells) => found.push({ row, cells }))
    for await (const _ of parseXml(bytesOf(book.zip, sheet), handlers)) yield* found.splice(0)
    yield* found
  } catch (error) {
    throw asUnreadable(error, damaged)
  } finally {
    book?.zip.close()
  }
}

/** Looks at the list of parts only. @throws AppError when this is no workbook, or one that costs too much to read */
export async function checkXlsx(path: string, limits: SpreadsheetLimits): Promise<void> {
  try {
    const { zip } = await openWorkbook(path, limits)
    zip.close()
  } catch (error) {
    throw asUnreadable(error, damaged)
  }
}

async function openWorkbook(path: string, limits: SpreadsheetLimits): Promise<Workbook> {
  const zip = await openPromise(path, { autoClose: false, lazyEntries: true })
  try {
    const parts = await listParts(zip, limits)
    const root = parts.get('_rels/.rels')
    const main = root && (await readRelations(zip, root, '')).find(({ type }) => type === 'officeDocument')?.target
    if (main === undefined || !parts.has(main) || !main.endsWith('.xml') || /^(word|ppt)\//.test(main)) {
      throw unsupported(noWorkbook)
    }
    return { zip, parts, main }
  } catch (error) {
    zip.close()
    throw error
  }
}

async function listParts(zip: ZipFile, limits: SpreadsheetLimits): Promise<Map<string, Entry>> {
  const parts = new Map<string, Entry>()
  let unpacked = 0
  if (zip.entryCount > limits.entries) {
    throw tooLarge('entries', `The workbook has more than ${limits.entries} parts.`, { max: limits.entries })
  }
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw unsupported('The workbook is protected by a password. Save it without one.')
    unpacked += entry.uncompressedSize
    if (unpacked > limits.uncompressedBytes) {
      const max = limits.uncompressedBytes
      throw tooLarge('uncompressedBytes', `The workbook unpacks to more than ${Math.floor(max / 1_048_576)} MB.`, {
        max,
      })
    }
    if (entry.uncompressedSize > 16 * 1_048_576 && entry.uncompressedSize > limits.ratio * entry.compressedSize) {
      throw tooLarge('ratio', 'The workbook unpacks to far more than it holds.', { max: limits.ratio })
    }
    parts.set(entry.fileName, entry)
  }
  return parts
}

/** What the archive says of a part is held against what comes out of it: yauzl compares sizes, this the check sum. */
async function* bytesOf(zip: ZipFile, part: Entry): AsyncGenerator<Buffer> {
  let sum = 0
  for await (const chunk of await zip.openReadStreamPromise(part)) {
    sum = crc32(chunk as Buffer, sum)
    yield chunk as Buffer
  }
  if (sum !== part.crc32) throw unreadable(damaged)
}

async function parsePart(zip: ZipFile, part: Entry, handlers: XmlHandlers): Promise<void> {
  for await (const _ of parseXml(bytesOf(zip, part), handlers));
}

async function parseSmallPart(zip: ZipFile, part: Entry, handlers: XmlHandlers): Promise<void> {
  if (part.uncompressedSize > smallPartBytes) {
    throw tooLarge('uncompressedBytes', 'The workbook holds far more styles or sheets than a list needs.')
  }
  await parsePart(zip, part, handlers)
}

/** Where the parts that `folder` speaks of lie, by id; the type is the last word of its address. */
async function readRelations(
  zip: ZipFile,
  part: Entry,
  folder: string,
): Promise<{ id: string; type: string; target: string }[]> {
  const relations: { id: string; type: string; target: string }[] = []
  await parseSmallPart(zip, part, {
    open(name, { Id = '', Type = '', Target = '', TargetMode }) {
      if (name !== 'Relationship' || TargetMode === 'External') return
      relations.push({
        id: Id,
        type: Type.slice(Type.lastIndexOf('/') + 1),
        target: posix.join('/', Target.startsWith('/') ? '' : folder, Target).slice(1),
      })
    },
  })
  return relations
}

async function findSheet({ zip, parts, main }: Workbook): Promise<{
  sheet: Entry
  strings: Entry | undefined
  styles: Entry | undefined
  uses1904: boolean
}> {
  const folder = posix.dirname(main)
  const own = parts.get(posix.join(folder, '_rels', `${posix.basename(main)}.rels`))
  const relations = own ? await readRelations(zip, own, folder) : []
  const visible: string[] = []
  let root: string | undefined
  let uses1904 = false
  await parseSmallPart(zip, parts.get(main) as Entry, {
    open(name, attributes) {
      root ??= name
      if (name === 'workbookPr') uses1904 = isTrue(attributes.date1904)
      if (name !== 'sheet' || (attributes.state ?? 'visible') !== 'visible') return
      const id = Object.keys(attributes).find((key) => key.endsWith(':id'))
      if (id) visible.push(attributes[id] ?? '')
    },
  })
  if (root !== 'workbook') throw unsupported(noWorkbook)
  const sheet = visible
    .map((id) => relations.find((relation) => relation.id === id && relation.type === 'worksheet'))
    .find((relation) => relation !== undefined)
  const entry = sheet && parts.get(sheet.target)
  if (!entry) throw unreadable('The workbook has no visible sheet with rows.')
  const partOf = (type: string): Entry | undefined =>
    parts.get(relations.find((relation) => relation.type === type)?.target ?? '')
  return { sheet: entry, strings: partOf('sharedStrings'), styles: partOf('styles'), uses1904 }
}

const isTrue = (text: string | undefined): boolean => text === '1' || text === 'true'

async function readFormats(zip: ZipFile, part: Entry): Promise<NumberFormat[]> {
  const codes = new Map<number, string>()
  const formats: NumberFormat[] = []
  let isCellFormat = false
  await parseSmallPart(zip, part, {
    open(name, attributes) {
      if (name === 'numFmt') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '')
      if (name === 'cellXfs') isCellFormat = true
      if (name !== 'xf' || !isCellFormat) return
      const id = Number(attributes.numFmtId ?? 0)
      formats.push(numberFormat(id, codes.get(id)))
    },
    close(name) {
      if (name === 'cellXfs') isCellFormat = false
    },
  })
  return formats
}

async function readStrings(zip: ZipFile, part: Entry, limits: SpreadsheetLimits): Promise<StringTable> {
  const table = new StringTable()
  const collector = textCollector(limits, () => tooLarge('cellLength', 'The workbook holds a text that is too long.'))
  await parsePart(zip, part, {
    open(name) {
      if (name === 'si') collector.start()
      collector.open(name)
    },
    close(name) {
      collector.close(name)
      if (name === 'si') table.add(collector.text)
    },
    text: collector.add,
  })
  return table
}

/** Gathers what a cell or shared text shows: its value or runs, without phonetic hints. */
function textCollector(limits: SpreadsheetLimits, tooLong: () => Error) {
  let isOpen = false
  let isPhonetic = false
  const collector = {
    text: '',
    start() {
      collector.text = ''
    },
    open(name: string) {
      if (name === 'rPh') isPhonetic = true
      if (name === 't' || name === 'v') isOpen = !isPhonetic
    },
    close(name: string) {
      if (name === 'rPh') isPhonetic = false
      if (name === 't' || name === 'v') isOpen = false
    },
    add(text: string) {
      if (!isOpen) return
      collector.text += text
      // An escaped letter takes seven, so the exact length is judged once it is unescaped.
      if (collector.text.length > 7 * limits.cellLength + 7) throw tooLong()
    },
  }
  return collector
}

interface SheetContext {
  strings: StringTable
  formats: NumberFormat[]
  uses1904: boolean
  limits: SpreadsheetLimits
}

function sheetHandlers(context: SheetContext, onRow: (row: number, cells: CellValue[]) => void): XmlHandlers {
  const { limits } = context
  let isInData = false
  let row = 0
  let filledRows = 0
  let cells: CellValue[] = []
  let column = 0
  let cell: Record<string, string> = {}
  /** A formula whose result the file does not hold, as scripts write them; shown rather than taken for a blank. */
  let formula: string | undefined
  let isInFormula = false
  const collector = textCollector(limits, () => cellTooLong(limits, row, column))
  return {
    open(name, attributes) {
      if (!isInData) {
        isInData = name === 'sheetData'
      } else if (name === 'row') {
        row = nextRow(attributes.r, row)
        cells = []
        column = 0
      } else if (name === 'c') {
        column = attributes.r === undefined ? column + 1 : columnOf(attributes.r)
        if (column < 1 || column > 16_384) throw unreadable(damaged, { row })
        cell = attributes
        formula = undefined
        collector.start()
      } else {
        if (name === 'f') formula = '='
        isInFormula = name === 'f'
        collector.open(name)
      }
    },
    close(name) {
      if (!isInData) return
      isInFormula = false
      collector.close(name)
      if (name === 'sheetData') isInData = false
      else if (name === 'row' && cells.length > 0) {
        filledRows += 1
        if (filledRows > limits.rows) throw rowTooMany(limits)
        onRow(row, cells)
      } else if (name === 'c') {
        const { text } = collector
        const shown = formula !== undefined && cell.t !== 'str' ? formula : ''
        const value = text === '' ? shown : cellValue(cell, text, context, row, column)
        if (value === '') return
        if (column > limits.columns) throw columnTooMany(limits, row)
        while (cells.length < column) cells.push('')
        cells[column - 1] = value
      }
    },
    text(text) {
      if (!isInData) return
      if (isInFormula) formula = `${formula}${text}`.slice(0, limits.cellLength)
      else collector.add(text)
    },
  }
}

function nextRow(number: string | undefined, previous: number): number {
  const row = number === undefined ? previous + 1 : Number(number)
  if (!Number.isInteger(row) || row <= previous || row > lastRow) throw unreadable(damaged, { row: previous })
  return row
}

/** `C12` is in column 3. */
function columnOf(reference: string): number {
  let column = 0
  for (let at = 0; at < reference.length; at += 1) {
    const letter = reference.charCodeAt(at) - 64
    if (letter < 1 || letter > 26) break
    column = column * 26 + letter
  }
  return column
}

function cellValue(
  { t: type = 'n', s: style }: Record<string, string>,
  raw: string,
  { strings, formats, uses1904, limits }: SheetContext,
  row: number,
  column: number,
): CellValue {
  if (type === 'n') {
    const value = raw.trim() === '' ? Number.NaN : Number(raw)
    if (!Number.isFinite(value)) return raw.trim()
    return shownNumber(value, (style && formats[Number(style)]) || { shows: 'number' }, uses1904)
  }
  if (type === 'b') return isTrue(raw.trim())
  if (type === 'e') return raw
  if (type === 'd') {
    const day = /^\d{4}-\d{2}-\d{2}(T[\d:.]+)?$/.test(raw) ? new Date(raw.includes('T') ? `${raw}Z` : raw) : undefined
    return day && !Number.isNaN(day.getTime()) ? day : raw
  }
  const text = type === 's' ? strings.at(Number(raw)) : raw
  if (text === undefined) throw unreadable(damaged, { row, column })
  const original = restore(unescaped(text))
  if (original.includes('\0')) throw nulInText(row, column)
  if (original.length > limits.cellLength) throw cellTooLong(limits, row, column)
  return original
}

/** `_x000D_` stands for a letter that XML cannot hold (ECMA-376, ST_Xstring). */
const unescaped = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text
