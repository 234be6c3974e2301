import { createHash } from 'node:crypto'
import { z } from 'zod'
import { StartError } from '#server/platform/start-error.ts'

/** What a backup cannot do, or what is wrong with one: a sentence that says what to do. */
export class BackupError extends StartError {
  override name = 'BackupError'
}

const count = z.number().int().nonnegative()
const hex = z.string().regex(/^[0-9a-f]{64}$/)
const newestFormat = 1

/** One file of a backup as it lies on the target. */
const partEntry = z.object({ name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/), bytes: count, sha256: hex })
export type PartEntry = z.infer<typeof partEntry>

/**
 * Written last, without secrets, so that lists and retention need no key. Its second line is the hash of the first.
 */
const indexContent = z.object({
  format: count,
  id: z.string(),
  madeAt: z.iso.datetime(),
  /** Of OBCMS. */
  version: z.string(),
  encryption: z.enum(['passphrase', 'recipients', 'none']),
  tables: count,
  rows: count,
  objects: count,
  /** Of all objects, before encryption. */
  objectBytes: count,
  parts: z.array(partEntry),
})
export type BackupIndex = z.infer<typeof indexContent>

const tableEntry = z.object({
  schema: z.string(),
  table: z.string(),
  columns: z.array(z.string()),
  rows: count,
  hash: hex,
  /** Null: it is empty. */
  part: z.string().nullable(),
})
export type TableEntry = z.infer<typeof tableEntry>

/** All that is needed to restore; encrypted with the passphrase or for the recipients. */
const manifestContent = z.object({
  format: count,
  id: z.string(),
  madeAt: z.iso.datetime(),
  version: z.string(),
  serverVersion: z.string(),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
  tables: z.array(tableEntry),
  sequences: z.array(z.object({ schema: z.string(), sequence: z.string(), value: z.string(), isCalled: z.boolean() })),
  /** Names in the database that are none of OBCMS and not in the backup. */
  others: z.array(z.string()),
  objects: z.object({
    part: z.string(),
    count,
    bytes: count,
    /** Content that no store could give when the backup was made. */
    missing: z.array(hex),
    /** Unused content that was let go while the backup was made. */
    collected: z.array(hex),
  }),
  /** Opens the other parts and names the objects. */
  secret: z.string(),
  secretKeys: z.array(z.string()).min(1),
  settings: z.record(z.string(), z.string()),
})
export type Manifest = z.infer<typeof manifestContent>

/** Content that the backup lists and does not have. */
export const absentOf = ({ objects }: Manifest): Set<string> => new Set([...objects.missing, ...objects.collected])

/** A line of the list of objects. */
export const objectLine = z.object({
  sha256: hex,
  bytes: count,
  /** The file of an import from before there were objects. */
  formerKey: z.string().optional(),
})
export type ObjectLine = z.infer<typeof objectLine>

export const formatNow = newestFormat
export const manifestName = (encrypted: boolean): string => (encrypted ? 'manifest.age' : 'manifest')
export const indexName = 'index.json'
/** Names of the objects that the backup needs, one a line, compressed and not encrypted: they say nothing. */
export const namesName = 'names.gz'

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

export function writeIndex(index: BackupIndex): string {
  const line = JSON.stringify(index)
  return `${line}\n${hashOf(line)}\n`
}

/** @throws BackupError for one that was changed, cut off or made by a newer OBCMS */
export function readIndex(id: string, text: string): BackupIndex {
  const [line = ''] = text.split('\n')
  if (text !== `${line}\n${hashOf(line)}\n`)
    throw new BackupError(`The index of backup ${id} is damaged: take another backup.`)
  const content = JSON.parse(line) as { format?: number; version?: string }
  assertFormat(id, content)
  return indexContent.parse(content)
}

function assertFormat(id: string, { format = 0, version }: { format?: number; version?: string }): void {
  if (format > newestFormat)
    throw new BackupError(`Backup ${id} was made by the newer OBCMS ${version}: restore it with that version.`)
}

/** @throws BackupError when the manifest is not that of the index */
export function readManifest(index: BackupIndex, text: string): Manifest {
  const content = JSON.parse(text) as { format?: number; version?: string }
  assertFormat(index.id, content)
  const manifest = manifestContent.parse(content)
  const same = manifest.id === index.id && manifest.madeAt === index.madeAt && manifest.objects.count === index.objects
  if (!same) throw new BackupError(`Index and manifest of backup ${index.id} are not of one backup: take another one.`)
  return manifest
}

/** @throws BackupError when this OBCMS is older than the backup, or its migrations are others */
export function assertKnown(manifest: Manifest, known: readonly { name: string; checksum: string }[]): void {
  const checksums = new Map(known.map(({ name, checksum }) => [name, checksum]))
  const newer = manifest.migrations.filter(({ name }) => !checksums.has(name)).map(({ name }) => name)
  if (newer.length > 0)
    throw new BackupError(
      `Backup ${manifest.id} was made by OBCMS ${manifest.version}, which is newer than this one (it knows ${newer.join(', ')}): restore it with that version or a newer one.`,
    )
  const changed = manifest.migrations.filter(({ name, checksum }) => checksums.get(name) !== checksum)
  if (changed.length > 0)
    throw new BackupError(
      `Migration ${changed[0]?.name} here is not the one that backup ${manifest.id} was made with: restore it with OBCMS ${manifest.version}.`,
    )
  const last = manifest.migrations.at(-1)?.name ?? ''
  const holes = known.filter(({ name }) => name <= last && !manifest.migrations.some((one) => one.name === name))
  if (holes.length > 0)
    throw new BackupError(
      `The database of backup ${manifest.id} lacked migration ${holes[0]?.name}: restore it with OBCMS ${manifest.version}.`,
    )
}

/** `2026-01-31-180000-9f3c`: sorts by time. */
export const newId = (now: Date, salt: string): string =>
  `${now.toISOString().slice(0, 10)}-${now.toISOString().slice(11, 19).replaceAll(':', '')}-${salt}`

export const isId = (text: string): boolean => /^\d{4}-\d\d-\d\d-\d{6}-[0-9a-f]{4,}$/.test(text)
