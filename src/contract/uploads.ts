import { z } from 'zod'
import { maxUploadBytes } from './files.options.ts'
import { fileFields, fileRecord } from './files.ts'
import { line, timestamp, uuid } from './paging.ts'
import { defineRoutes } from './route.ts'
import { uploadStates } from './uploads.options.ts'

/**
 * What is to become of an upload: a new file on a record, or a new version of a file. The upload's tus metadata carries it as JSON under
 * `intent`, and the file's own name under `filename`; under `sender` it may say by whose id it was chosen, so that a page that is left
 * open never sends it as somebody else.
 */
export const uploadIntent = z.union([
  z.strictObject({
    record: fileRecord,
    ...z.strictObject(fileFields).partial({ name: true, type: true, tags: true, confidentiality: true }).shape,
  }),
  z.strictObject({ fileId: uuid, note: line(500).nullable().optional() }),
])
export type UploadIntent = z.infer<typeof uploadIntent>

export const uploadView = z.object({
  id: uuid,
  name: z.string(),
  bytes: z.number().int(),
  /** arriving → arrived (all bytes are here) → kept (it is a file); refused has its reason; expired was given up. */
  state: z.enum(uploadStates),
  /** Bytes that are safe on the server. */
  received: z.number().int(),
  refusal: z.string().nullable(),
  fileId: uuid.nullable(),
  intent: uploadIntent,
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
})
export type UploadView = z.infer<typeof uploadView>

const params = z.object({ uploadId: uuid })

export const uploadRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/uploads',
    summary:
      'One’s own uploads of the last seven days, newest first: what is safe, what still waits, what was refused and why.',
    permission: 'file.upload',
    reply: z.object({ items: z.array(uploadView) }),
  },
  show: {
    method: 'GET',
    path: '/api/v1/uploads/:uploadId/state',
    summary: 'How one upload stands.',
    permission: 'file.upload',
    params,
    reply: uploadView,
  },
  room: {
    method: 'GET',
    path: '/api/v1/upload-room',
    summary: 'How many bytes may still be added, of the organisation and in total; null has no limit.',
    permission: 'file.upload',
    reply: z.object({
      organisation: z.object({ used: z.number().int(), allowed: z.number().int() }).nullable(),
      total: z.object({ used: z.number().int(), allowed: z.number().int().nullable() }),
      /** New files are refused until an administrator makes room. */
      full: z.boolean(),
    }),
  },
  create: {
    method: 'POST',
    path: '/api/v1/uploads',
    summary: `Begin an upload (tus 1.0.0: creation, creation-with-upload, termination, expiration). \`Upload-Length\` is at most ${maxUploadBytes} bytes.`,
    permission: 'file.upload',
    tus: true,
  },
  offset: {
    method: 'HEAD',
    path: '/api/v1/uploads/:uploadId',
    summary: 'How far an upload has come (tus): `Upload-Offset`.',
    permission: 'file.upload',
    params,
    tus: true,
  },
  append: {
    method: 'PATCH',
    path: '/api/v1/uploads/:uploadId',
    summary: 'Send the next part (tus). The answer to the last part says in `Upload-File` which file it became.',
    permission: 'file.upload',
    params,
    tus: true,
  },
  abandon: {
    method: 'DELETE',
    path: '/api/v1/uploads/:uploadId',
    summary: 'Give an upload up (tus).',
    permission: 'file.upload',
    params,
    tus: true,
  },
})
