import { z } from 'zod'
import {
  confidentialities,
  fileDeeds,
  fileRecordTypes,
  fileSorts,
  fileTypes,
  longestFileName,
  mostTags,
  thumbnailSizes,
} from './files.options.ts'
import {
  flagParam,
  intParam,
  line,
  listParam,
  pageOf,
  pageQuery,
  requiredLine,
  timestamp,
  uuid,
  version,
} from './paging.ts'
import { psgc } from './places.ts'
import { defineRoutes } from './route.ts'

/** The record a file hangs on: a PSGC code for a place, else an id. */
export const fileRecord = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('folder'), id: uuid }),
  z.strictObject({ type: z.literal('community'), id: uuid }),
  z.strictObject({ type: z.literal('organisation'), id: uuid }),
  z.strictObject({ type: z.literal('place'), id: psgc }),
])
export type FileRecord = z.infer<typeof fileRecord>

const recordRef = z.object({ type: z.enum(fileRecordTypes), id: z.string(), name: z.string() })
const person = z.object({ id: uuid, name: z.string() }).nullable()

export const fileFields = {
  name: requiredLine(longestFileName),
  type: z.enum(fileTypes),
  tags: z.array(requiredLine(50)).max(mostTags, `Use at most ${mostTags} tags.`),
  confidentiality: z.enum(confidentialities),
}

/** waiting: still being made; none: there is nothing to show; failed: damaged, or too large to open safely. */
const derived = z.enum(['waiting', 'ready', 'none', 'failed'])

const fileSummary = z.object({
  id: uuid,
  ...fileFields,
  record: recordRef,
  /** By content. */
  mediaType: z.string(),
  bytes: z.number().int(),
  /** Number of the newest version, from 1. */
  versionNumber: z.number().int(),
  /** infected and unscanned ones cannot be opened. */
  scan: z.enum(['unneeded', 'unscanned', 'clean', 'infected']),
  thumbnails: derived,
  archived: z.boolean(),
  version,
  createdAt: timestamp,
  createdBy: person,
  updatedAt: timestamp,
})
export type FileSummary = z.infer<typeof fileSummary>

export const fileView = fileSummary.extend({
  archiveReason: z.string().nullable(),
  /** Pixels of a picture, pages of a document. */
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  pages: z.number().int().nullable(),
  /** SHA-256 of the newest version. */
  sha256: z.string(),
  /** Whether its text can be found by searching. */
  text: derived,
  versions: z.array(
    z.object({
      number: z.number().int(),
      name: z.string(),
      mediaType: z.string(),
      bytes: z.number().int(),
      sha256: z.string(),
      note: z.string().nullable(),
      createdAt: timestamp,
      createdBy: person,
    }),
  ),
  /** Further records it is about; those that the reader may not see are left out. */
  links: z.array(recordRef.extend({ linkId: uuid })),
  can: z.object({
    edit: z.boolean(),
    addVersion: z.boolean(),
    archive: z.boolean(),
    share: z.boolean(),
    readOriginal: z.boolean(),
    readUses: z.boolean(),
  }),
})
export type FileView = z.infer<typeof fileView>

export const folderView = z.object({
  id: uuid,
  name: z.string(),
  /** Null: the office's own. */
  organisation: z.object({ id: uuid, name: z.string() }).nullable(),
  parentId: uuid.nullable(),
  /** From the top down to its parent. */
  path: z.array(z.object({ id: uuid, name: z.string() })),
  archived: z.boolean(),
  version,
  can: z.object({ edit: z.boolean(), upload: z.boolean() }),
})
export type FolderView = z.infer<typeof folderView>

export const shareView = z.object({
  id: uuid,
  note: z.string().nullable(),
  createdAt: timestamp,
  createdBy: person,
  expiresAt: timestamp,
  revokedAt: timestamp.nullable(),
  usedCount: z.number().int(),
  usedAt: timestamp.nullable(),
})

