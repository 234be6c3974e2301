import sharp, { type OutputInfo } from 'sharp'
import { type ThumbnailSize, thumbnailPixels } from '#contract/files.options.ts'
import { limits, type ReadPicture, Unreadable } from './limits.ts'

// One picture at a time, nothing kept of the last one: the memory of this process is bounded.
sharp.concurrency(1)
sharp.cache(false)
// What calls itself a picture and is not one of these is not opened: SVG and PDF have readers with a history.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadWebpFile',
    'VipsForeignLoadNsgifFile',
    'VipsForeignLoadHeifFile',
    'VipsForeignLoadTiffFile',
  ],
})

/** Thumbnails are seen beside the original, not instead of it. */
const quality = 78

/**
 * Three small pictures made of pixels alone: no place, time, camera or colour profile can be in them. Of an animation its first
 * frame; of a file that breaks off, what came of it.
 */
export async function readPicture(path: string): Promise<ReadPicture> {
  const source = sharp(path, { limitInputPixels: limits.pixels, failOn: 'none', sequentialRead: true })
  let seen: { width: number; height: number }
  let pixels: { data: Buffer; info: OutputInfo }
  try {
    const { autoOrient } = await source.metadata()
    seen = autoOrient
    if (seen.width * seen.height > limits.pixels) throw tooManyPixels()
    pixels = await source
      .autoOrient()
      .resize(boxOf('large'))
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
  } catch (error) {
    if (error instanceof Unreadable) throw error
    if (error instanceof Error && /exceeds pixel limit/i.test(error.message)) throw tooManyPixels(error)
    throw new Unreadable('The picture is damaged, or not of the kind that it says.', error)
  }
  const { data, info } = pixels
  const raw = { width: info.width, height: info.height, channels: info.channels }
  const thumbnails: ReadPicture['thumbnails'] = []
  for (const size of Object.keys(thumbnailPixels) as ThumbnailSize[]) {
    const made = await sharp(data, { raw })
      .resize(boxOf(size))
      .webp({ quality, effort: 3 })
      .toBuffer({ resolveWithObject: true })
    thumbnails.push({ size, data: made.data, width: made.info.width, height: made.info.height })
  }
  return { width: seen.width, height: seen.height, thumbnails }
}

const boxOf = (size: ThumbnailSize) =>
  ({ width: thumbnailPixels[size], height: thumbnailPixels[size], fit: 'inside', withoutEnlargement: true }) as const

const tooManyPixels = (cause?: unknown) =>
  new Unreadable(`The picture has more than ${limits.pixels / 1_000_000} million pixels. Save a smaller copy.`, cause)
