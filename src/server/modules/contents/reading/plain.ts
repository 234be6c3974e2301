import { createReadStream } from 'node:fs'
import { Gather } from './gather.ts'
import { limits, type ReadText } from './limits.ts'

async function* textOf(path: string, gather: Gather): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const chunk of createReadStream(path, { end: limits.textBytes - 1 })) {
    if (gather.isEnough) return
    yield decoder.decode(chunk as Buffer, { stream: true })
  }
}

export async function readPlain(path: string): Promise<ReadText> {
  const gather = new Gather(limits.readMs)
  for await (const text of textOf(path, gather)) gather.add(text)
  return { text: gather.toString(), pages: null }
}

/** No text of one property is longer; what follows is left out. */
const longestValue = 10_000

/**
 * The texts of a JSON or GeoJSON file, each once: its numbers and names of fields are nothing to look for. Read without building it
 * up, since a map of a province is larger than what memory should hold.
 */
export async function readJson(path: string): Promise<ReadText> {
  const gather = new Gather(limits.readMs)
  const seen = new Set<string>()
  let value: string | undefined
  let isEscaped = false
  // A text is the name of a field when a colon follows.
  let waiting: string | undefined
  const take = () => {
    if (waiting === undefined) return
    const text = unescaped(waiting)
    waiting = undefined
    if (seen.has(text)) return
    seen.add(text)
    gather.add(`${text}\n`)
  }
  for await (const text of textOf(path, gather))
    for (const char of text) {
      if (value === undefined) {
        if (char === ':') waiting = undefined
        else if (char === '"') {
          take()
          value = ''
        } else if (char.trim() !== '') take()
      } else if (char === '"' && !isEscaped) {
        waiting = value
        value = undefined
      } else {
        isEscaped = char === '\\' && !isEscaped
        if (value.length < longestValue) value += char
      }
    }
  take()
  return { text: gather.toString(), pages: null }
}

function unescaped(value: string): string {
  try {
    return JSON.parse(`"${value}"`) as string
  } catch {
    return value
  }
}
