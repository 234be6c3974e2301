import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { AppError } from '../errors.ts'
import { type ReadOptions, readSpreadsheet, sniffSpreadsheet } from './read.ts'

let folder: string
let count = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spreadsheets-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileOf(content: string | Uint8Array): Promise<string> {
  count += 1
  const path = join(folder, String(count))
  await writeFile(path, content)
  return path
}

async function rowsOf(content: string | Uint8Array, options?: ReadOptions): Promise<Record<number, string[]>> {
  const found: Record<number, string[]> = {}
  for await (const { row, cells } of readSpreadsheet(await fileOf(content), options)) found[row] = cells
  return found
}

async function refusalOf(content: string | Uint8Array, options?: ReadOptions): Promise<AppError> {
  const error = await rowsOf(content, options).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(AppError)
  return error as AppError
}

const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const relations = (...items: [id: string, type: string, target: string][]): string =>
  `<Relationships>${items
    .map(([id, type, target]) => `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`)
    .join('')}</Relationships>`

const sheetOf = (rows: string): string => `<worksheet ${main}><sheetData>${rows}</sheetData></worksheet>`

function partsOf(sheet: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    '_rels/.rels': relations(['rId1', 'officeDocument', 'xl/workbook.xml']),
    'xl/workbook.xml': `<workbook ${main} xmlns:r="${office}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(
      ['rId1', 'worksheet', 'worksheets/sheet1.xml'],
      ['rId2', 'sharedStrings', 'sharedStrings.xml'],
      ['rId3', 'styles', 'styles.xml'],
    ),
    'xl/worksheets/sheet1.xml': sheet,
    ...more,
  }
}

function zipOf(parts: Record<string, string | Readable>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [path, content] of Object.entries(parts)) {
    if (typeof content === 'string') zip.addBuffer(Buffer.from(content), path)
    else zip.addReadStream(content, path)
  }
  zip.end()
  return buffer(zip.outputStream)
}

const workbookOf = (rows: string, more?: Record<string, string>): Promise<Buffer> => zipOf(partsOf(sheetOf(rows), more))

describe('CSV', () => {
  const table = 'Name,Place\r\nSto. Niño,Piñan\r\n'
  const expected = { 1: ['Name', 'Place'], 2: ['Sto. Niño', 'Piñan'] }
  const utf16be = Buffer.from(table, 'utf16le').swap16()

  test.each<[string, Uint8Array]>([
    ['UTF-8', Buffer.from(table)],
    ['UTF-8 with BOM', Buffer.from(`\uFEFF${table}`)],
    ['UTF-16 LE with BOM', Buffer.from(`\uFEFF${table}`, 'utf16le')],
    ['UTF-16 BE with BOM', Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be])],
    ['UTF-16 LE without BOM', Buffer.from(table, 'utf16le')],
    ['UTF-16 BE without BOM', utf16be],
    ['Windows-1252', Buffer.from(table, 'latin1')],
  ])('%s', async (_, content) => {
    expect(await rowsOf(content)).toEqual(expected)
    expect(await sniffSpreadsheet(await fileOf(content))).toBe('csv')
  })

  test('letters that only Windows-1252 has', async () => {
    expect(await rowsOf(Buffer.from([0x80, 0x2c, 0x93, 0x41, 0x94]))).toEqual({ 1: ['€', '“A”'] })
  })

  test('the first foreign letter far behind the start, on a chunk boundary too', async () => {
    const plain = 'a,b\n'.repeat(40_000)
    for (const pad of ['', 'x', 'xx', 'xxx']) {
      const windows = await rowsOf(Buffer.from(`${plain}${pad}Niño,b\n`, 'latin1'))
      expect(windows[40_001]).toEqual([`${pad}Niño`, 'b'])
      const utf8 = await rowsOf(`${plain}${pad}Niño,b\n`)
      expect(utf8[40_001]).toEqual([`${pad}Niño`, 'b'])
    }
    const atBoundary = Buffer.from(`${'x'.repeat(65_535)}ño,b\n`, 'latin1')
    expect((await rowsOf(atBoundary, { limits: { cellLength: 70_000 } }))[1]?.[0]).toHaveLength(65_537)
  })

  test('UTF-8 with a broken letter is said to be damaged instead of read as something else', async () => {
    const broken = Buffer.concat([Buffer.from('Niño,Piñan\nPeñ'), Buffer.from([0xc3, 0x28]), Buffer.from('aranda,x\n')])
    expect(await refusalOf(broken)).toMatchObject({ code: 'unreadable_file' })
  })

  test.each([
    [',', 'a,b;c,d\n1,2,3\n'],
    [';', 'a;b;c\n1,5;2;3\n'],
    ['\t', 'a\tb\tc\n1,5\t2;2\t3\n'],
    [';', '"a,b,c,d";b;c\n1;2;3\n'],
    [';', 'List of sitios\n\na;b;c\n1,5;2;3\n'],
    ['|', 'sep=|\r\na|b,c|d\r\n1|2|3\r\n'],
  ])('parted by %j', async (_, content) => {
    const rows = Object.values(await rowsOf(content))
    expect(rows.at(-1)).toHaveLength(3)
    expect(rows.at(-2)).toHaveLength(3)
  })

  test('the line that names the separator is no row', async () => {
    expect(await rowsOf('sep=;\na;b\n1;2\n')).toEqual({ 1: ['a', 'b'], 2: ['1', '2'] })
  })

  test('quoted newlines, quotes and separators; rows are numbered as a spreadsheet program does', async () => {
    expect(await rowsOf('a,b\r\n"line 1\r\nline 2","say ""yes"", now"\r\n\r\nlast,12" pipe\r\n')).toEqual({
      1: ['a', 'b'],
      2: ['line 1\r\nline 2', 'say "yes", now'],
      4: ['last', '12" pipe'],
    })
  })

  test.each(['\r\n', '\n', '\r'])('lines that end in %j', async (end) => {
    expect(await rowsOf(['a,b', '1,2'].join(end))).toEqual({ 1: ['a', 'b'], 2: ['1', '2'] })
  })

  test('line ends of several kinds in one file', async () => {
    expect(await rowsOf('a\r\nb\nc\rd')).toEqual({ 1: ['a'], 2: ['b'], 3: ['c'], 4: ['d'] })
  })

  test('ragged rows are given as they are, without empty cells at the end', async () => {
    expect(await rowsOf('a,b,c\n1\n1,2,3,4\n,,3\n1,,\n,,\n')).toEqual({
      1: ['a', 'b', 'c'],
      2: ['1'],
      3: ['1', '2', '3', '4'],
      4: ['', '', '3'],
      5: ['1'],
    })
  })

  test('a header alone', async () => {
    expect(await rowsOf('a,b')).toEqual({ 1: ['a', 'b'] })
  })

  test.each(['', '\uFEFF', '\r\n\r\n', ',,,\n'])('%j is an empty file', async (content) => {
    expect(await refusalOf(content)).toMatchObject({ code: 'unreadable_file', message: 'The file is empty.' })
  })

  test('a protective apostrophe is taken off, others stay', async () => {
    expect(await rowsOf("'=1+1,'+63 917,'Idjang,''-x\n")).toEqual({ 1: ['=1+1', '+63 917', "'Idjang", "'-x"] })
  })

  test('a NUL is refused with its place', async () => {
    expect(await refusalOf('a,b\n1,x\0y\n')).toMatchObject({
      code: 'unreadable_file',
      details: { row: 2, column: 2 },
    })
    expect(await refusalOf(Buffer.from('\uFEFFa,b\n1,x\0y\n', 'utf16le'))).toMatchObject({
      details: { row: 2, column: 2 },
    })
  })

  test('UTF-16 cut in the middle of a letter', async () => {
    const cut = Buffer.from('\uFEFFa,b\n1,2', 'utf16le').subarray(0, -1)
    expect(await refusalOf(cut)).toMatchObject({ code: 'unreadable_file' })
  })

  test('a quotation mark that is never closed is told by its row', async () => {
    expect(await refusalOf('a,b\n1,2\n3,"open\n5,6\n')).toMatchObject({ code: 'unreadable_file', details: { row: 3 } })
    const many = 'a,b\n'.repeat(5000)
    expect(await refusalOf(`${many}3,"open\n5,6\n`)).toMatchObject({ details: { row: 5001 } })
  })

  test.each([
    ['"', 'x\n'],
    ['', ','],
    ['', ',"\n"'],
  ])('a row that never ends: %j, then %j on and on', async (start, piece) => {
    const endless = `a,b\n1,${start}${piece.repeat(6_000_000 / piece.length)}`
    expect(await refusalOf(endless)).toMatchObject({ code: 'unreadable_file', details: { row: 2 } })
  })

  test.each<[Partial<NonNullable<ReadOptions['limits']>>, string]>([
    [{ bytes: 10 }, 'a,b,c,d,e,f\n'],
    [{ rows: 2 }, 'a\n1\n2\n'],
    [{ columns: 2 }, 'a,b,c\n'],
    [{ cellLength: 3 }, 'abcd\n'],
  ])('past the limit %j', async (limits, content) => {
    expect(await refusalOf(content, { limits })).toMatchObject({
      code: 'file_too_large',
      details: { limit: Object.keys(limits)[0] },
    })
  })

  test('an endless file of blank lines ends', async () => {
    expect(await refusalOf(`a${'\n'.repeat(1_048_580)}b`)).toMatchObject({ code: 'file_too_large' })
  })
})

