import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { v7 as uuidv7 } from 'uuid'
import { AppError } from '#server/platform/errors.ts'
import { Checked, Measured, ObjectMissing, type ObjectStore } from '#server/platform/storage.ts'
import { innerSeal, isObjectName, keyOfObject, nameOfObject, noSeal, type Seal } from './encryption.service.ts'
import {
  BackupError,
  type BackupIndex,
  indexName,
  isId,
  type Manifest,
  manifestName,
  namesName,
  type ObjectLine,
  objectLine,
  type PartEntry,
  readIndex,
  readManifest,
} from './manifests.rules.ts'

export const keyOf = (id: string, name: string): string => `backups/${id}/${name}`

/** Encrypted content up to this size does not go through the disk. */
const inMemory = 4 * 1_048_576

/** Writes whole files to a target. What is on its way lies below `spoolDir`. */
export function targetWriter(store: ObjectStore, spoolDir: string) {
  /** @returns undefined when `isWanted` said no at the end */
  async function writeStream(
    key: string,
    source: Readable,
    isWanted: () => boolean = () => true,
  ): Promise<PartEntry | undefined> {
    await mkdir(spoolDir, { recursive: true })
    const path = join(spoolDir, `backup-${uuidv7()}`)
    try {
      const measured = new Measured()
      await pipeline(source, measured, createWriteStream(path))
      if (!isWanted()) return undefined
      const { bytes, sha256 } = measured
      if (store.pathOf) await store.take(key, path, { bytes, sha256 })
      else await store.put(key, createReadStream(path), { bytes, sha256 })
      return { name: key.slice(key.lastIndexOf('/') + 1), bytes, sha256 }
    } finally {
      await rm(path, { force: true })
    }
  }

  async function writeBytes(key: string, content: Buffer): Promise<PartEntry> {
    const measured = new Measured()
    measured.end(content)
    measured.resume()
    const { bytes, sha256 } = measured
    await store.put(key, Readable.from([content], { objectMode: false }), { bytes, sha256 })
    return { name: key.slice(key.lastIndexOf('/') + 1), bytes, sha256 }
  }

  return {
    stream: writeStream,
    bytes: writeBytes,
    /** The content of a file, sealed. @throws ContentDiffers when its source is not what it should be */
    async object(name: string, source: Readable, object: { sha256: string; bytes: number }, seal: Seal): Promise<void> {
      const checked = new Checked(name, object)
      void pipeline(source, checked).catch(() => {})
      const sealed = await seal.seal(checked)
      if (object.bytes > inMemory) return void (await writeStream(keyOfObject(name), sealed))
      const parts: Uint8Array[] = []
      for await (const part of sealed) parts.push(part as Uint8Array)
      await writeBytes(keyOfObject(name), Buffer.concat(parts))
    },
  }
}

export const compressed = (source: Readable): Readable => {
  const zip = createGzip({ level: 4 })
  // A failure of either is the failure of what comes out.
  void pipeline(source, zip).catch(() => {})
  return zip
}

/** Ids of what counts as a backup, newest first. */
export async function listIds(store: ObjectStore): Promise<string[]> {
  const ids: string[] = []
  for await (const { key } of store.list('backups/')) {
    const [, id = '', name] = key.split('/')
    if (name === indexName && isId(id)) ids.push(id)
  }
  return ids.sort().reverse()
}

/** @throws BackupError */
export async function openIndex(store: ObjectStore, id: string): Promise<BackupIndex> {
  if (!isId(id)) throw new BackupError(`${id} is no backup: obcms backup list shows what there is.`)
  const stream = await store.get(keyOf(id, indexName)).catch((cause: unknown) => {
    if (!(cause instanceof ObjectMissing)) throw cause
    throw new BackupError(`There is no backup ${id}: obcms backup list shows what there is.`, { cause })
  })
  return readIndex(id, await text(stream))
}

export interface OpenBackup {
  index: BackupIndex
  manifest: Manifest
  /** Of all that was read so far. */
  bytesRead(): number
  /** The content of a part, checked to its end. The stream fails with a BackupError on any difference. */
  part(name: string): Promise<Readable>
  objects(): AsyncIterable<ObjectLine>
  /** The content of a file, opened; whoever reads it compares its hash. @throws BackupError */
  object(object: ObjectLine): Promise<Readable>
  objectName(object: ObjectLine): string
  /** Length that each object should have on the target. */
  seal: Seal
}

/** A target that does not answer says nothing of what lies there. */
const damaged = (id: string, what: string, cause: unknown): BackupError | AppError =>
  cause instanceof BackupError || cause instanceof AppError
    ? cause
    : new BackupError(
        cause instanceof ObjectMissing
          ? `${what} of backup ${id} is missing on the target: take another backup.`
          : `${what} of backup ${id} is damaged (${(cause as Error).message}): take another backup.`,
        { cause },
      )

