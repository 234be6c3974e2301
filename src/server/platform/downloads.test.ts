import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dispositionOf, safeFileName } from './downloads.ts'
import { whatIsAsked } from './ranges.ts'

test.each([
  ['Minutes 2026.pdf', 'Minutes 2026.pdf'],
  ['Peñablanca.pdf', 'Peñablanca.pdf'],
  ['تقرير.pdf', 'تقرير.pdf'],
  ['photo\u202Egpj.exe', 'photogpj.exe'],
  ['a\r\nSet-Cookie: x=1.pdf', 'aSet-Cookie_ x=1.pdf'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['C:\\fakepath\\x.doc', 'C__fakepath_x.doc'],
  ['"quoted".pdf', '_quoted_.pdf'],
  ['.htaccess', 'htaccess'],
  ['x.pdf. . ', 'x.pdf'],
  ['\u200b\u0000', 'file'],
  ['lone \ud800.pdf', 'lone .pdf'],
])('%j is saved as %j', (given, safe) => {
  expect(safeFileName(given)).toBe(safe)
})

test('a long name keeps its end and whole letters', () => {
  const name = safeFileName(`${'ñ'.repeat(300)}.docx`)
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(240)
  expect(name).toMatch(/^ñ+\.docx$/)
})

test('whatever the name, the header is one line of ASCII in which the name can be read again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (given) => {
      const header = dispositionOf(given)
      expect(header).toMatch(
        /^attachment; filename="[\x20\x21\x23-\x5b\x5d-\x7e]+"; filename\*=UTF-8''[\w.!#$&+^`|~%-]+$/,
      )
      expect(decodeURIComponent(header.split("filename*=UTF-8''")[1] ?? '')).toBe(safeFileName(given))
    }),
  )
})

const etag = '"abc"'
test.each([
  [{}, 200],
  [{ range: 'bytes=0-9' }, [0, 9]],
  [{ range: 'bytes=90-' }, [90, 99]],
  [{ range: 'bytes=-10' }, [90, 99]],
  [{ range: 'bytes=-1000' }, [0, 99]],
  [{ range: 'bytes=95-200' }, [95, 99]],
  [{ range: 'bytes=100-' }, 416],
  [{ range: 'bytes=-0' }, 416],
  [{ range: 'bytes=5-4' }, 200],
  [{ range: 'bytes=x' }, 200],
  [{ range: 'lines=0-9' }, 200],
  [{ range: 'bytes=0-9,20-29' }, 200],
  [{ range: 'bytes=0-9', 'if-range': etag }, [0, 9]],
  [{ range: 'bytes=0-9', 'if-range': '"other"' }, 200],
  [{ range: 'bytes=0-9', 'if-range': 'W/"abc"' }, 200],
  [{ range: 'bytes=0-9', 'if-range': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 200],
  [{ 'if-none-match': etag }, 304],
  [{ 'if-none-match': '"x", W/"abc"' }, 304],
  [{ 'if-none-match': '*', range: 'bytes=0-9' }, 304],
  [{ 'if-none-match': '"x"' }, 200],
  [{ 'if-match': '"x"' }, 412],
  [{ 'if-match': etag, range: 'bytes=0-0' }, [0, 0]],
])('%j of 100 bytes', (headers, expected) => {
  const asked = whatIsAsked('GET', headers, { bytes: 100, etag })
  expect(asked).toEqual(
    Array.isArray(expected) ? { status: 206, range: { start: expected[0], end: expected[1] } } : { status: expected },
  )
})

test('of nothing there is no part, and HEAD asks for the whole', () => {
  expect(whatIsAsked('GET', { range: 'bytes=0-' }, { bytes: 0, etag }).status).toBe(416)
  expect(whatIsAsked('HEAD', { range: 'bytes=0-9' }, { bytes: 100, etag }).status).toBe(200)
})
