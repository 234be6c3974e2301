import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from './errors.ts'
import { whatIsAsked } from './ranges.ts'

/** A file that is made while it is sent. */
export interface Download {
  stream: Readable
  fileName: string
  contentType: string
}

/** Content that is kept, of which parts can be asked for. */
export interface KeptDownload {
  fileName: string
  contentType: string
  /** To be looked at in the page; else to be kept as a file. */
  inline: boolean
  bytes: number
  /** Names these bytes and no others. */
  sha256: string
  /** Not called when the reader has the content already. */
  open(range: { start: number; end: number } | undefined): Promise<Readable>
  /** Another address with the same content, for which nobody needs to be asked. */
  elsewhere?: (disposition: string) => Promise<string | undefined>
}

/** Room of one name on the disks of every system, in bytes. */
const longestName = 240

const bytesOf = (text: string): number => Buffer.byteLength(text)

/**
 * A name that is safe on every disk and says what it is: without marks that turn the direction of writing round or are not seen,
 * ways to other folders, and what the systems forbid. Other alphabets stay.
 */
export function safeFileName(given: string): string {
  const name = given
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/gu, '')
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
  if (name === '') return 'file'
  if (bytesOf(name) <= longestName) return name
  const end = /\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? ''
  let begin = ''
  let room = longestName - bytesOf(end)
  for (const letter of name) {
    room -= bytesOf(letter)
    if (room < 0) break
    begin += letter
  }
  return begin.trimEnd() + end
}

/** RFC 6266: the name in ASCII for old readers, and as it is. */
export function dispositionOf(fileName: string, inline = false): string {
  const name = safeFileName(fileName)
  const plain = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]|%/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${inline ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${encoded}`
}

export const sendDownload = (reply: FastifyReply, file: Download): FastifyReply =>
  reply
    .type(file.contentType)
    .header('content-disposition', dispositionOf(file.fileName))
    .header('x-content-type-options', 'nosniff')
    .send(file.stream)

/**
 * What came from outside may run nothing and load nothing, whatever a browser takes it for. Older Chromium shows no PDF in a sandbox, and
 * shows it by an element of its own that a policy without objects forbids.
 */
const policyOf = (contentType: string, inline: boolean): string =>
  inline && contentType === 'application/pdf'
    ? "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    : "sandbox; default-src 'none'; frame-ancestors 'self'"

/** Sends content or the part of it that was asked for, at the reader's pace. */
export async function sendKept(
  request: FastifyRequest,
  reply: FastifyReply,
  file: KeptDownload,
): Promise<FastifyReply> {
  const { bytes } = file
  const etag = `"${file.sha256}"`
  const asked = whatIsAsked(request.method, request.headers, { bytes, etag })
  if (asked.status === 416) {
    reply.header('content-range', `bytes */${bytes}`)
    throw new AppError('range_not_satisfiable', `The file has ${bytes} bytes: ask for a part of these.`, { bytes })
  }
  if (asked.status === 412)
    throw new AppError('wrong_state', 'The file is another one by now. Ask for it without If-Match.')
  const disposition = dispositionOf(file.fileName, file.inline)
  const elsewhere = asked.status !== 304 && request.method === 'GET' && (await file.elsewhere?.(disposition))
  if (elsewhere) return reply.redirect(elsewhere, 302)
  reply
    .header('etag', etag)
    // A right to read can be taken away: whoever has a copy asks again.
    .header('cache-control', 'private, no-cache')
    .header('accept-ranges', 'bytes')
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', policyOf(file.contentType, file.inline))
    .header('x-frame-options', 'SAMEORIGIN')
    .header('cross-origin-resource-policy', 'same-origin')
  if (asked.status === 304) return reply.code(304).send()
  reply.type(file.contentType).header('content-disposition', disposition)
  if (asked.status === 206) {
    const { start, end } = asked.range
    reply
      .code(206)
      .header('content-range', `bytes ${start}-${end}/${bytes}`)
      .header('content-length', end - start + 1)
  } else reply.header('content-length', bytes)
  if (request.method === 'HEAD') return reply.send()
  const stream = await file.open(asked.range)
  // Whoever went away while it was opened reads nothing of it.
  if (reply.raw.destroyed) stream.destroy()
  return reply.send(stream)
}