/** Leads one stream through others; a failure of any ends the last one, in words. */
function through(id: string, what: string, source: Readable, ...steps: NodeJS.ReadWriteStream[]): Readable {
  const last = steps.at(-1) as unknown as Readable
  void pipeline([source, ...steps] as [Readable, NodeJS.ReadWriteStream]).catch(() => {})
  return Readable.from(
    (async function* () {
      try {
        for await (const piece of last) yield piece
      } catch (cause) {
        throw damaged(id, what, cause)
      }
    })(),
    { objectMode: false, highWaterMark: 256 * 1024 },
  )
}

/** @throws BackupError when it is damaged, incomplete, of a newer OBCMS, or the key does not fit */
export async function openBackup(store: ObjectStore, id: string, outer: Seal): Promise<OpenBackup> {
  const index = await openIndex(store, id)
  const parts = new Map(index.parts.map((part) => [part.name, part]))
  let bytesRead = 0

  async function raw(name: string): Promise<Readable> {
    const part = parts.get(name)
    if (!part) throw new BackupError(`Backup ${id} names no part ${name}: take another backup.`)
    const stream = await store.get(keyOf(id, name), { bytes: part.bytes }).catch((cause: unknown) => {
      throw damaged(id, `Part ${name}`, cause)
    })
    bytesRead += part.bytes
    return through(id, `Part ${name}`, stream, new Checked(name, part))
  }

  if (index.encryption !== 'none' && outer.kind === 'none')
    throw new BackupError(
      `Backup ${id} is encrypted: set ${index.encryption === 'passphrase' ? 'BACKUP_PASSPHRASE' : 'BACKUP_IDENTITY'}.`,
    )
  const isSealed = index.encryption !== 'none'
  const sealed = await raw(manifestName(isSealed))
  const manifestText = await text(isSealed ? await outer.open(sealed, `Backup ${id}`) : sealed).catch((cause) => {
    throw damaged(id, 'The manifest', cause)
  })
  const manifest = readManifest(index, manifestText)
  const inner = isSealed ? await innerSeal(manifest.secret) : noSeal
  const lacking = [...manifest.tables.map(({ part }) => part), manifest.objects.part, namesName].filter(
    (name) => name !== null && !parts.has(name),
  )
  if (lacking.length > 0) throw new BackupError(`Backup ${id} lacks ${lacking.join(', ')}: take another backup.`)

  const part = async (name: string): Promise<Readable> =>
    through(id, `Part ${name}`, await inner.open(await raw(name), `Part ${name}`), createGunzip())
  const objectName = ({ sha256 }: ObjectLine) => nameOfObject(manifest.secret, sha256)

  return {
    index,
    manifest,
    seal: inner,
    bytesRead: () => bytesRead,
    part,
    objectName,
    async *objects() {
      for await (const line of linesOf(await part(manifest.objects.part))) yield objectLine.parse(JSON.parse(line))
    },
    async object(object) {
      const what = `File ${object.sha256}`
      const stream = await store.get(keyOfObject(objectName(object))).catch((cause: unknown) => {
        throw damaged(id, what, cause)
      })
      const opened = await inner.open(stream, what)
      bytesRead += object.bytes
      return through(id, what, opened, new Checked(object.sha256, object))
    },
  }
}

/** Names of the objects that a backup needs; needs no key. @throws BackupError */
export async function readNames(store: ObjectStore, index: BackupIndex): Promise<string[]> {
  const part = index.parts.find(({ name }) => name === namesName)
  if (!part) throw new BackupError(`Backup ${index.id} lacks ${namesName}.`)
  const stream = await store.get(keyOf(index.id, namesName), { bytes: part.bytes }).catch((cause: unknown) => {
    throw damaged(index.id, `Part ${namesName}`, cause)
  })
  const names: string[] = []
  const lines = through(index.id, `Part ${namesName}`, stream, new Checked(namesName, part), createGunzip())
  for await (const line of linesOf(lines)) names.push(line)
  return names
}

export async function* linesOf(stream: Readable): AsyncIterable<string> {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const piece of stream) {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest) yield rest
}

/** What backups have written to the target, by name, with its length. What lies there beside it is not ours to remove. */
export async function listObjects(store: ObjectStore): Promise<Map<string, { bytes: number; modifiedAt: Date }>> {
  const found = new Map<string, { bytes: number; modifiedAt: Date }>()
  for await (const { key, bytes, modifiedAt } of store.list('objects/')) {
    const name = key.slice(key.lastIndexOf('/') + 1)
    if (isObjectName(name) && key === keyOfObject(name)) found.set(name, { bytes, modifiedAt })
  }
  return found
}

/** Content that was read and is not what it should be makes place for the next backup, which writes it again. */
export async function setAside(store: ObjectStore, name: string): Promise<void> {
  await store.copy(keyOfObject(name), `damaged/${name}`)
  await store.remove(keyOfObject(name))
}
