import type { IncomingHttpHeaders } from 'node:http'
import { parse as parseRange } from 'range-parser'
import { names } from '../ranges.ts'
import { chooseCoding } from './content-coding.ts'
import type { SiteFile, Variant } from './site-files.ts'

export interface Answer {
  status: 200 | 206 | 304 | 406 | 412 | 416
  headers: Readonly<Record<string, string>>
  body: Buffer | undefined
  /** There is one such object for each variant and status, 200 and 304. */
  isWhole: boolean
}

const whole = new WeakMap<Variant, Record<200 | 304, Answer>>()

/** What every answer about this representation carries (RFC 9110, 15.4.5). */
const common = (file: SiteFile, variant: Variant): Record<string, string> => ({
  'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  vary: 'Accept-Encoding',
  etag: variant.etag,
})

function wholeAnswers(file: SiteFile, variant: Variant): Record<200 | 304, Answer> {
  const found = whole.get(variant)
  if (found) return found
  const headers = common(file, variant)
  const made: Record<200 | 304, Answer> = {
    200: {
      status: 200,
      headers: {
        ...headers,
        'content-type': file.type,
        'content-length': String(variant.bytes.length),
        'accept-ranges': 'bytes',
        ...(variant.coding !== 'identity' && { 'content-encoding': variant.coding }),
      },
      body: variant.bytes,
      isWhole: true,
    },
    304: { status: 304, headers, body: undefined, isWhole: true },
  }
  whole.set(variant, made)
  return made
}

const empty = (status: Answer['status'], headers: Record<string, string>): Answer => ({
  status,
  headers: { ...headers, 'content-length': '0' },
  body: undefined,
  isWhole: false,
})

/** One range is sent as asked for; several, or what is none, get the whole (RFC 9110, 14.2). */
function rangeAnswer(file: SiteFile, header: string): Answer | undefined {
  const { bytes } = file.identity
  const { code, type, ranges } = parseRange(bytes.length, header)
  if (type !== 'bytes' || code & 1) return undefined
  const headers = common(file, file.identity)
  const [range, another] = ranges
  if (!range) return empty(416, { ...headers, 'content-range': `bytes */${bytes.length}` })
  if (another) return undefined
  const body = bytes.subarray(range.start, range.end + 1)
  return {
    status: 206,
    headers: {
      ...headers,
      'content-type': file.type,
      'content-length': String(body.length),
      'accept-ranges': 'bytes',
      'content-range': `bytes ${range.start}-${range.end}/${bytes.length}`,
    },
    body,
    isWhole: false,
  }
}

/**
 * The answer to GET and HEAD for a file. Ranges are of the file as it is: what is joined from parts of a compressed
 * copy and of the file would be neither.
 */
export function answerWith(file: SiteFile, method: string, headers: IncomingHttpHeaders): Answer {
  const accepted = headers['accept-encoding'] as string | undefined
  const { range } = headers
  const ifRange = headers['if-range'] as string | undefined
  const wantsPart =
    range !== undefined &&
    method === 'GET' &&
    (ifRange === undefined || ifRange.trim() === file.identity.etag) &&
    chooseCoding(accepted, ['identity']) !== undefined
  const part = wantsPart ? rangeAnswer(file, range) : undefined
  const coding = chooseCoding(accepted, file.codings)
  const variant = part ? file.identity : file.variants.find((one) => one.coding === coding)
  if (!variant) return empty(406, { 'cache-control': 'no-cache', vary: 'Accept-Encoding' })
  const ifMatch = headers['if-match']
  if (ifMatch !== undefined && !names(ifMatch, variant.etag, 'strong')) return empty(412, common(file, variant))
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined && names(ifNoneMatch, variant.etag, 'weak')) return wholeAnswers(file, variant)[304]
  return part ?? wholeAnswers(file, variant)[200]
}
