import { SaxesParser } from 'saxes'
import { unreadable } from './limits.ts'

export interface XmlHandlers {
  /** Names come without their namespace prefix; attributes keep theirs. */
  open?(name: string, attributes: Record<string, string>): void
  close?(name: string): void
  text?(text: string): void
}

/** No tag, comment or text of a workbook is longer; bounds what the parser piles up before it reports anything. */
const quietLimit = 2 * 1_048_576

/** What is read, as its messages call it, and how deep it may be nested. */
export interface XmlKind {
  what: string
  depth: number
}

const workbook: XmlKind = { what: 'workbook', depth: 64 }

/** Feeds a part to the handlers and gives control back after every chunk. A document type, and so any entity, is refused. */
export async function* parseXml(
  chunks: AsyncIterable<Buffer>,
  handlers: XmlHandlers,
  { what, depth: depthLimit }: XmlKind = workbook,
): AsyncGenerator<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parser = new SaxesParser({ position: false, xmlns: false as const })
  let quiet = 0
  let depth = 0
  parser.on('error', (error) => {
    throw error
  })
  parser.on('doctype', () => {
    throw unreadable(`The ${what} holds a document type declaration, which no office program writes.`)
  })
  parser.on('opentag', (tag) => {
    quiet = 0
    depth += 1
    if (depth > depthLimit) throw unreadable(`The ${what} is damaged: its parts are nested too deeply.`)
    handlers.open?.(localName(tag.name), tag.attributes)
  })
  parser.on('closetag', (tag) => {
    quiet = 0
    depth -= 1
    handlers.close?.(localName(tag.name))
  })
  const onText = (text: string): void => {
    quiet = 0
    handlers.text?.(text)
  }
  parser.on('text', onText)
  parser.on('cdata', onText)
  for await (const chunk of chunks) {
    quiet += chunk.length
    parser.write(decoder.decode(chunk, { stream: true }))
    if (quiet > quietLimit) throw unreadable(`The ${what} is damaged: one of its tags never ends.`)
    yield
  }
  parser.write(decoder.decode())
  parser.close()
}

function localName(name: string): string {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}
