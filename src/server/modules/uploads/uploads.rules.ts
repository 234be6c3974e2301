import { type AllowedMedia, allowedMedia, type MediaKind } from '#contract/files.options.ts'
import { AppError } from '#server/platform/errors.ts'

/** Ends of names that a computer runs or opens as a page; nothing under such a name is kept, whatever is in it. */
const active = new Set(
  (
    'ade adp apk app appx bat bin chm cmd com command cpl csh dll dmg docm dotm elf exe gadget hta htm html inf iso jar js jse ' +
    'ksh lnk mht mhtml mjs msc msi msix msp pif php pif pkg pl potm ppam ppsm pptm ps1 psm1 py rb reg scf scr sct sh shtml svg ' +
    'svgz swf url vb vbe vbs wasm ws wsf wsh xht xhtml xlam xlsm xltm xml xsl'
  ).split(' '),
)

const kindNames: Record<MediaKind, string> = {
  picture: 'a picture',
  pdf: 'a PDF',
  office: 'an Office document',
  text: 'a text or data file',
  archive: 'a zip archive',
  audio: 'a sound recording',
  video: 'a video',
}

const isAllowed = (mediaType: string): mediaType is AllowedMedia => Object.hasOwn(allowedMedia, mediaType)

const byEnd = new Map<string, AllowedMedia>(
  Object.entries(allowedMedia).flatMap(([type, { ends }]) => ends.map((end) => [end, type as AllowedMedia] as const)),
)

/** What stands after the last dot, in small letters; empty when it looks like no ending. Invisible marks do not hide it. */
export function endOf(name: string): string {
  const visible = name
    .replace(/\p{Cf}+/gu, '')
    .replace(/\p{Z}+/gu, ' ')
    .normalize('NFKC')
    .trim()
  return /\.([\p{L}\p{N}]{1,12})[. ]*$/u.exec(visible)?.[1]?.toLowerCase() ?? ''
}

const sizeInWords = (bytes: number): string => `${Math.floor(bytes / 1_048_576)} MB`

const whatWeTake = 'OBCMS keeps pictures, PDF, Office documents, CSV, GeoJSON, text, sound, video and zip archives.'

/** @throws AppError `unsupported_file`, `file_too_large`: by what is known before a byte has come */
export function assertMayBegin(name: string, bytes: number, roleBytes: number): void {
  if (bytes === 0) throw new AppError('unsupported_file', `${name} is empty. Choose it again.`)
  const end = endOf(name)
  if (active.has(end))
    throw new AppError(
      'unsupported_file',
      `Files that end in .${end} can do harm on a computer and are not kept. ${whatWeTake}`,
    )
  const byName = byEnd.get(end)
  const most = Math.min(roleBytes, byName ? allowedMedia[byName].maxBytes : Number.POSITIVE_INFINITY)
  if (bytes > most)
    throw new AppError(
      'file_too_large',
      most === roleBytes
        ? `Your account may send files of up to ${sizeInWords(most)}. Make the file smaller or ask the office to add it.`
        : `${name} is too large: ${kindNames[allowedMedia[byName as AllowedMedia].kind]} may have ${sizeInWords(most)}.`,
      { maxBytes: most },
    )
}

/**
 * The media type under which a file of this name and content is kept. Content decides; a name may only choose among texts.
 * Within a kind a name may be wrong, as phones have it (a PNG called .jpg); between kinds it would mislead whoever opens it.
 * @throws AppError `unsupported_file`, `file_too_large`
 */
export function mediaTypeOf(name: string, content: { mediaType: string; bytes: number }): AllowedMedia {
  const end = endOf(name)
  const byName = byEnd.get(end)
  const refuse = (message: string): never => {
    throw new AppError('unsupported_file', message)
  }
  const found = content.mediaType === 'text/plain' && byName === 'text/csv' ? 'text/csv' : content.mediaType
  if (!isAllowed(found)) return refuse(whyNotKept(name, found))
  const { kind, maxBytes, ends } = allowedMedia[found]
  if (byName && allowedMedia[byName].kind !== kind)
    return refuse(
      `${name} is called like ${kindNames[allowedMedia[byName].kind]} but is ${kindNames[kind]}. ` +
        `Let its name end in .${ends[0]} and send it again.`,
    )
  // One container for old Office documents, installers, mail and thumbnails: here the name has to say which.
  if (found === 'application/x-cfb' && byName !== found)
    return refuse(`${name} is no document of Word, Excel or PowerPoint. ${whatWeTake}`)
  if (content.bytes > maxBytes)
    throw new AppError(
      'file_too_large',
      `${name} is too large: ${kindNames[kind]} may have ${sizeInWords(maxBytes)}.`,
      {
        maxBytes,
      },
    )
  return found
}

function whyNotKept(name: string, mediaType: string): string {
  if (mediaType === 'text/html' || mediaType === 'image/svg+xml' || mediaType === 'application/xml')
    return `${name} holds code that a browser would run. Send it as a picture or PDF.`
  if (mediaType === 'application/json') return `${name} is JSON but no GeoJSON. ${whatWeTake}`
  if (mediaType.includes('macroenabled')) return `${name} holds macros. Save it without them and send it again.`
  if (/x-msdownload|x-elf|x-mach|java|x-sh|wasm|x-ms-shortcut|android/.test(mediaType))
    return `${name} is a program and is not kept. ${whatWeTake}`
  if (mediaType === 'application/octet-stream')
    return `What ${name} is cannot be recognised; it may be damaged. Open it, save it again and send that. ${whatWeTake}`
  return `${name} is ${mediaType}, which is not kept. ${whatWeTake}`
}

/** The beginning of JSON says that it is of places: RFC 7946 names the types. */
export const looksLikeGeoJson = (head: string): boolean =>
  /"type"\s*:\s*"(FeatureCollection|Feature|GeometryCollection|(Multi)?(Point|LineString|Polygon))"/.test(head)

/** What a zip archive is by the names inside it. @param first name and beginning of its first entry, if that is stored plainly */
export function zipTypeOf(names: ReadonlySet<string>, mimetype: string): string {
  if (isAllowed(mimetype) && mimetype.startsWith('application/vnd.oasis.')) return mimetype
  if (names.has('META-INF/MANIFEST.MF') || names.has('AndroidManifest.xml')) return 'application/java-archive'
  if (!names.has('[Content_Types].xml')) return 'application/zip'
  const office = 'application/vnd.openxmlformats-officedocument'
  const has = (folder: string) => names.has(`${folder}/`) || [...names].some((name) => name.startsWith(`${folder}/`))
  if ([...names].some((name) => name.endsWith('vbaProject.bin'))) return 'application/vnd.ms-office.macroenabled'
  if (has('word')) return `${office}.wordprocessingml.document`
  if (has('xl')) return `${office}.spreadsheetml.sheet`
  if (has('ppt')) return `${office}.presentationml.presentation`
  return 'application/zip'
}
