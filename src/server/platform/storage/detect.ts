/** How much of a file's beginning tells what it is. */
export const headBytes = 64 * 1024

const unknown = 'application/octet-stream'

/** Media type by content alone; a name proves nothing. @param head the first `headBytes`, or all of a smaller file */
export async function detectMediaType(head: Buffer): Promise<string> {
  const { fileTypeFromBuffer } = await import('file-type')
  const known = await fileTypeFromBuffer(head).catch(() => undefined)
  if (known && known.mime !== 'application/xml') return known.mime
  return textType(head)
}

const control = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/

/** A character may be cut in two at the end of the head. */
function decode(encoding: string, head: Buffer): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(head, { stream: head.length >= headBytes })
  } catch {
    return undefined
  }
}

/** Spreadsheet programs also save text as UTF-16 with its mark, or in the one-byte alphabet of the machine. */
function textOf(head: Buffer): string | undefined {
  const mark = head.subarray(0, 2).toString('latin1')
  if (mark === '\xff\xfe') return decode('utf-16le', head)
  if (mark === '\xfe\xff') return decode('utf-16be', head)
  return decode('utf-8', head) ?? decode('windows-1252', head)
}

function textType(head: Buffer): string {
  const text = textOf(head)
  if (text === undefined || control.test(text)) return unknown
  const start = text.trimStart()
  if (/<svg[\s>]/i.test(start)) return 'image/svg+xml'
  if (/<(!doctype\s+html|html|head|body|script|iframe)[\s>]/i.test(start)) return 'text/html'
  if (/^<\?xml/i.test(start)) return 'application/xml'
  if (/^[[{]/.test(start)) return 'application/json'
  return 'text/plain'
}
