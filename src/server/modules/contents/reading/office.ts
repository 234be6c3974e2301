import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { AppError } from '#server/platform/errors.ts'
import { parseXml, type XmlHandlers } from '#server/platform/spreadsheets/xml.ts'
import { Gather } from './gather.ts'
import { limits, type ReadText, Unreadable } from './limits.ts'

/** Where the words of a document lie; read in this order. */
const textParts = [
  // Word
  /^word\/document\.xml$/,
  /^word\/(header|footer)\d*\.xml$/,
  /^word\/(footnotes|endnotes|comments)\.xml$/,
  // Excel
  /^xl\/workbook\.xml$/,
  /^xl\/sharedStrings\.xml$/,
  /^xl\/worksheets\/[^/]+\.xml$/,
  /^xl\/comments\d*\.xml$/,
  // PowerPoint
  /^ppt\/slides\/[^/]+\.xml$/,
  /^ppt\/notesSlides\/[^/]+\.xml$/,
  // OpenDocument
  /^content\.xml$/,
]
const openDocumentList = 'META-INF/manifest.xml'
const protectedWords = 'The document is protected by a password. Add a copy without one to find its text.'
const kind = { what: 'document', depth: limits.depth }

/** The text of a Word, Excel, PowerPoint or OpenDocument file. */
export async function readOffice(path: string): Promise<ReadText> {
  const gather = new Gather(limits.readMs)
  let zip: ZipFile | undefined
  try {
    zip = await openPromise(path, { autoClose: false, lazyEntries: true })
    const { texts, list } = await partsOf(zip)
    if (list && (await isProtected(zip, list))) throw new Unreadable(protectedWords)
    const budget = { bytes: limits.unpackedBytes }
    for (const { entry, isOpenDocument } of texts) {
      if (gather.isEnough) break
      const handlers = isOpenDocument ? openDocumentText(gather) : officeText(entry.fileName, gather)
      for await (const _ of parseXml(bytesOf(zip, entry, budget), handlers, kind)) if (gather.isEnough) break
    }
    return { text: gather.toString(), pages: null }
  } catch (error) {
    if (error instanceof Unreadable) throw error
    if (error instanceof AppError) throw new Unreadable(error.message, error)
    throw new Unreadable('The document is damaged. Open it in an office program and save it again.', error)
  } finally {
    zip?.close()
  }
}

async function partsOf(zip: ZipFile): Promise<{ texts: { entry: Entry; isOpenDocument: boolean }[]; list?: Entry }> {
  if (zip.entryCount > limits.parts) throw new Unreadable(`The document has more than ${limits.parts} parts.`)
  const found: { entry: Entry; place: number }[] = []
  let list: Entry | undefined
  let unpacked = 0
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw new Unreadable(protectedWords)
    if (entry.fileName === openDocumentList) list = entry
    const place = textParts.findIndex((part) => part.test(entry.fileName))
    if (place < 0) continue
    unpacked += entry.uncompressedSize
    if (unpacked > limits.unpackedBytes) throw tooMuch()
    found.push({ entry, place })
  }
  found.sort((a, b) => a.place - b.place || numberOf(a.entry) - numberOf(b.entry))
  const texts = found.map(({ entry, place }) => ({ entry, isOpenDocument: place === textParts.length - 1 }))
  return { texts, ...(list && { list }) }
}

/** Slide 10 comes after slide 9. */
const numberOf = ({ fileName }: Entry): number => Number(fileName.match(/(\d+)\.xml$/)?.[1] ?? 0)

const tooMuch = () =>
  new Unreadable(`The document unpacks to more than ${limits.unpackedBytes / 1_048_576} MB of text: it is not opened.`)

/** What really comes out counts, whatever the archive says of it. */
async function* bytesOf(zip: ZipFile, entry: Entry, budget: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    budget.bytes -= (chunk as Buffer).length
    if (budget.bytes < 0) throw tooMuch()
    yield chunk as Buffer
  }
}

async function isProtected(zip: ZipFile, list: Entry): Promise<boolean> {
  let found = false
  const open = (name: string) => {
    if (name === 'encryption-data') found = true
  }
  for await (const _ of parseXml(bytesOf(zip, list, { bytes: 4 * 1_048_576 }), { open }, kind)) if (found) break
  return found
}

/** Words stand in `t`; `p`, `si` and `row` end a line, `tab` and `br` part words. Readings of characters (`rPh`) are left out. */
function officeText(part: string, gather: Gather): XmlHandlers {
  const isSheet = part.startsWith('xl/worksheets/')
  let inText = 0
  let inReading = 0
  return {
    open(name, attributes) {
      if (name === 't') inText += 1
      else if (name === 'rPh') inReading += 1
      else if (name === 'tab' || name === 'br' || name === 'cr') gather.add(' ')
      else if (name === 'sheet' && part === 'xl/workbook.xml') gather.add(`${attributes.name ?? ''}\n`)
    },
    close(name) {
      if (name === 't') inText -= 1
      else if (name === 'rPh') inReading -= 1
      else if (name === 'p' || name === 'si' || (isSheet && name === 'is')) gather.add('\n')
    },
    text(text) {
      if (inText > 0 && inReading === 0) gather.add(text)
    },
  }
}

/** All text of the body stands in paragraphs and headings. */
function openDocumentText(gather: Gather): XmlHandlers {
  let inLine = 0
  return {
    open(name) {
      if (name === 'p' || name === 'h') inLine += 1
      else if (name === 's' || name === 'tab' || name === 'line-break') gather.add(' ')
    },
    close(name) {
      if (name !== 'p' && name !== 'h') return
      inLine -= 1
      gather.add('\n')
    },
    text(text) {
      if (inLine > 0) gather.add(text)
    },
  }
}
