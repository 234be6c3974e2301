import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { ZipFile } from 'yazl'
import { type CellValue, cellText } from './cells.ts'
import { neutralise } from './formulas.ts'
import { lastRow, tooLarge } from './limits.ts'
import { serialOf } from './number-formats.ts'

export interface SpreadsheetColumn {
  header: string
  /** Characters of the usual font; fitted to the header when left out. */
  width?: number
  /** `number`: digits in a string are a number too. `date`: so are `yyyy-mm-dd` and `yyyy-mm-dd hh:mm:ss`. */
  type?: 'text' | 'number' | 'date'
}

/** One value for each column; more are written, fewer leave blanks. */
export type Rows = AsyncIterable<readonly CellValue[]>

// The sheet is put together here because no kept library streams one with a styled header and filters: exceljs is
// no longer maintained, and hucre's streaming writer knows neither.

/** Control goes back to the event loop after so much text, which takes about a millisecond to put together. */
const chunkLength = 65_536

/**
 * A CSV file as Excel likes it: UTF-8 with a byte order mark, lines ending in CRLF. Text that could run as a formula gets
 * an apostrophe in front (`neutralise`); numbers, dates and booleans are written as they are. Rows are pulled as the
 * reader takes them, and `rows` is closed when the reader goes away.
 */
export function csvStream(
  columns: readonly SpreadsheetColumn[],
  rows: Rows,
  { delimiter = ',' }: { delimiter?: string } = {},
): Readable {
  return Readable.from(csvText(columns, rows, delimiter), { objectMode: false })
}

/**
 * An Excel workbook of one sheet: bold header that stays in sight, filter buttons, numbers and dates as such, everything
 * else typed as text and with the same apostrophe as in CSV, so that it stays harmless when saved as CSV. Text past
 * Excel's 32,767 characters is cut and ends in `…`.
 * The stream fails with AppError `file_too_large` after 1,048,576 rows, where a sheet ends.
 */
export function xlsxStream(
  columns: readonly SpreadsheetColumn[],
  rows: Rows,
  { sheetName = 'Sheet1' }: { sheetName?: string } = {},
): Readable {
  return Readable.from(workbook(columns, rows, sheetName), { objectMode: false })
}

async function* csvText(columns: readonly SpreadsheetColumn[], rows: Rows, delimiter: string): AsyncGenerator<string> {
  const header = columns.map((column) => csvCell(column.header))
  let text = `\uFEFF${header.join(delimiter)}\r\n`
  for await (const row of rows) {
    for (let at = 0; at < row.length; at += 1) {
      if (at > 0) text += delimiter
      text += csvCell(typed(row[at], columns[at]?.type))
    }
    text += '\r\n'
    if (text.length > chunkLength) {
      yield text
      text = ''
      await setImmediate()
    }
  }
  yield text
}

function csvCell(value: CellValue): string {
  if (typeof value !== 'string') return cellText(value)
  const text = neutralise(value.includes('\0') ? value.replaceAll('\0', '') : value)
  return text !== text.trim() || /[",;\t\r\n]|^sep=/i.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A string that its column says is a number or date becomes one; digits past the 15 that Excel keeps stay text. */
function typed(value: CellValue, type: SpreadsheetColumn['type']): CellValue {
  if (typeof value !== 'string' || type === undefined || type === 'text') return value
  if (type === 'number') return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) && value.length <= 15 ? Number(value) : value
  if (!/^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}:\d{2})?$/.test(value)) return value
  const date = new Date(value.length === 10 ? value : `${value.replace(' ', 'T')}Z`)
  return Number.isNaN(date.getTime()) ? value : date
}

async function* workbook(
  columns: readonly SpreadsheetColumn[],
  rows: Rows,
  sheetName: string,
): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile()
  const file = zip.outputStream as Readable
  const sheet = Readable.from(sheetXml(columns, rows), { objectMode: false })
  sheet.on('error', (error) => file.destroy(error))
  for (const [path, text] of Object.entries(fixedParts(sheetName))) zip.addBuffer(Buffer.from(text), path)
  zip.addReadStream(sheet, 'xl/worksheets/sheet1.xml')
  zip.end()
  try {
    yield* file
  } finally {
    sheet.destroy()
  }
}

const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const mainSpace = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relationSpace = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packageSpace = 'http://schemas.openxmlformats.org/package/2006'
const contentType = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

/** Positions in `cellXfs` below. */
const style = { header: 1, day: 2, moment: 3, text: 4 }

