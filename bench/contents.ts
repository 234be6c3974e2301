/**
 * `node bench/contents.ts`: photos shown small and documents read a second by the processes that open content, as a worker uses
 * them, and how late the timers of the process that asks are meanwhile. Prints Markdown with hardware and versions.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import sharp from 'sharp'
import { ZipFile } from 'yazl'
import type { Reading } from '#server/modules/contents/contents.rules.ts'
import { openReaders } from '#server/modules/contents/reading/readers.ts'

const seconds = Number(process.env.BENCH_SECONDS ?? 8)
/** As many as one worker opens at once. */
const atOnce = 2
const dir = mkdtempSync(join(tmpdir(), 'obcms-bench-contents-'))
const readers = openReaders()

async function rateOf(path: string, reading: Reading): Promise<string> {
  await Promise.all(Array.from({ length: atOnce }, () => readers.read({ path, reading })))
  const loop = monitorEventLoopDelay({ resolution: 10 })
  loop.enable()
  const started = performance.now()
  const until = started + seconds * 1_000
  let done = 0
  const work = async () => {
    for (; performance.now() < until; done += 1) await readers.read({ path, reading })
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const rate = (done / (performance.now() - started)) * 1_000
  loop.disable()
  return `${rate.toFixed(1)}/s | ${(loop.percentile(95) / 1e6 - 10).toFixed(1)} ms`
}

async function docx(paragraphs: number): Promise<Buffer> {
  const archive = new ZipFile()
  const text = '<w:p><w:r><w:t>Minutes of the meeting about the water system of the sitio</w:t></w:r></w:p>'.repeat(
    paragraphs,
  )
  archive.addBuffer(Buffer.from(`<w:document xmlns:w="w"><w:body>${text}</w:body></w:document>`), 'word/document.xml')
  archive.end()
  const chunks: Buffer[] = []
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

try {
  const photo = join(dir, 'photo.jpg')
  // Large soft patches with some grain, as photos have.
  const patches = await sharp({
    create: {
      width: 40,
      height: 30,
      channels: 3,
      background: 'teal',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .png()
    .toBuffer()
  await sharp(patches).resize(4_000, 3_000, { kernel: 'cubic' }).jpeg({ quality: 88 }).toFile(photo)
  const document = join(dir, 'minutes.docx')
  writeFileSync(document, await docx(2_000))
  const pictures = await rateOf(photo, 'picture')
  const documents = await rateOf(document, 'office')
  console.log(`${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB; Node ${process.versions.node}, libvips ${sharp.versions.vips}; ${atOnce} at once

| what | figure | timers of the asking process late, p95 |
|---|---|---|
| photos of 12 million pixels, three small pictures each | ${pictures} |
| .docx of 2,000 paragraphs (120 kB of text) | ${documents} |`)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
process.exit()
