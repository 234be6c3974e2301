import type { APIRequestContext } from 'playwright-core'
import type { UploadIntent } from '#contract/uploads.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Adds a file as an upload in one request does. @returns its id */
export async function sendFile(
  request: APIRequestContext,
  url: string,
  file: { name: string; content: Buffer; intent: UploadIntent },
): Promise<string> {
  const reply = await request.post(`${url}/api/v1/uploads`, {
    headers: {
      origin: url,
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'upload-length': String(file.content.length),
      'upload-metadata': `filename ${base64(file.name)},intent ${base64(JSON.stringify(file.intent))}`,
    },
    data: file.content,
  })
  const fileId = reply.headers()['upload-file']
  if (!fileId) throw new Error(`${file.name} was not kept: ${reply.status()} ${await reply.text()}`)
  return fileId
}
