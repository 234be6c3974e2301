import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { compressedCopies, siteFileNames, suffixes } from './compressed.ts'
import { type Coding, codings } from './content-coding.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
}

/** One representation of a file: as it is, or compressed. */
export interface Variant {
  coding: Coding
  bytes: Buffer
  /** Strong: names exactly these bytes. */
  etag: string
}

export interface SiteFile {
  /** `assets/index-….js` */
  name: string
  type: string
  sha256: string
  /** Content-hashed name: the bytes behind it never change. */
  isImmutable: boolean
  /** Best first; identity is always the last. */
  variants: readonly Variant[]
  codings: readonly Coding[]
  identity: Variant
}

/** Where the page finds its scripts and styles; unhashed files stay with OBCMS, which never lets them grow stale. */
const withStaticUrl = (page: Buffer, staticUrl: string): Buffer =>
  Buffer.from(
    page.toString('utf8').replaceAll('="/assets/', `="${new URL(staticUrl).href.replace(/\/*$/, '')}/assets/`),
  )

function siteFile(name: string, bytes: Buffer, copies: ReadonlyMap<Coding, Buffer>): SiteFile {
  const sha256 = createHash('sha256').update(bytes).digest()
  const tag = sha256.toString('base64url').slice(0, 27)
  const identity: Variant = { coding: 'identity', bytes, etag: `"${tag}"` }
  const variants = codings.flatMap((coding): Variant[] => {
    const copy = copies.get(coding)
    return copy ? [{ coding, bytes: copy, etag: `"${tag}-${coding}"` }] : []
  })
  return {
    name,
    type: types[extname(name)] ?? 'application/octet-stream',
    sha256: sha256.toString('hex'),
    isImmutable: name.startsWith('assets/'),
    variants: [...variants, identity],
    codings: [...variants, identity].map((variant) => variant.coding),
    identity,
  }
}

/**
 * Every file of the built site by its address, with its compressed copies, in memory (about 6 MB).
 * @param staticUrl where the assets are, when another server has them
 */
export async function readSite(dir: string, staticUrl?: string): Promise<Map<string, SiteFile>> {
  const names = siteFileNames(dir)
  const present = new Set(names)
  const files = new Map<string, SiteFile>()
  for (const name of names) {
    if (Object.values(suffixes).some((end) => name.endsWith(end) && present.has(name.slice(0, -end.length)))) continue
    let bytes: Buffer = readFileSync(join(dir, name))
    let copies = new Map<Coding, Buffer>()
    if (name === 'index.html' && staticUrl) {
      bytes = withStaticUrl(bytes, staticUrl)
      copies = await compressedCopies(name, bytes)
    } else {
      for (const [coding, end] of Object.entries(suffixes) as [Coding, string][])
        if (present.has(name + end)) copies.set(coding, readFileSync(join(dir, name + end)))
    }
    files.set(`/${name}`, siteFile(name, bytes, copies))
  }
  return files
}
