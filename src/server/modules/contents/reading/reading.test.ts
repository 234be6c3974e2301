import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import type { Reading } from '../contents.rules.ts'
import { type Answer, limits, type ReadPicture } from './limits.ts'
import { openReaders, ReaderDied } from './readers.ts'

const dir = mkdtempSync(join(tmpdir(), 'obcms-reading-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const readers = openReaders()
let files = 0

function file(content: Buffer | string): string {
  files += 1
  const path = join(dir, String(files))
  writeFileSync(path, content)
  return path
}
const read = (reading: Reading, content: Buffer | string): Promise<Answer> =>
  readers.read({ path: file(content), reading })

async function picture(content: Buffer): Promise<ReadPicture> {
  const answer = await read('picture', content)
  if (!('picture' in answer)) throw new Error(JSON.stringify(answer))
  return answer.picture
}
async function text(reading: Reading, content: Buffer | string): Promise<string> {
  const answer = await read(reading, content)
  if (!('text' in answer)) throw new Error(JSON.stringify(answer))
  return answer.text.text
}
const refusal = async (reading: Reading, content: Buffer | string) => {
  const answer = await read(reading, content)
  return 'refused' in answer ? answer.refused : `opened: ${JSON.stringify(answer).slice(0, 200)}`
}

async function zip(parts: Record<string, string | Buffer>): Promise<Buffer> {
  const archive = new ZipFile()
  for (const [name, content] of Object.entries(parts)) archive.addBuffer(Buffer.from(content), name)
  archive.end()
  const chunks: Buffer[] = []
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}
/** A PNG of one grey: valid, and as tiny as its pixels are many. */
function plainPng(width: number, height: number, rows = height): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([1, 0, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * rows), { level: 9 })
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const
const photo = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'white', noise } })

const page = (lines: string[], more = '') => {
  const stream = `BT /F1 12 Tf 72 720 Td ${lines.map((line) => `(${line}) Tj 0 -14 Td`).join(' ')} ET`
  return `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R${more}>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length ${stream.length}>>stream
${stream}
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R/Size 6>>
%%EOF`
}

test('three small pictures, turned as they are seen, with nothing of who took them where', async () => {
  const secret = {
    IFD0: { Make: 'PhoneMaker', Model: 'Model Nine', Artist: 'A Person', Copyright: 'A Person' },
    IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '6/1 54/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '122/1 4/1 0/1' },
  }
  const xmp =
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
  const original = await photo(2_000, 1_200)
    .withMetadata({ orientation: 6 })
    .withExif(secret)
    .withXmp(xmp)
    .withIccProfile('p3')
    .jpeg()
    .toBuffer()
  const before = await sharp(original).metadata()
  expect(before).toMatchObject({ exif: expect.anything(), icc: expect.anything(), xmp: expect.anything() })
  expect(original.includes('PhoneMaker')).toBe(true)

  const { thumbnails, ...seen } = await picture(
    await sharp(original).keepMetadata().withMetadata({ orientation: 6 }).toBuffer(),
  )
  expect(seen).toEqual({ width: 1_200, height: 2_000 })
  expect(thumbnails.map(({ size, width, height }) => [size, width, height])).toEqual([
    ['small', 96, 160],
    ['medium', 288, 480],
    ['large', 960, 1_600],
  ])
  for (const { data } of thumbnails) {
    const made = await sharp(data).metadata()
    expect(made.format).toBe('webp')
    for (const what of ['exif', 'xmp', 'iptc', 'icc', 'orientation'] as const) expect(made[what]).toBeUndefined()
    expect(Buffer.from(data).toString('latin1')).not.toMatch(/PhoneMaker|A Person|EXIF|XMP|ICCP|GPS/)
  }
})

test('never enlarged; the first frame of an animation; every format that is read', async () => {
  const small = await picture(await photo(300, 100).png().toBuffer())
  expect(small.thumbnails.map(({ width }) => width)).toEqual([160, 300, 300])
  const frames = await sharp([await photo(40, 30).png().toBuffer(), await photo(40, 30).png().toBuffer()], {
    join: { animated: true },
  })
    .gif()
    .toBuffer()
  expect((await sharp(frames).metadata()).pages).toBe(2)
  expect(await picture(frames)).toMatchObject({ width: 40, height: 30 })
  for (const format of ['webp', 'avif', 'tiff'] as const)
    expect((await picture(await photo(64, 48).toFormat(format).toBuffer())).thumbnails).toHaveLength(3)
})

