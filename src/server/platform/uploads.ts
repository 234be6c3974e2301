import { Readable } from 'node:stream'
import type {} from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { AppError } from './errors.ts'
import { keptFileName } from './file-names.ts'

export interface Upload {
  fileName: string
  stream: Readable
}

/** The one file of a multipart form, as a stream. */
export async function takeUpload(request: FastifyRequest, maxBytes: number): Promise<Upload> {
  if (!request.isMultipart())
    throw new AppError('unsupported_media_type', 'Send the file as multipart/form-data in the field “file”.')
  const part = await request.file({ limits: { fileSize: maxBytes + 1 } }).catch((cause: unknown) => {
    throw brokenUpload(cause)
  })
  if (!part)
    throw new AppError('invalid_input', 'Choose a file.', { fields: [{ path: 'file', message: 'Choose a file.' }] })
  const fileName = keptFileName(part.filename)
  return { fileName, stream: Readable.from(bytesOf(part.file), { objectMode: false }) }
}

const brokenUpload = (cause: unknown): AppError =>
  new AppError('invalid_input', 'The upload broke off or is damaged. Send the file again.', {}, cause)

/** What breaks while a file arrives is the sender's fault or his line's, not ours. */
async function* bytesOf(file: Readable): AsyncGenerator<Buffer> {
  try {
    yield* file
  } catch (cause) {
    throw brokenUpload(cause)
  }
}
