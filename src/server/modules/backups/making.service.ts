import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { v7 as uuidv7 } from 'uuid'
import { RowMeter, type Snapshot, withSnapshot } from '#server/platform/dump.ts'
import { AppError } from '#server/platform/errors.ts'
import type { ModuleDeps } from '#server/platform/module.ts'
import type { ObjectStore } from '#server/platform/storage.ts'
import { version } from '#server/platform/version.ts'
import { seal as sealText, unseal } from '../identity/index.ts'
import { formerPath } from '../imports/index.ts'
import { findSealedSecret, isKept, upsertSealedSecret } from './backups.repo.ts'
import {
  innerSeal,
  keyOfObject,
  nameOfObject,
  newSecret,
  noSeal,
  outerSeal,
  type Seal,
  sealedLength,
} from './encryption.service.ts'
import {
  BackupError,
  type BackupIndex,
  formatNow,
  indexName,
  type Manifest,
  manifestName,
  namesName,
  newId,
  type ObjectLine,
  objectLine,
  type PartEntry,
  type TableEntry,
  writeIndex,
} from './manifests.rules.ts'
import { outdated } from './retention.rules.ts'
import { several } from './several.service.ts'
import {
  compressed,
  keyOf,
  linesOf,
  listIds,
  listObjects,
  openIndex,
  readNames,
  targetWriter,
} from './targets.service.ts'

export interface MakingDeps extends Pick<ModuleDeps, 'config' | 'secretKeys' | 'db' | 'clock' | 'log' | 'storage'> {
  /** Past PgBouncer. */
  databaseUrl: string
  /** What is set, by name. */
  settings(): Record<string, string>
}

export interface MakeOptions {
  store: ObjectStore
  signal?: AbortSignal
  /** Progress for a person who waits. */
  say?: (line: string) => void
}

export interface Made {
  id: string
  bytes: number
  tables: number
  rows: number
  objects: number
  objectsWritten: number
  /** Content that no store has; the backup is good for the rest. */
  missing: string[]
  /** What kept retention from its work. */
  retentionProblem: string | null
}

/** What the sealed secret is bound to. */
const sealOwner = 'backups'
const atOnce = 4
/** Another process may be writing what no backup names yet. */
const youngMs = 86_400_000
/** Time for a person to look at what was set aside. */
const damagedMs = 30 * 86_400_000
const mostMissingTold = 5

/** The store of the files does not answer at all; what a volume says of one file has a code. */
function isOutage(error: Error): boolean {
  const cause = error.cause as { name?: string; code?: string } | undefined
  if (!(error instanceof AppError) || error.code !== 'unavailable' || !cause) return false
  return cause.name !== 'ContentDiffers' && cause.name !== 'ObjectMissing' && cause.code === undefined
}

export const toldMissing = (missing: readonly string[]): string =>
  `${missing.length} ${missing.length === 1 ? 'file' : 'files'} could not be read and ${missing.length === 1 ? 'is' : 'are'} not in it: ${missing.slice(0, mostMissingTold).join(', ')}${missing.length > mostMissingTold ? ' …' : ''}`

/** The secret of this installation, made at its first backup; a new one when SECRET_KEY can no longer open it. */
async function secretOf({ db, clock, log, secretKeys }: MakingDeps): Promise<string> {
  const sealed = await findSealedSecret(db)
  if (sealed) {
    try {
      return unseal(secretKeys, sealOwner, sealed).text
    } catch (err) {
      log.warn({ err }, 'SECRET_KEY does not open the secret of earlier backups: every file is written anew')
    }
  }
  const secret = await newSecret()
  await db.transact((tx) => upsertSealedSecret(tx, sealText(secretKeys, sealOwner, secret), clock.now()))
  return secret
}

async function writeTables(
  snapshot: Snapshot,
  seal: Seal,
  write: ReturnType<typeof targetWriter>,
  id: string,
  { signal, say = () => {} }: MakeOptions,
): Promise<{ tables: TableEntry[]; parts: PartEntry[] }> {
  const tables: TableEntry[] = []
  const parts: PartEntry[] = []
  for (const shape of snapshot.tables) {
    signal?.throwIfAborted()
    const meter = new RowMeter()
    void pipeline(snapshot.rowsOf(shape), meter).catch(() => {})
    const ending = seal.kind === 'none' ? 'gz' : 'gz.age'
    const name = `${shape.schema}.${shape.table}`.replaceAll('_', '-').toLowerCase()
    const sealed = await seal.seal(compressed(meter))
    const part = await write.stream(keyOf(id, `${name}.${ending}`), sealed, () => meter.rows > 0)
    if (part) parts.push(part)
    tables.push({ ...shape, rows: meter.rows, hash: meter.hash, part: part?.name ?? null })
    if (part) say(`${shape.schema}.${shape.table}: ${meter.rows} rows`)
  }
  return { tables, parts }
}

