import type { IncomingHttpHeaders } from 'node:http'
import { parse as parseRange } from 'range-parser'

/** `If-None-Match` compares weakly, `If-Match` and `If-Range` strongly (RFC 9110, 8.8.3.2). */
export function names(header: string, etag: string, compare: 'weak' | 'strong'): boolean {
  if (header.trim() === '*') return true
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? []
  return tags.some((tag) => tag === etag || (compare === 'weak' && tag === `W/${etag}`))
}

export type Asked =
  | { status: 200; range?: undefined }
  | { status: 206; range: { start: number; end: number } }
  | { status: 304 | 412 | 416; range?: undefined }

/**
 * What is asked for of content with this size and tag. One range is given as asked for; several, or what is none, get the whole
 * (RFC 9110, 14.2). @param etag in quotes
 */
export function whatIsAsked(
  method: string,
  headers: IncomingHttpHeaders,
  { bytes, etag }: { bytes: number; etag: string },
): Asked {
  const { range, 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  const ifRange = headers['if-range'] as string | undefined
  if (ifMatch !== undefined && !names(ifMatch, etag, 'strong')) return { status: 412 }
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etag, 'weak')) return { status: 304 }
  if (range === undefined || method !== 'GET' || (ifRange !== undefined && ifRange.trim() !== etag))
    return { status: 200 }
  const { code, type, ranges } = parseRange(bytes, range)
  if (type !== 'bytes' || code & 1) return { status: 200 }
  const [first, another] = ranges
  if (!first) return { status: 416 }
  return another ? { status: 200 } : { status: 206, range: { start: first.start, end: first.end } }
}
