import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib'
import type { Coding } from './content-coding.ts'

type Compressed = Exclude<Coding, 'identity'>

/** How the compressed copy of a file is named: `x.js.br`. */
export const suffixes: Record<Compressed, string> = { br: '.br', zstd: '.zst', gzip: '.gz' }

const compressible = new Set(['.html', '.js', '.css', '.json', '.svg', '.webmanifest', '.txt', '.map', '.wasm'])

const compress: Record<Compressed, (bytes: Buffer) => Promise<Buffer>> = {
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
  zstd: (bytes) => promisify(zstdCompress)(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
}

/** The copies worth keeping: each is smaller than the one that fewer clients lack. */
export async function compressedCopies(name: string, bytes: Buffer): Promise<Map<Compressed, Buffer>> {
  const copies = new Map<Compressed, Buffer>()
  if (!compressible.has(extname(name))) return copies
  let smallest = bytes.length
  for (const coding of ['gzip', 'zstd', 'br'] as const) {
    const copy = await compress[coding](bytes)
    if (copy.length >= smallest) continue
    copies.set(coding, copy)
    smallest = copy.length
  }
  return copies
}

/** Names of the files that make up the site; what begins with a dot is about the build. */
export const siteFileNames = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
    .sort()

/** Puts compressed copies beside the files of a built site. */
export async function compressSite(dir: string): Promise<void> {
  const names = siteFileNames(dir)
  const workers = Array.from({ length: availableParallelism() }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const file = join(dir, name)
      const copies = await compressedCopies(name, readFileSync(file))
      for (const [coding, copy] of copies) writeFileSync(file + suffixes[coding], copy)
    }
  })
  await Promise.all(workers)
}