/** All content of the snapshot, one line each, kept on disk while it is copied: the snapshot need not wait for that. */
async function listContent(snapshot: Snapshot, path: string): Promise<void> {
  const shape = { schema: 'public', table: 'objects', columns: ['sha256', 'bytes'] }
  const former = await snapshot.query<ObjectLine>(
    `SELECT DISTINCT ON (file_sha256) file_sha256 AS sha256, file_bytes::float8 AS bytes, file_key AS "formerKey"
     FROM imports WHERE object_sha256 IS NULL AND file_key IS NOT NULL
       AND file_sha256 NOT IN (SELECT sha256 FROM objects) ORDER BY file_sha256`,
  )
  const lines = async function* (): AsyncIterable<string> {
    for (const object of former) yield `${JSON.stringify(object)}\n`
    for await (const line of linesOf(snapshot.rowsOf(shape))) {
      const [sha256, bytes] = line.split('\t')
      yield `${JSON.stringify({ sha256, bytes: Number(bytes) })}\n`
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path))
}

function* withBreaks(lines: readonly string[]): Iterable<string> {
  for (const line of lines) yield `${line}\n`
}

/** Writes a backup, its index last: without that it does not count. @throws BackupError */
export async function makeBackup(deps: MakingDeps, options: MakeOptions): Promise<Made> {
  const { config, clock, log, storage } = deps
  const { store, signal, say = () => {} } = options
  const outer = await outerSeal(config)
  if (outer.kind === 'none') {
    if (config.production)
      throw new BackupError('Set BACKUP_PASSPHRASE or BACKUP_RECIPIENTS: backups must be encrypted.')
    log.warn('the backup is not encrypted: set BACKUP_PASSPHRASE or BACKUP_RECIPIENTS')
  }
  const secret = await secretOf(deps)
  const seal = outer.kind === 'none' ? noSeal : await innerSeal(secret)
  const spoolDir = join(config.dataDir, 'spool')
  await mkdir(spoolDir, { recursive: true })
  const write = targetWriter(store, spoolDir)
  const madeAt = clock.now()
  const id = newId(madeAt, randomBytes(3).toString('hex'))
  const contentPath = join(spoolDir, `content-${uuidv7()}`)
  try {
    const dumped = await withSnapshot(deps.databaseUrl, async (snapshot) => {
      const { tables, parts } = await writeTables(snapshot, seal, write, id, options)
      await listContent(snapshot, contentPath)
      const { migrations, serverVersion, others } = snapshot
      return { tables, parts, migrations, serverVersion, others, sequences: await snapshot.sequences() }
    })
    const content = await copyContent({ deps, store, write, seal, secret, path: contentPath, signal, say })

    const { parts } = dumped
    const ending = seal.kind === 'none' ? 'gz' : 'gz.age'
    const lines = createReadStream(contentPath)
    const list = await write.stream(keyOf(id, `objects.${ending}`), await seal.seal(compressed(lines)))
    const names = await write.stream(keyOf(id, namesName), compressed(Readable.from(withBreaks(content.names))))
    if (!list || !names) throw new Error('a list was not written')
    const manifest: Manifest = {
      format: formatNow,
      id,
      madeAt: madeAt.toISOString(),
      version,
      serverVersion: dumped.serverVersion,
      migrations: dumped.migrations,
      tables: dumped.tables,
      sequences: dumped.sequences,
      others: dumped.others,
      objects: {
        part: list.name,
        count: content.names.length,
        bytes: content.bytes,
        missing: content.missing,
        collected: content.collected,
      },
      secret,
      secretKeys: [...deps.secretKeys],
      settings: deps.settings(),
    }
    const text = Readable.from([Buffer.from(JSON.stringify(manifest))], { objectMode: false })
    const sealedManifest = await write.stream(keyOf(id, manifestName(seal.kind !== 'none')), await outer.seal(text))
    if (!sealedManifest) throw new Error('no manifest was written')
    parts.push(list, names, sealedManifest)
    const index: BackupIndex = {
      format: formatNow,
      id,
      madeAt: manifest.madeAt,
      version,
      encryption: outer.kind,
      tables: dumped.tables.length,
      rows: dumped.tables.reduce((sum, { rows }) => sum + rows, 0),
      objects: content.names.length,
      objectBytes: content.bytes,
      parts,
    }
    signal?.throwIfAborted()
    await write.bytes(keyOf(id, indexName), Buffer.from(writeIndex(index)))
    if (dumped.others.length > 0)
      log.warn({ others: dumped.others }, 'tables that are none of OBCMS are not in the backup')
    const retentionProblem = await removeOutdated(deps, store).catch((error: unknown) => {
      log.warn({ err: error }, 'old backups could not be removed')
      return `Old backups could not be removed: ${(error as Error).message}`
    })
    return {
      id,
      bytes: content.written.bytes + parts.reduce((sum, { bytes }) => sum + bytes, 0),
      tables: index.tables,
      rows: index.rows,
      objects: index.objects,
      objectsWritten: content.written.count,
      missing: content.missing,
      retentionProblem,
    }
  } finally {
    await rm(contentPath, { force: true })
  }

  async function copyContent(what: {
    deps: MakingDeps
    store: ObjectStore
    write: ReturnType<typeof targetWriter>
    seal: Seal
    secret: string
    path: string
    signal: AbortSignal | undefined
    say: (line: string) => void
  }) {
    const there = await listObjects(store)
    const lengthOf = await sealedLength(seal)
    const names: string[] = []
    const missing: string[] = []
    const collected: string[] = []
    const written = { count: 0, bytes: 0 }
    let bytes = 0
    let toldAt = performance.now()

    async function copyOne(object: ObjectLine, name: string): Promise<void> {
      try {
        const source = object.formerKey
          ? createReadStream(formerPath({ config }, object.formerKey))
          : (await storage.read(object.sha256)).stream
        await write.object(name, source, object, seal)
        written.count += 1
        written.bytes += lengthOf(object.bytes)
      } catch (error) {
        if (!(await isSourceGone(error, object))) throw error
        if (!object.formerKey && !(await isKept(deps.db, object.sha256))) {
          collected.push(object.sha256)
          return
        }
        log.error({ err: error, sha256: object.sha256 }, 'content could not be read for the backup')
        missing.push(object.sha256)
      }
    }

    /** A store of the target that fails must end the backup; one file that cannot be read must not. */
    async function isSourceGone(error: unknown, object: ObjectLine): Promise<boolean> {
      const { name: kind, code } = error as { name?: string; code?: string }
      if (kind === 'ContentDiffers' || kind === 'ObjectMissing' || code === 'ENOENT') return true
      if (object.formerKey) return false
      const again = await storage.read(object.sha256).catch((cause: Error) => cause)
      if (again instanceof Error) return !isOutage(again)
      again.stream.destroy()
      return false
    }

    const lanes = several(atOnce)
    try {
      for await (const line of linesOf(createReadStream(what.path))) {
        what.signal?.throwIfAborted()
        const object = objectLine.parse(JSON.parse(line))
        const name = nameOfObject(what.secret, object.sha256)
        names.push(name)
        bytes += object.bytes
        if (there.get(name)?.bytes === lengthOf(object.bytes)) continue
        await lanes.start(() => copyOne(object, name))
        if (performance.now() - toldAt > 5_000) {
          toldAt = performance.now()
          what.say(`${names.length} files looked at, ${written.count} written`)
        }
      }
      await lanes.end()
    } finally {
      // Nothing is written any more when the next backup may begin.
      await lanes.settled()
    }
    what.say(`${names.length} files, ${written.count} of them written now`)
    return { names, missing: missing.toSorted(), collected: collected.toSorted(), written, bytes }
  }
}