export const fileUseView = z.object({
  id: z.number().int(),
  at: timestamp,
  deed: z.enum(fileDeeds),
  /** Null with a share: somebody who had the link. */
  user: person,
  share: z.object({ id: uuid, note: z.string().nullable() }).nullable(),
})

const params = z.object({ fileId: uuid })
const secret = z.string().regex(/^[\w-]{43}$/)
const contentQuery = z.object({
  /** Of which version; the newest by default. */
  version: intParam(1, 1_000_000).optional(),
  /** As a file to keep instead of one to look at. */
  download: flagParam.optional(),
})

export const fileRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/files',
    summary:
      'Files the person may see. `q` looks in names, tags and the text inside; `record` and `id` together keep to one record and what is linked to it.',
    permission: 'file.read',
    query: z.object({
      ...pageQuery,
      q: z.string().trim().max(200).optional(),
      record: z.enum(fileRecordTypes).optional(),
      id: z.string().max(40).optional(),
      type: listParam(z.enum(fileTypes)).optional(),
      confidentiality: listParam(z.enum(confidentialities)).optional(),
      tag: listParam(line(50)).optional(),
      archived: flagParam.optional(),
      sort: z.enum(fileSorts).optional(),
    }),
    reply: pageOf(fileSummary.extend({ /** Words around what was found. */ excerpt: z.string().nullable() })),
  },
  show: {
    method: 'GET',
    path: '/api/v1/files/:fileId',
    summary: 'One file with its versions and links.',
    permission: 'file.read',
    params,
    reply: fileView,
  },
  content: {
    method: 'GET',
    path: '/api/v1/files/:fileId/content',
    summary:
      'What is in it, with `Range` and `ETag`. A picture comes without place, time and camera; `original` has the file as it was.',
    permission: 'file.read',
    params,
    query: contentQuery,
    download: 'kept',
  },
  original: {
    method: 'GET',
    path: '/api/v1/files/:fileId/original',
    summary: 'The file byte for byte, with what a camera wrote into it (place, time): personal data under RA 10173.',
    permission: 'file.read_original',
    params,
    query: contentQuery.omit({ download: true }),
    download: 'kept',
  },
  thumbnail: {
    method: 'GET',
    path: '/api/v1/files/:fileId/thumbnails/:size',
    summary: 'A small picture of it (WebP): 160, 480 or 1600 pixels on its longest side.',
    permission: 'file.read',
    params: params.extend({ size: z.enum(thumbnailSizes) }),
    query: z.object({ version: intParam(1, 1_000_000).optional() }),
    download: 'kept',
  },
  change: {
    method: 'PATCH',
    path: '/api/v1/files/:fileId',
    summary:
      'Change name, type, tags, confidentiality, or hang it on another record. Fields left out stay as they are.',
    permission: 'file.edit',
    params,
    body: z.strictObject({ ...z.strictObject({ ...fileFields, record: fileRecord }).partial().shape, version }),
    reply: fileView,
  },
  archive: {
    method: 'POST',
    path: '/api/v1/files/:fileId/archive',
    summary: 'Take a file out of the lists; its versions stay.',
    permission: 'file.archive',
    params,
    body: z.strictObject({ reason: requiredLine(500), version }),
    reply: fileView,
  },
  restore: {
    method: 'POST',
    path: '/api/v1/files/:fileId/restore',
    summary: 'Bring an archived file back.',
    permission: 'file.archive',
    params,
    body: z.strictObject({ version }),
    reply: fileView,
  },
  link: {
    method: 'POST',
    path: '/api/v1/files/:fileId/links',
    summary: 'Say that the file is about another record too. It gives nobody access.',
    permission: 'file.edit',
    params,
    body: z.strictObject({ record: fileRecord }),
    reply: fileView,
    status: 201,
  },
  unlink: {
    method: 'DELETE',
    path: '/api/v1/files/:fileId/links/:linkId',
    summary: 'Take such a link away.',
    permission: 'file.edit',
    params: params.extend({ linkId: uuid }),
  },
  uses: {
    method: 'GET',
    path: '/api/v1/files/:fileId/uses',
    summary: 'Who looked at it or took it, newest first.',
    permission: 'file.read_uses',
    params,
    query: z.object(pageQuery),
    reply: pageOf(fileUseView),
  },
  shares: {
    method: 'GET',
    path: '/api/v1/files/:fileId/shares',
    summary: 'Links under which the file is shared, newest first.',
    permission: 'file.share',
    params,
    reply: z.object({ items: z.array(shareView) }),
  },
  share: {
    method: 'POST',
    path: '/api/v1/files/:fileId/shares',
    summary: 'Make a link that shows the newest version to whoever has it, for 1 to 90 days. The secret is shown once.',
    permission: 'file.share',
    only: 'browser',
    params,
    body: z.strictObject({ days: z.number().int().min(1).max(90), note: line(200).nullable().optional() }),
    reply: z.object({ share: shareView, secret }),
    status: 201,
  },
  revokeShare: {
    method: 'POST',
    path: '/api/v1/files/:fileId/shares/:shareId/revoke',
    summary: 'End a link at once.',
    permission: 'file.share',
    params: params.extend({ shareId: uuid }),
    body: z.strictObject({}),
    reply: shareView,
  },
  shared: {
    method: 'GET',
    path: '/api/v1/shared/:secret',
    summary: 'What a link shares. A link that ended, was revoked or never was answers the same.',
    permission: 'public',
    params: z.object({ secret }),
    reply: z.object({
      name: z.string(),
      mediaType: z.string(),
      bytes: z.number().int(),
      expiresAt: timestamp,
      hasPreview: z.boolean(),
    }),
  },
  sharedContent: {
    method: 'GET',
    path: '/api/v1/shared/:secret/content',
    summary: 'The content of what a link shares.',
    permission: 'public',
    params: z.object({ secret }),
    query: z.object({ download: flagParam.optional() }),
    download: 'kept',
  },
  tags: {
    method: 'GET',
    path: '/api/v1/file-tags',
    summary: 'Tags in use on files the person may see, most used first.',
    permission: 'file.read',
    query: z.object({ q: z.string().trim().max(50).optional() }),
    reply: z.object({ items: z.array(z.object({ tag: z.string(), files: z.number().int() })) }),
  },
  folders: {
    method: 'GET',
    path: '/api/v1/folders',
    summary: 'Folders directly below one, or at the top: the office’s own and those of organisations.',
    permission: 'file.read',
    query: z.object({ parent: uuid.optional(), organisation: uuid.optional(), archived: flagParam.optional() }),
    reply: z.object({
      items: z.array(folderView.omit({ path: true }).extend({ files: z.number().int(), folders: z.number().int() })),
    }),
  },
  showFolder: {
    method: 'GET',
    path: '/api/v1/folders/:folderId',
    summary: 'One folder with its way from the top.',
    permission: 'file.read',
    params: z.object({ folderId: uuid }),
    reply: folderView,
  },
  createFolder: {
    method: 'POST',
    path: '/api/v1/folders',
    summary: 'Make a folder: of the office, of an organisation, or inside another one.',
    permission: 'folder.edit',
    body: z.strictObject({
      name: requiredLine(100),
      /** At the top only; inside a folder it is that folder’s. */
      organisationId: uuid.nullable().optional(),
      parentId: uuid.nullable().optional(),
    }),
    reply: folderView,
    status: 201,
  },
  changeFolder: {
    method: 'PATCH',
    path: '/api/v1/folders/:folderId',
    summary: 'Rename, move or archive a folder. One that holds files or folders is not archived.',
    permission: 'folder.edit',
    params: z.object({ folderId: uuid }),
    body: z.strictObject({
      name: requiredLine(100).optional(),
      parentId: uuid.nullable().optional(),
      archived: z.boolean().optional(),
      version,
    }),
    reply: folderView,
  },
})
