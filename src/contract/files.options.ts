/** Records that a file can hang on, and from which its permissions come. */
export const fileRecordTypes = ['folder', 'community', 'place', 'organisation'] as const
export type FileRecordType = (typeof fileRecordTypes)[number]

/** What a document is, in the office's words. */
export const fileTypes = [
  'photo',
  'map',
  'report',
  'assessment',
  'minutes',
  'letter',
  'agreement',
  'resolution',
  'plan',
  'budget',
  'list',
  'form',
  'presentation',
  'recording',
  'other',
] as const
export type FileType = (typeof fileTypes)[number]

/**
 * public: whoever may see the record; internal: needs `file.read_internal` there; restricted: needs `file.read_restricted` there.
 */
export const confidentialities = ['public', 'internal', 'restricted'] as const
export type Confidentiality = (typeof confidentialities)[number]

export const thumbnailSizes = ['small', 'medium', 'large'] as const
export type ThumbnailSize = (typeof thumbnailSizes)[number]
/** Longest side in pixels. */
export const thumbnailPixels = { small: 160, medium: 480, large: 1600 } as const satisfies Record<ThumbnailSize, number>

export const fileSorts = ['updated', '-updated', 'name', '-name'] as const
export type FileSort = (typeof fileSorts)[number]

export const fileDeeds = ['viewed', 'downloaded', 'original'] as const

/** Longest name in characters; a longer one keeps its end, which says what the file is. */
export const longestFileName = 200
export const mostTags = 20

const megabyte = 1_048_576
const picture = 50 * megabyte
const document = 200 * megabyte
const recording = 2_048 * megabyte
const data = 500 * megabyte

/**
 * What may be kept, by content: media type → the ends of names it goes by, the largest size in bytes, and what it is called.
 * Everything else is refused. HTML and SVG are not here: they run in a browser.
 */
export const allowedMedia = {
  'image/jpeg': { ends: ['jpg', 'jpeg', 'jpe', 'jfif'], maxBytes: picture, kind: 'picture' },
  'image/png': { ends: ['png'], maxBytes: picture, kind: 'picture' },
  'image/webp': { ends: ['webp'], maxBytes: picture, kind: 'picture' },
  'image/gif': { ends: ['gif'], maxBytes: picture, kind: 'picture' },
  'image/heic': { ends: ['heic', 'heif'], maxBytes: picture, kind: 'picture' },
  'image/avif': { ends: ['avif'], maxBytes: picture, kind: 'picture' },
  'image/tiff': { ends: ['tif', 'tiff'], maxBytes: document, kind: 'picture' },
  'application/pdf': { ends: ['pdf'], maxBytes: document, kind: 'pdf' },
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': {
    ends: ['docx'],
    maxBytes: document,
    kind: 'office',
  },
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': {
    ends: ['xlsx'],
    maxBytes: document,
    kind: 'office',
  },
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': {
    ends: ['pptx'],
    maxBytes: document,
    kind: 'office',
  },
  'application/vnd.oasis.opendocument.text': { ends: ['odt'], maxBytes: document, kind: 'office' },
  'application/vnd.oasis.opendocument.spreadsheet': { ends: ['ods'], maxBytes: document, kind: 'office' },
  'application/vnd.oasis.opendocument.presentation': { ends: ['odp'], maxBytes: document, kind: 'office' },
  'application/x-cfb': { ends: ['doc', 'xls', 'ppt'], maxBytes: document, kind: 'office' },
  'text/csv': { ends: ['csv', 'tsv'], maxBytes: data, kind: 'text' },
  'text/plain': { ends: ['txt', 'md'], maxBytes: data, kind: 'text' },
  'application/geo+json': { ends: ['geojson', 'json'], maxBytes: data, kind: 'text' },
  'application/zip': { ends: ['zip'], maxBytes: data, kind: 'archive' },
  'audio/mpeg': { ends: ['mp3'], maxBytes: recording, kind: 'audio' },
  'audio/mp4': { ends: ['m4a'], maxBytes: recording, kind: 'audio' },
  'audio/aac': { ends: ['aac'], maxBytes: recording, kind: 'audio' },
  'audio/ogg': { ends: ['ogg', 'oga', 'opus'], maxBytes: recording, kind: 'audio' },
  'audio/wav': { ends: ['wav'], maxBytes: recording, kind: 'audio' },
  'audio/amr': { ends: ['amr'], maxBytes: recording, kind: 'audio' },
  'video/mp4': { ends: ['mp4', 'm4v'], maxBytes: recording, kind: 'video' },
  'video/quicktime': { ends: ['mov'], maxBytes: recording, kind: 'video' },
  'video/webm': { ends: ['webm'], maxBytes: recording, kind: 'video' },
  'video/3gpp': { ends: ['3gp'], maxBytes: recording, kind: 'video' },
} as const satisfies Record<string, { ends: readonly string[]; maxBytes: number; kind: string }>

export type AllowedMedia = keyof typeof allowedMedia
export type MediaKind = (typeof allowedMedia)[AllowedMedia]['kind']

/** The largest file of all kinds. */
export const maxUploadBytes = Math.max(...Object.values(allowedMedia).map(({ maxBytes }) => maxBytes))