test('a picture that breaks off shows what came of it; one without a picture is refused', async () => {
  const whole = await photo(800, 600).jpeg().toBuffer()
  expect((await picture(whole.subarray(0, whole.length / 2))).thumbnails).toHaveLength(3)
  expect(await refusal('picture', whole.subarray(0, 20))).toContain('damaged')
  expect(await refusal('picture', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')).toContain(
    'damaged',
  )
})

test('50,000 × 50,000 pixels are refused at once; just below the bound they are shown', {
  timeout: 60_000,
}, async () => {
  const started = performance.now()
  expect(await refusal('picture', plainPng(50_000, 50_000, 1_000))).toMatch(/more than 220 million pixels/)
  expect(performance.now() - started).toBeLessThan(5_000)
  expect(await picture(plainPng(14_000, 14_000))).toMatchObject({ width: 14_000, height: 14_000 })
})

test('what is a picture and a script at once gives a picture and nothing else', async () => {
  const gif = await photo(20, 20).gif().toBuffer()
  const both = Buffer.concat([gif, Buffer.from('/*<script>alert(1)</script>*/')])
  for (const { data } of (await picture(both)).thumbnails) expect(Buffer.from(data).includes('script')).toBe(false)
})

test('text of PDF files: scripts do not run, a page tree in circles ends, damage and passwords are said', async () => {
  expect(await text('pdf', page(['Barangay Resolution', 'water system']))).toMatch(/Barangay Resolution\s+water system/)
  const script = '/OpenAction<</S/JavaScript/JS(app.alert\\(1\\);while\\(true\\){})>>'
  expect(await text('pdf', `${page(['with a script'], script)}\n<html><script>alert(1)</script>`)).toContain(
    'with a script',
  )
  expect(await refusal('pdf', 'no PDF at all')).toContain('damaged')
  const loop = page(['x']).replace('/Kids[3 0 R]/Count 1', '/Kids[2 0 R 2 0 R]/Count 2000000000')
  expect((await text('pdf', loop)).trim()).toBe('')
  const locked = page(['x']).replace(
    '/Size 6',
    `/Size 6/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/O<${'11'.repeat(32)}>/U<${'22'.repeat(32)}>/P -4>>`,
  )
  expect(await refusal('pdf', locked)).toContain('password')
})

const word = (body: string) => `<?xml version="1.0"?><w:document xmlns:w="w"><w:body>${body}</w:body></w:document>`

test('text of Office, OpenDocument, CSV and GeoJSON files', async () => {
  const docx = await zip({
    '[Content_Types].xml': '<Types/>',
    'word/document.xml': word(
      '<w:p><w:r><w:t>Fish</w:t></w:r><w:r><w:t>pond</w:t></w:r></w:p><w:p><w:r><w:t>ñame &amp; co</w:t></w:r></w:p>',
    ),
    'word/footnotes.xml': '<w:f xmlns:w="w"><w:p><w:t>below</w:t></w:p></w:f>',
    'word/styles.xml': '<w:s xmlns:w="w"><w:t>hidden</w:t></w:s>',
  })
  expect(await text('office', docx)).toBe('Fishpond\nñame & co\nbelow\n')
  const xlsx = await zip({
    'xl/workbook.xml': '<workbook><sheets><sheet name="Households"/></sheets></workbook>',
    'xl/sharedStrings.xml':
      '<sst><si><t>Purok</t></si><si><r><t>Two </t></r><r><t>runs</t></r><rPh><t>no</t></rPh></si></sst>',
    'xl/worksheets/sheet1.xml': '<worksheet><c t="inlineStr"><is><t>inline</t></is></c><c><v>42</v></c></worksheet>',
  })
  expect(await text('office', xlsx)).toBe('Households\nPurok\nTwo runs\ninline\n')
  const pptx = await zip({
    'ppt/slides/slide10.xml': '<p:s xmlns:p="p" xmlns:a="a"><a:p><a:t>ten</a:t></a:p></p:s>',
    'ppt/slides/slide9.xml': '<p:s xmlns:p="p" xmlns:a="a"><a:p><a:t>nine</a:t></a:p></p:s>',
  })
  expect(await text('office', pptx)).toBe('nine\nten\n')
  const odt = {
    'content.xml': '<o:d xmlns:o="o" xmlns:t="t"><t:h>Title</t:h><t:p>A<t:s/>B <t:span>C</t:span></t:p></o:d>',
    'META-INF/manifest.xml': '<m:manifest xmlns:m="m"/>',
  }
  expect(await text('office', await zip(odt))).toBe('Title\nA B C\n')
  const locked = '<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
  expect(await refusal('office', await zip({ ...odt, 'META-INF/manifest.xml': locked }))).toContain('password')

  expect(await text('text', 'Name,PSGC\nPurok One,1208001001\n')).toContain('Purok One')
  const map = JSON.stringify({
    features: [
      {
        properties: { name: 'Sitio "Upper" \u00d1', note: 'near: the mosque' },
        geometry: { coordinates: [122.1, 6.9] },
      },
      { properties: { name: 'Sitio "Upper" \u00d1' } },
    ],
  })
  expect(await text('json', map)).toBe('Sitio "Upper" Ñ\nnear: the mosque\n')
})

test('bombs in documents are refused, by what is said of them and by what comes out', { timeout: 60_000 }, async () => {
  const blank = `<w:p>${' '.repeat(1_048_576)}</w:p>`
  const bomb = await zip({ 'word/document.xml': word(blank.repeat(300)) })
  expect(bomb.length).toBeLessThan(1_048_576)
  expect(await refusal('office', bomb)).toContain('unpacks to more than 256 MB')
  // The same that says of itself to be small.
  const lying = Buffer.from(bomb)
  for (const [signature, at] of [
    ['PK\x01\x02', 24],
    ['PK\x03\x04', 22],
  ] as const) {
    const start = lying.indexOf(signature)
    lying.writeUInt32LE(1_000, start + at)
  }
  expect(await refusal('office', lying)).toMatch(/damaged/)
  const inside = await zip({ 'word/document.xml': word('<w:p><w:t>outside</w:t></w:p>'), 'word/more.docx': bomb })
  expect(await text('office', inside)).toBe('outside\n')
  const laughs = `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><w:d xmlns:w="w"><w:t>&b;</w:t></w:d>`
  expect(await refusal('office', await zip({ 'word/document.xml': laughs }))).toContain('document type')
  const deep = `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`
  expect(await refusal('office', await zip({ 'word/document.xml': deep }))).toContain('nested too deeply')
  expect(await refusal('office', await zip({ 'word/document.xml': word('<w:p>').slice(0, 60) }))).toContain('damaged')
  expect(await refusal('office', 'PK no zip')).toContain('damaged')
  expect(
    (
      await text(
        'office',
        await zip({ 'word/document.xml': word('<w:p><w:t>many words </w:t></w:p>'.repeat(200_000)) }),
      )
    ).length,
  ).toBeLessThan(1_100_000)
})

test('what never ends and what eats memory is killed; the next file is read', { timeout: 60_000 }, async () => {
  const hundred = plainPng(14_000, 14_000)
  const hurried = openReaders({ killMs: 30, memoryBytes: limits.memoryBytes })
  const path = file(hundred)
  await expect(hurried.read({ path, reading: 'picture' })).rejects.toMatchObject({ name: 'ReaderDied', why: 'time' })
  const starved = openReaders({ killMs: 30_000, memoryBytes: 60 * 1_048_576 })
  await expect(starved.read({ path, reading: 'picture' })).rejects.toMatchObject({ why: 'memory' })
  const told = new AbortController()
  const asked = readers.read({ path, reading: 'picture' }, told.signal)
  told.abort(new Error('the process stops'))
  await expect(asked).rejects.toThrow('the process stops')
  await expect(readers.read({ path: join(dir, 'absent'), reading: 'text' })).rejects.toBeInstanceOf(ReaderDied)
  expect(await text('text', 'still here')).toBe('still here')
})