const styles = `${xmlHead}<styleSheet xmlns="${mainSpace}"><numFmts count="2">\
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

function fixedParts(sheetName: string): Record<string, string> {
  // Excel refuses a name with these, or longer than 31.
  const name = sheetName.replace(/[[\]:*?/\\]/g, ' ').slice(0, 31)
  return {
    '[Content_Types].xml': `${xmlHead}<Types xmlns="${packageSpace}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/xl/workbook.xml" ContentType="${contentType}.sheet.main+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${contentType}.worksheet+xml"/>\
<Override PartName="/xl/styles.xml" ContentType="${contentType}.styles+xml"/></Types>`,
    '_rels/.rels': relations(['officeDocument', 'xl/workbook.xml']),
    'xl/workbook.xml': `${xmlHead}<workbook xmlns="${mainSpace}" xmlns:r="${relationSpace}">\
<sheets><sheet name="${escaped(name).replaceAll('"', '&quot;')}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(['worksheet', 'worksheets/sheet1.xml'], ['styles', 'styles.xml']),
    'xl/styles.xml': styles,
  }
}

function relations(...targets: [type: string, target: string][]): string {
  const items = targets.map(
    ([type, target], index) =>
      `<Relationship Id="rId${index + 1}" Type="${relationSpace}/${type}" Target="${target}"/>`,
  )
  return `${xmlHead}<Relationships xmlns="${packageSpace}/relationships">${items.join('')}</Relationships>`
}

async function* sheetXml(columns: readonly SpreadsheetColumn[], rows: Rows): AsyncGenerator<string> {
  const letters: string[] = []
  const letterOf = (index: number): string => {
    letters[index] ??= columnLetters(index)
    return letters[index]
  }
  const widths = columns.map(({ header, width = Math.min(60, Math.max(10, header.length + 4)) }, index) => {
    return `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`
  })
  const header = columns.map((column, index) => textCell(`${letterOf(index)}1`, style.header, column.header))
  let xml = `${xmlHead}<worksheet xmlns="${mainSpace}"><sheetViews><sheetView workbookViewId="0">\
<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>\
${widths.length > 0 ? `<cols>${widths.join('')}</cols>` : ''}<sheetData><row r="1">${header.join('')}</row>`
  let number = 1
  for await (const row of rows) {
    number += 1
    if (number > lastRow) {
      throw tooLarge('rows', 'An Excel sheet ends after 1,048,576 rows. Take fewer rows, or CSV.', { max: lastRow })
    }
    xml += `<row r="${number}">`
    for (let at = 0; at < row.length; at += 1) {
      xml += cellXml(letterOf(at) + number, typed(row[at], columns[at]?.type))
    }
    xml += '</row>'
    if (xml.length > chunkLength) {
      yield xml
      xml = ''
      await setImmediate()
    }
  }
  const filter = columns.length > 0 ? `<autoFilter ref="A1:${letterOf(columns.length - 1)}${number}"/>` : ''
  yield `${xml}</sheetData>${filter}</worksheet>`
}

function cellXml(reference: string, value: CellValue): string {
  if (value === null || value === undefined || value === '') return ''
  if (typeof value === 'string') return textCell(reference, style.text, value)
  if (typeof value === 'number') return Number.isFinite(value) ? `<c r="${reference}"><v>${value}</v></c>` : ''
  if (typeof value === 'boolean') return `<c r="${reference}" t="b"><v>${value ? 1 : 0}</v></c>`
  if (Number.isNaN(value.getTime())) return ''
  const serial = serialOf(value)
  if (serial === undefined) return textCell(reference, style.text, cellText(value))
  return `<c r="${reference}" s="${Number.isInteger(serial) ? style.day : style.moment}"><v>${serial}</v></c>`
}

function textCell(reference: string, look: number, value: string): string {
  const harmless = neutralise(value)
  const text = escaped(harmless.length > 32_767 ? `${harmless.slice(0, 32_766)}…` : harmless)
  const keepsBlanks = text !== text.trim() ? ' xml:space="preserve"' : ''
  return `<c r="${reference}" s="${look}" t="inlineStr"><is><t${keepsBlanks}>${text}</t></is></c>`
}

const special = /[&<>\0-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_/

/** Text as XML holds it; letters that it cannot hold as `_x000D_` (ECMA-376, ST_Xstring), NULs not at all. */
function escaped(text: string): string {
  if (!special.test(text)) return text
  return text
    .toWellFormed()
    .replaceAll('\0', '')
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[\x01-\x08\x0b-\x1f\ufffe\uffff]/g, (letter) => {
      return `_x${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`
    })
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

/** 0 is `A`, 26 is `AA`. */
function columnLetters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26))
  return index < 26 ? last : columnLetters(Math.floor(index / 26) - 1) + last
}
