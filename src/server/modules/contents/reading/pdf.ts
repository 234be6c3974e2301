import { readFile, stat } from 'node:fs/promises'
import { getDocumentProxy } from 'unpdf'
import { Gather } from './gather.ts'
import { limits, type ReadText, Unreadable } from './limits.ts'

const megabytes = limits.pdfBytes / 1_048_576

/** The text of its pages. Scripts, fonts and pictures in it are not looked at. */
export async function readPdf(path: string): Promise<ReadText> {
  if ((await stat(path)).size > limits.pdfBytes)
    throw new Unreadable(`The PDF is larger than ${megabytes} MB: too large to read its text.`)
  const data = new Uint8Array(await readFile(path))
  const gather = new Gather(limits.readMs)
  const pdf = await open(data)
  const pages = pdf.numPages
  let unread = 0
  for (let number = 1; number <= Math.min(pages, limits.pages) && !gather.isEnough; number += 1) {
    try {
      const page = await pdf.getPage(number)
      const { items } = await page.getTextContent()
      for (const item of items) if ('str' in item) gather.add(item.hasEOL ? `${item.str}\n` : item.str)
      gather.add('\n')
      page.cleanup()
    } catch {
      // One page that is damaged does not hide the others.
      unread += 1
    }
  }
  if (unread > 0 && gather.toString().trim() === '') throw new Unreadable('The pages of this PDF are damaged.')
  return { text: gather.toString(), pages }
}

async function open(data: Uint8Array) {
  try {
    return await getDocumentProxy(data, {
      disableFontFace: true,
      useSystemFonts: false,
      verbosity: 0,
    })
  } catch (error) {
    if (error instanceof Error && error.name === 'PasswordException')
      throw new Unreadable('The PDF is protected by a password. Add a copy without one to find its text.', error)
    throw new Unreadable('The PDF is damaged.', error)
  }
}