describe('neither CSV nor XLSX', () => {
  test.each<[string, Uint8Array]>([
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')],
    ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj')],
    ['a web page named .xls', Buffer.from('\uFEFF <html><table><tr><td>a</td></tr></table></html>')],
    ['an RTF document', Buffer.from('{\\rtf1\\ansi}')],
    ['an old .xls', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2000)])],
    ['the first bytes of an old .xls', Buffer.from('d0cf11e0a1b11ae1', 'hex')],
  ])('%s', async (_, content) => {
    expect(await refusalOf(content)).toMatchObject({ code: 'unsupported_file' })
    await expect(sniffSpreadsheet(await fileOf(content))).rejects.toMatchObject({ code: 'unsupported_file' })
  })

  test('a workbook behind a password', async () => {
    const file = Buffer.alloc(2048)
    Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(file)
    file.writeUInt16LE(9, 30)
    file.writeUInt32LE(1, 48)
    file.write('EncryptedPackage', 1024, 'utf16le')
    expect(await refusalOf(file)).toMatchObject({
      code: 'unsupported_file',
      message: expect.stringMatching(/password/),
    })
  })

  test('a Word document and an archive of something else', async () => {
    const word = {
      '_rels/.rels': relations(['rId1', 'officeDocument', 'word/document.xml']),
      'word/document.xml': '<d/>',
    }
    expect(await refusalOf(await zipOf(word))).toMatchObject({ code: 'unsupported_file' })
    expect(await refusalOf(await zipOf({ 'readme.txt': 'hello' }))).toMatchObject({ code: 'unsupported_file' })
  })

  test('a file that is not there is a fault of ours, not of the person', async () => {
    await expect(sniffSpreadsheet(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('XLSX', () => {
  test('shared, inline and formula strings, numbers, booleans, errors', async () => {
    const strings = `<sst ${main}><si><t>Sto. Niño</t></si><si><r><t>rich </t></r><r><rPr><b/></rPr><t xml:space="preserve">text </t></r><rPh sb="0" eb="1"><t>hint</t></rPh></si><si><t>a_x000D_b_x005F_x0041_</t></si></sst>`
    const row = `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c>
      <c r="D1" t="inlineStr"><is><t>in &amp; out</t></is></c><c r="E1" t="str"><f>A1&amp;"x"</f><v>result</v></c>
      <c r="F1"><v>0.30000000000000004</v></c><c r="G1" t="b"><v>1</v></c><c r="H1" t="e"><v>#N/A</v></c><c r="I1"><v>1E3</v></c></row>`
    const file = await workbookOf(row, { 'xl/sharedStrings.xml': strings })
    expect(await sniffSpreadsheet(await fileOf(file))).toBe('xlsx')
    expect(await rowsOf(file)).toEqual({
      1: ['Sto. Niño', 'rich text ', 'a\rb_x0041_', 'in & out', 'result', '0.3', 'TRUE', '#N/A', '1000'],
    })
  })

  test('a formula without its result is shown, not taken for a blank', async () => {
    const row = `<row><c><f>SUM(A2:A9)</f></c><c><f>1+1</f><v></v></c><c t="str"><f>""</f><v></v></c><c t="str"><f>"a"</f><v>a</v></c></row>`
    expect(await rowsOf(await workbookOf(row))).toEqual({ 1: ['=SUM(A2:A9)', '=1+1', '', 'a'] })
  })

  test('numbers as their format shows them', async () => {
    const codes = ['dd/mm/yyyy;@', 'h:mm AM/PM', '"day" 0', '[Red]0.00', '0000000000', '0.0%', '[$₱-3409]#,##0.00']
    const styles = `<styleSheet ${main}><numFmts>${codes.map((code, index) => `<numFmt numFmtId="${170 + index}" formatCode="${code.replaceAll('"', '&quot;')}"/>`).join('')}</numFmts>
      <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/>${codes.map((_, index) => `<xf numFmtId="${170 + index}"/>`).join('')}</cellXfs></styleSheet>`
    const cells = [
      [0, '45000'],
      [1, '45000'],
      [2, '45000.604166666664'],
      [3, '45000'],
      [4, '0.5'],
      [5, '3'],
      [6, '2.5'],
      [7, '102801001'],
      [8, '0.125'],
      [9, '1500'],
      [1, '1'],
      [1, '-5'],
    ]
    const row = `<row>${cells.map(([style, value]) => `<c s="${style}"><v>${value}</v></c>`).join('')}<c t="d"><v>2026-03-01</v></c></row>`
    expect(await rowsOf(await workbookOf(row, { 'xl/styles.xml': styles }))).toEqual({
      1: [
        '45000',
        '2023-03-15',
        '2023-03-15 14:30:00',
        '2023-03-15',
        '12:00:00',
        '3',
        '2.5',
        '0102801001',
        '12.5%',
        '1500',
        '1900-01-01',
        '-5',
        '2026-03-01',
      ],
    })
  })

  test('days counted from 1904', async () => {
    const file = await workbookOf('<row><c s="0"><v>0</v></c><c s="0"><v>43538</v></c></row>', {
      'xl/workbook.xml': `<workbook ${main} xmlns:r="${office}"><workbookPr date1904="1"/><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      'xl/styles.xml': `<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>`,
    })
    expect((await rowsOf(file))[1]?.[1]).toBe('2023-03-15')
  })

  test('gaps, blank rows and formatted but empty cells', async () => {
    const rows = `<row r="2"><c r="B2"><v>1</v></c><c r="XFD2" s="1"/></row><row r="3"/><row r="1000000"><c r="A1000000"><v>2</v></c></row>`
    expect(await rowsOf(await workbookOf(rows))).toEqual({ 2: ['', '1'], 1000000: ['2'] })
  })

  test('the first visible sheet, whatever its place and prefix', async () => {
    const file = await zipOf({
      '_rels/.rels': relations(['a', 'officeDocument', '/book/main.xml']),
      'book/main.xml': `<x:workbook xmlns:x="m" xmlns:rel="r"><x:sheets><x:sheet name="H" state="hidden" rel:id="r1"/><x:sheet name="C" rel:id="r2"/><x:sheet name="V" rel:id="r3"/></x:sheets></x:workbook>`,
      'book/_rels/main.xml.rels': relations(
        ['r1', 'worksheet', 'hidden.xml'],
        ['r2', 'chartsheet', 'chart.xml'],
        ['r3', 'worksheet', '/book/sub/../visible.xml'],
      ),
      'book/hidden.xml': sheetOf('<row><c><v>1</v></c></row>'),
      'book/visible.xml': `<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
    })
    expect(await rowsOf(file)).toEqual({ 1: ['2'] })
  })

  test('no rows, no visible sheet', async () => {
    expect(await refusalOf(await workbookOf(''))).toMatchObject({ message: 'The file is empty.' })
    const hidden = `<workbook ${main} xmlns:r="${office}"><sheets><sheet state="veryHidden" r:id="rId1"/></sheets></workbook>`
    expect(await refusalOf(await workbookOf('', { 'xl/workbook.xml': hidden }))).toMatchObject({
      code: 'unreadable_file',
    })
  })

  test.each([
    [
      'entities',
      '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>',
    ],
    [
      'a file of ours',
      '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>',
    ],
    ['an unknown entity', '<worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>'],
    ['rows out of order', sheetOf('<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>')],
    ['a row past the last', sheetOf('<row r="1048577"><c><v>1</v></c></row>')],
    ['a column past the last', sheetOf('<row><c r="XFE1"><v>1</v></c></row>')],
    ['more cells than a row has', sheetOf(`<row>${'<c/>'.repeat(16_385)}</row>`)],
    ['a text that is not there', sheetOf('<row><c t="s"><v>7</v></c></row>')],
    ['a NUL', sheetOf('<row><c t="str"><v>a_x0000_</v></c></row>')],
    ['XML that stops', '<worksheet><sheetData><row><c><v>1</v></c></row>'],
    ['deep nesting', sheetOf('<a>'.repeat(100))],
    ['a tag that never ends', `<worksheet><sheetData a="${'x'.repeat(3_000_000)}"`],
    ['invalid UTF-8', sheetOf('<row><c t="str"><v>\u00f1</v></c></row>')],
  ])('%s is refused', async (name, sheet) => {
    const zip = await zipOf(partsOf(sheet))
    if (name !== 'invalid UTF-8') return expect(await refusalOf(zip)).toMatchObject({ code: 'unreadable_file' })
    const latin = new ZipFile()
    for (const [path, text] of Object.entries(partsOf(sheet))) latin.addBuffer(Buffer.from(text, 'latin1'), path)
    latin.end()
    expect(await refusalOf(await buffer(latin.outputStream))).toMatchObject({ code: 'unreadable_file' })
  })

  test.each<[Partial<NonNullable<ReadOptions['limits']>>, string]>([
    [{ bytes: 100 }, '<row><c><v>1</v></c></row>'],
    [{ entries: 3 }, '<row><c><v>1</v></c></row>'],
    [{ uncompressedBytes: 500 }, '<row><c><v>1</v></c></row>'],
    [{ rows: 1 }, '<row><c><v>1</v></c></row><row><c><v>2</v></c></row>'],
    [{ columns: 2 }, '<row><c r="C1"><v>1</v></c></row>'],
    [{ cellLength: 3 }, '<row><c t="str"><v>abcd</v></c></row>'],
    [{ cellLength: 3 }, `<row><c t="inlineStr"><is>${'<t>abcd</t>'.repeat(100)}</is></c></row>`],
  ])('past the limit %j', async (limits, rows) => {
    expect(await refusalOf(await workbookOf(rows), { limits })).toMatchObject({
      code: 'file_too_large',
      details: { limit: Object.keys(limits)[0] },
    })
  })

  test('a zip bomb is refused unread', async () => {
    const blank = Buffer.alloc(1_048_576, ' ')
    const bytes = Readable.from(
      (function* () {
        yield Buffer.from('<worksheet><sheetData>')
        for (let megabyte = 0; megabyte < 300; megabyte += 1) yield blank
      })(),
    )
    const { 'xl/worksheets/sheet1.xml': _, ...parts } = partsOf('')
    const bomb = await zipOf({ ...parts, 'xl/worksheets/sheet1.xml': bytes })
    expect(bomb.length).toBeLessThan(400_000)
    expect(await refusalOf(bomb)).toMatchObject({ code: 'file_too_large', details: { limit: 'ratio' } })
    expect(await refusalOf(bomb, { limits: { uncompressedBytes: 200 * 1_048_576 } })).toMatchObject({
      details: { limit: 'uncompressedBytes' },
    })

    // The same one with a modest size written over the true one in its list of parts.
    const liar = Buffer.from(bomb)
    liar.writeUInt32LE(1000, liar.lastIndexOf(Buffer.from('504b0102', 'hex')) + 24)
    expect(await refusalOf(liar)).toMatchObject({ code: 'unreadable_file' })
  }, 20_000)

  test('a file that stops in the middle, or whose content is not what its check sum says', async () => {
    const whole = await workbookOf('<row><c t="str"><v>abc</v></c></row>')
    for (const length of [4, 100, whole.length - 30, whole.length - 1]) {
      expect(await refusalOf(whole.subarray(0, length))).toMatchObject({ code: 'unreadable_file' })
    }
    const changed = Buffer.from(whole)
    const last = changed.lastIndexOf(Buffer.from('504b0102', 'hex'))
    changed.writeUInt32LE(1234, last + 16)
    expect(await refusalOf(changed)).toMatchObject({ code: 'unreadable_file' })
  })

  test('an encrypted part', async () => {
    const file = await workbookOf('<row><c><v>1</v></c></row>')
    const at = file.lastIndexOf(Buffer.from('504b0102', 'hex')) + 8
    file.writeUInt16LE(file.readUInt16LE(at) | 1, at)
    expect(await refusalOf(file)).toMatchObject({ code: 'unsupported_file' })
  })
})

test('whatever the bytes, there are rows or a coded refusal', async () => {
  const workbook = await workbookOf('<row><c t="str"><v>abc</v></c><c s="1"><v>45000</v></c></row>'.repeat(50), {
    'xl/styles.xml': '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
  })
  const text = Buffer.from('Name,Place\r\n"Sto. Niño",Piñan\r\n'.repeat(20))
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(workbook, text), damage, fc.nat(100), async (whole, changes, cut) => {
      const bytes = Buffer.from(whole.subarray(0, cut > 90 ? Math.floor((whole.length * cut) / 100) : undefined))
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      await rowsOf(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(AppError))
    }),
    { numRuns: 300 },
  )
}, 30_000)
