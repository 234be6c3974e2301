import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { S3Settings } from '#server/platform/config.ts'
import { freePort, hostOfPeers, type Peer, program, startPeer } from './peer.ts'

// `env python3` may be another one that does not see Debian's modules.
const python = program('/usr/bin/python3')
const swift = program('/usr/lib/python3/dist-packages/swift/common/middleware/s3api/s3api.py')
const server = fileURLToPath(new URL('s3-server.py', import.meta.url))

/** Why tests with a bucket cannot run here; undefined when they can. */
export const noS3 =
  python && swift ? undefined : 'no OpenStack Swift on this machine (Debian: apt-get install python3-swift)'

export interface S3Peer extends Peer {
  /** Of a bucket that is there, and of the account that owns it. */
  settings: S3Settings
  /** The same as variables of the environment. */
  env: Record<string, string>
  /** An account that is known, and may nothing. */
  stranger: S3Settings
  /** The SDK's own client, to look behind the store. */
  client: S3Client
}

export interface S3Options {
  /** Of an earlier one, to start it again in its place. */
  port?: number
  /** Kept at the end; otherwise one is made and removed. */
  dir?: string
}

/**
 * OpenStack Swift with its S3 API, as object storages run it. It checks signatures and clocks, the size and hash of what
 * arrives, and does multipart, ranges, copies, listings and signed addresses. It does not do: the bucket's name in the host
 * (path style only), TLS, CRC checksums and chunked signatures, policies, buckets that anybody may read, other regions, objects of more
 * than 5 GB in one piece.
 */
export async function startS3({ port, dir }: S3Options = {}): Promise<S3Peer> {
  if (!python || !swift) throw new Error(noS3)
  const at = port ?? (await freePort())
  const folder = dir ?? mkdtempSync(join(tmpdir(), 'obcms-s3-'))
  const secrets = { media: 'the key of the owner', stranger: 'the key of a stranger' }
  const users = Object.entries(secrets).map(([name, key]) => `${name}=${key.replaceAll(' ', '-')}`)
  const peer = await startPeer({
    command: python,
    args: ['-B', server, folder, String(at), 'obcms', ...users],
    port: at,
  })
  if (!dir) peer.child.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const endpoint = `http://${hostOfPeers}:${at}`
  const settingsOf = (name: keyof typeof secrets): S3Settings => ({
    accessKeyId: `obcms:${name}`,
    secretAccessKey: secrets[name].replaceAll(' ', '-'),
    bucket: 'obcms-media',
    region: 'us-east-1',
    endpoint,
    customDomain: undefined,
    pathStyle: true,
  })
  const settings = settingsOf('media')
  const client = new S3Client({
    endpoint,
    region: settings.region,
    forcePathStyle: true,
    credentials: settings,
    maxAttempts: 10,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  await client.send(new CreateBucketCommand({ Bucket: settings.bucket })).catch(async (error: Error) => {
    if (error.name === 'BucketAlreadyOwnedByYou') return
    await peer.stop()
    throw error
  })
  return {
    ...peer,
    settings,
    stranger: settingsOf('stranger'),
    client,
    env: {
      AWS_ACCESS_KEY_ID: settings.accessKeyId,
      AWS_SECRET_ACCESS_KEY: settings.secretAccessKey,
      AWS_STORAGE_BUCKET_NAME: settings.bucket,
      AWS_S3_REGION_NAME: settings.region,
      AWS_S3_ENDPOINT_URL: endpoint,
    },
    async stop() {
      client.destroy()
      await peer.stop()
    },
  }
}

/** `node src/testing/peers/s3.ts [folder]`: a bucket to try OBCMS with by hand; prints its settings and stays until Ctrl+C. */
if (import.meta.main) {
  const [dir] = process.argv.slice(2)
  const { env } = await startS3(dir ? { dir } : {})
  console.log([...Object.entries(env), ['USE_S3', '1']].map(([name, value]) => `${name}=${value}`).join('\n'))
}
