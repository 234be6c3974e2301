import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

/** First load on a slow line: everything a page needs before it shows, words apart. The budget is the product's. */
const budgetBytes = 200_000
const built = new URL('../dist/web/', import.meta.url)
const firstLoads: Record<string, string[]> = {
  'sign-in': ['index.html', 'pages/shell/open-layout.tsx', 'pages/identity/sign-in-page.tsx'],
  home: ['index.html', 'pages/shell/app-layout.tsx', 'pages/home/home-page.tsx'],
}

interface Chunk {
  file: string
  imports?: string[]
}

function readManifest(): Record<string, Chunk> {
  try {
    return JSON.parse(readFileSync(new URL('.vite/manifest.json', built), 'utf8'))
  } catch {
    console.error('There is no build in dist/web. Run `npm run build` first.')
    process.exit(1)
  }
}

const manifest = readManifest()

function filesOf(name: string, files: Set<string>): Set<string> {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`The build has no part “${name}”.`)
  if (files.has(chunk.file)) return files
  files.add(chunk.file)
  for (const other of chunk.imports ?? []) filesOf(other, files)
  return files
}

let over = false
for (const [page, parts] of Object.entries(firstLoads)) {
  const files = new Set<string>()
  for (const part of parts) filesOf(part, files)
  const sizes = [...files].map((file) => gzipSync(readFileSync(new URL(file, built)), { level: 6 }).length)
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  over ||= bytes > budgetBytes
  console.log(
    `${page}: ${(bytes / 1000).toFixed(1)} kB of JavaScript (gzip) in ${files.size} files, budget ${budgetBytes / 1000} kB`,
  )
}
if (over) {
  console.error('The first load is over its budget. Load what is not needed at once when it is needed.')
  process.exit(1)
}