/**
 * Removes backups that are too old, what broken-off ones have left, and objects that no backup names: in this order, so that a
 * backup that counts is always whole. @returns a problem that a person should know
 */
async function removeOutdated({ config, clock, log }: MakingDeps, store: ObjectStore): Promise<string | null> {
  const now = clock.now()
  const ids = await listIds(store)
  const indexes: BackupIndex[] = []
  const unreadable: string[] = []
  for (const id of ids)
    await openIndex(store, id).then(
      (index) => indexes.push(index),
      () => unreadable.push(id),
    )
  const rule = { days: config.backupKeepDays, weeks: config.backupKeepWeeks, months: config.backupKeepMonths }
  const old = new Set(
    outdated(
      indexes.map(({ id, madeAt }) => ({ id, madeAt: new Date(madeAt) })),
      rule,
      now,
    ),
  )
  for (const id of old) await store.remove(keyOf(id, indexName))
  const kept = new Set([...ids.filter((id) => !old.has(id))])
  const leftovers: string[] = []
  for await (const { key, modifiedAt } of store.list('backups/')) {
    const id = key.split('/')[1] ?? ''
    if (!kept.has(id) && (old.has(id) || now.getTime() - modifiedAt.getTime() > youngMs)) leftovers.push(key)
  }
  for (const key of leftovers) await store.remove(key)
  // A volume keeps the empty folder.
  if (store.pathOf) for (const key of leftovers) await rmdir(dirname(store.pathOf(key))).catch(() => {})
  // Without its names, a backup might need any of them.
  if (unreadable.length > 0)
    return `The index of ${unreadable.join(', ')} is damaged, so no old files are removed: remove that backup's folder.`
  const needed = new Set<string>()
  for (const index of indexes)
    if (!old.has(index.id)) for (const name of await readNames(store, index)) needed.add(name)
  let removed = 0
  for (const [name, { modifiedAt }] of await listObjects(store)) {
    if (needed.has(name) || now.getTime() - modifiedAt.getTime() < youngMs) continue
    await store.remove(keyOfObject(name))
    removed += 1
  }
  for await (const { key, modifiedAt } of store.list('damaged/'))
    if (now.getTime() - modifiedAt.getTime() > damagedMs) await store.remove(key)
  if (old.size > 0 || removed > 0) log.info({ backups: old.size, objects: removed }, 'old backups removed')
  return null
}
