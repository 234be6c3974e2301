import { fileTypeFromBuffer } from 'file-type'

/** How much of a file's beginning tells what it is. */
export const headBytes = 64 * 1024

const unknown = 'application/octet-stream'

/** Media type by content alone; a name proves nothing. @param head the first `headBytes`, or all of a smaller file */
export async function detectMediaType(head: Buffer): Promise<string> {
  const known = await fileTypeFromBuffer(head).catch(() => undefined)
  if (known && known.mime !== 'application/xml') return known.mime
  return textType(head)
}

/** A character may be cut in two at the end of the head. */
function textType(head: Buffer): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: head.length >= headBytes })
  } catch {
    return unknown
  }
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text)) return unknown
  const start = text.trimStart()
  if (/<svg[\s>]/i.test(start)) return 'image/svg+xml'
  if (/<(!doctype\s+html|html|head|body|script|iframe)[\s>]/i.test(start)) return 'text/html'
  if (/^<\?xml/i.test(start)) return 'application/xml'
  if (/^[[{]/.test(start)) return 'application/json'
  return 'text/plain'
}
