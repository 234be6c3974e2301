import { describe, expect, it, test } from 'vitest'
import { keptFileName } from '#server/platform/file-names.ts'
import { assertMayBegin, endOf, looksLikeGeoJson, mediaTypeOf, zipTypeOf } from './uploads.rules.ts'

const mb = 1_048_576
const office = 'application/vnd.openxmlformats-officedocument'
const typeOf = (name: string, mediaType: string, bytes = 1_000) => mediaTypeOf(name, { mediaType, bytes })

test.each([
  ['photo.jpg', 'image/jpeg', 'image/jpeg'],
  ['a picture the phone named wrongly.jpg', 'image/heic', 'image/heic'],
  ['no ending', 'application/pdf', 'application/pdf'],
  ['Report v1.final', 'application/pdf', 'application/pdf'],
  ['list.csv', 'text/plain', 'text/csv'],
  ['LIST.CSV', 'text/plain', 'text/csv'],
  ['notes.txt', 'text/plain', 'text/plain'],
  ['notes', 'text/plain', 'text/plain'],
  ['old.doc', 'application/x-cfb', 'application/x-cfb'],
  ['places.json', 'application/geo+json', 'application/geo+json'],
])('%s of %s is kept as %s', (name, mediaType, kept) => {
  expect(typeOf(name, mediaType)).toBe(kept)
})

test.each([
  ['photo.jpg', 'application/pdf', /called like a picture but is a PDF.*end in \.pdf/],
  ['report.pdf', 'image/png', /called like a PDF but is a picture/],
  ['list.csv', `${office}.spreadsheetml.sheet`, /called like a text or data file/],
  ['page.txt', 'text/html', /a browser would run/],
  ['drawing', 'image/svg+xml', /a browser would run/],
  ['data.json', 'application/json', /no GeoJSON/],
  ['setup.pdf', 'application/x-msdownload', /is a program/],
  ['tool.zip', 'application/java-archive', /is a program/],
  ['budget.xlsx', 'application/vnd.ms-excel.sheet.macroenabled.12', /holds macros/],
  ['setup', 'application/x-cfb', /no document of Word/],
  ['what.bin2', 'application/octet-stream', /cannot be recognised/],
  ['old.rar', 'application/x-rar-compressed', /is not kept/],
])('%s of %s is refused with a reason', (name, mediaType, reason) => {
  expect(() => typeOf(name, mediaType)).toThrow(reason)
})

test('content is held to the limit of its kind, whatever its name promised', () => {
  expect(typeOf('map.tif', 'image/tiff', 200 * mb)).toBe('image/tiff')
  expect(() => typeOf('map.tif', 'image/jpeg', 51 * mb)).toThrow(/a picture may have 50 MB/)
})

describe('before a byte has come', () => {
  it.each([
    'virus.exe',
    'page.HTML',
    'logo.svg',
    'run.me.sh',
    'a.exe.',
    'a.exe ',
    'a.e\u202exe',
    'a.e\u200bxe',
    'a.ＥＸＥ',
  ])('refuses %j', (name) => expect(() => assertMayBegin(name, 10, mb)).toThrow(/not kept/))
  it('knows the limits of kind and role', () => {
    expect(() => assertMayBegin('a.jpg', 50 * mb, 2_048 * mb)).not.toThrow()
    expect(() => assertMayBegin('a.jpg', 50 * mb + 1, 2_048 * mb)).toThrow(/a picture may have 50 MB/)
    expect(() => assertMayBegin('a.mp4', 101 * mb, 100 * mb)).toThrow(/Your account may send files of up to 100 MB/)
    expect(() => assertMayBegin('a.jpg', 0, mb)).toThrow(/empty/)
  })
})

test('a zip archive is what the names inside it make it', () => {
  const of = (names: string[], mimetype = '') => zipTypeOf(new Set(names), mimetype)
  expect(of(['a.jpg', 'b/c.pdf'])).toBe('application/zip')
  expect(of(['[Content_Types].xml', 'word/document.xml'])).toBe(`${office}.wordprocessingml.document`)
  expect(of(['[Content_Types].xml', 'xl/workbook.xml'])).toBe(`${office}.spreadsheetml.sheet`)
  expect(of(['[Content_Types].xml', 'ppt/presentation.xml'])).toBe(`${office}.presentationml.presentation`)
  expect(of(['mimetype'], 'application/vnd.oasis.opendocument.text')).toBe('application/vnd.oasis.opendocument.text')
  expect(of(['mimetype'], 'text/html')).toBe('application/zip')
  expect(of(['META-INF/MANIFEST.MF', 'A.class'])).toBe('application/java-archive')
  expect(of(['[Content_Types].xml', 'word/document.xml', 'word/vbaProject.bin'])).toContain('macroenabled')
})

test('GeoJSON is known by its type', () => {
  expect(looksLikeGeoJson('{"type": "FeatureCollection", "features": []}')).toBe(true)
  expect(looksLikeGeoJson('{"type":"MultiPolygon"}')).toBe(true)
  expect(looksLikeGeoJson('{"type": "Account"}')).toBe(false)
})

test('names stay as they are but for what no name needs', () => {
  expect(keptFileName('Larawan ng Barangay – Piñan 📷.jpg')).toBe('Larawan ng Barangay – Piñan 📷.jpg')
  expect(keptFileName('صورة\u200f.jpg')).toBe('صورة\u200f.jpg')
  expect(keptFileName('Pin\u0303an.jpg')).toBe('Piñan.jpg')
  expect(keptFileName('../../etc/passwd')).toBe('....etcpasswd')
  expect(keptFileName('C:\\fakepath\\a\u0000b\n.pdf')).toBe('C:fakepathab.pdf')
  expect(keptFileName('..')).toBe('file')
  expect(keptFileName('\ud83d.jpg')).toBe('\ufffd.jpg')
  const long = keptFileName(`${'😀'.repeat(300)}.jpeg`)
  expect([long.length <= 200, long.endsWith('.jpeg'), long.isWellFormed()]).toEqual([true, true, true])
  expect(endOf('a.tar.GZ')).toBe('gz')
})
