import { allowedMedia, type MediaKind } from '#contract/files.options.ts'

interface MediaRule {
  mediaType: string
  maxBytes: number
  kind: MediaKind
}

const ruleByEnd = new Map<string, MediaRule>(
  Object.entries(allowedMedia).flatMap(([mediaType, { ends, maxBytes, kind }]) =>
    ends.map((end): [string, MediaRule] => [end, { mediaType, maxBytes, kind }]),
  ),
)

/** For the browser's own dialog; a phone offers its pictures and recordings by kind. */
export const acceptedFiles = [
  'image/*',
  'audio/*',
  'video/*',
  ...[...ruleByEnd]
    .filter(([, { kind }]) => kind !== 'picture' && kind !== 'audio' && kind !== 'video')
    .map(([end]) => `.${end}`),
].join(',')

/** By the end of the name; of a name without one, by what the device says of it. */
function ruleOf(name: string, mediaType: string): MediaRule | undefined {
  const end = /\.([\p{L}\p{N}]{1,12})[. ]*$/u.exec(name)?.[1]
  if (end) return ruleByEnd.get(end.toLowerCase())
  return [...ruleByEnd.values()].find((rule) => rule.mediaType === mediaType)
}

export type Fault = { kind: 'empty' } | { kind: 'unknown' } | { kind: 'large' | 'largeForRole'; most: number }

/** What can be told from name and size before anything is sent; the server looks at the content. */
export function faultOf(
  { name, size, type = '' }: { name: string; size: number; type?: string },
  mostOfRole = Number.POSITIVE_INFINITY,
): Fault | undefined {
  const rule = ruleOf(name, type)
  if (!rule) return { kind: 'unknown' }
  if (size === 0) return { kind: 'empty' }
  if (size > mostOfRole && mostOfRole < rule.maxBytes) return { kind: 'largeForRole', most: mostOfRole }
  return size > rule.maxBytes ? { kind: 'large', most: rule.maxBytes } : undefined
}

const smallestPart = 65_536
/** Three at once on a line of 20 kB/s take 40 s for it: far from the server's longest request. */
export const firstPart = 262_144
const largestPart = 8_388_608
const aimMs = 5_000

/** Bytes of the next request, so that it takes about five seconds: a lost one costs little, and each is well within the server's limit. */
export function nextPart(bytes: number, ms: number): number {
  const aim = (bytes / Math.max(ms, 1)) * aimMs
  return Math.round(Math.min(Math.max(aim, smallestPart, bytes / 4), bytes * 4, largestPart))
}

/** After a request that did not get through. */
export const smallerPart = (bytes: number): number => Math.max(smallestPart, Math.round(bytes / 2))

const longestWaitMs = 30_000

/** Until the next try: doubling, and spread so that forty files do not knock at once. */
export const waitMs = (tries: number, random = Math.random()): number =>
  Math.min(longestWaitMs, 1_000 * 2 ** Math.min(tries - 1, 10)) * (0.5 + random / 2)

/** What becomes of an answer to a part: none at all and the server's own troubles pass, a refusal does not. */
export function passes(status: number, code: string | undefined): boolean {
  if (code === 'storage_full') return false
  // A conflict without a reason of ours is about how far the upload has come.
  if (status === 409) return code === undefined
  return status === 0 || status >= 500 || [408, 423, 425, 429].includes(status)
}

const speedWindowMs = 20_000

/** Bytes per second of the last twenty seconds; undefined until there is something to go by. */
export function speedOf(samples: readonly { at: number; bytes: number }[], now: number): number | undefined {
  const recent = samples.filter(({ at }) => at > now - speedWindowMs)
  const first = recent[0]
  if (!first || now - first.at < 1_000) return undefined
  return (recent.reduce((sum, { bytes }) => sum + bytes, 0) / (now - first.at)) * 1_000
}

/** One key for one file on its way to one place of one person: what went on before a reload is known by it again. */
export const printOf = (
  userId: string,
  target: string,
  file: { name: string; size: number; lastModified: number },
): string => [userId, target, file.name, file.size, file.lastModified].join('|')
