import { sql } from 'kysely'
import type { Reader } from '#server/platform/db.ts'
import type { StoreName } from '#server/platform/storage.ts'
import type { Reference, ScrubFigures } from './media.repo.ts'
import type { Amount, Figures } from './media.rules.ts'

export interface Movable {
  sha256: string
  bytes: number
  /** As the database writes it: unchanged means that the object was not forgotten meanwhile. */
  keptAt: string
}

/** Objects without a sound copy in this store. */
export async function listToCopy(db: Reader, target: StoreName, after: string, limit: number): Promise<Movable[]> {
  const { rows } = await sql<Movable>`
    SELECT o.sha256, o.bytes, o.kept_at::text AS "keptAt" FROM objects o
    WHERE o.sha256 > ${after} AND NOT EXISTS (
      SELECT FROM object_copies c WHERE c.sha256 = o.sha256 AND c.store = ${target} AND c.problem IS NULL)
    ORDER BY o.sha256 LIMIT ${limit}`.execute(db)
  return rows
}

/** Copies in this store that were not read again since then; what is written later is hashed on its way. */
export async function listToVerify(
  db: Reader,
  target: StoreName,
  { since, writtenBefore }: { since: Date; writtenBefore: Date },
  after: string,
  limit: number,
): Promise<Movable[]> {
  const { rows } = await sql<Movable>`
    SELECT o.sha256, o.bytes, o.kept_at::text AS "keptAt" FROM object_copies c JOIN objects o USING (sha256)
    WHERE c.store = ${target} AND c.sha256 > ${after} AND c.written_at <= ${writtenBefore}
      AND (c.verified_at IS NULL OR c.verified_at < ${since} OR c.problem IS NOT NULL)
    ORDER BY c.sha256 LIMIT ${limit}`.execute(db)
  return rows
}

/** Copies in the store that was left, with whether the other one has a sound copy that was read again. */
export async function listLeft(
  db: Reader,
  source: StoreName,
  after: string,
  limit: number,
): Promise<(Movable & { verified: boolean })[]> {
  const { rows } = await sql<Movable & { verified: boolean }>`
    SELECT o.sha256, o.bytes, o.kept_at::text AS "keptAt", EXISTS (
      SELECT FROM object_copies t WHERE t.sha256 = o.sha256 AND t.store <> ${source} AND t.problem IS NULL AND t.verified_at IS NOT NULL
    ) AS verified
    FROM object_copies c JOIN objects o USING (sha256)
    WHERE c.store = ${source} AND c.sha256 > ${after} ORDER BY c.sha256 LIMIT ${limit}`.execute(db)
  return rows
}

export async function hasVerifiedCopy(db: Reader, sha256: string, store: StoreName): Promise<boolean> {
  const row = await db
    .selectFrom('object_copies')
    .select('sha256')
    .where('sha256', '=', sha256)
    .where('store', '=', store)
    .where('problem', 'is', null)
    .where('verified_at', 'is not', null)
    .executeTakeFirst()
  return row !== undefined
}

export async function countMove(db: Reader, target: StoreName, since: Date | null): Promise<Figures> {
  const isVerified = sql`c.verified_at >= ${since ?? new Date()}`
  const { rows } = await sql<
    Record<'total' | 'copied' | 'verified' | `${'total' | 'copied' | 'verified'}Bytes`, number>
  >`
    SELECT count(*) AS total, coalesce(sum(o.bytes), 0) AS "totalBytes",
      count(c.sha256) AS copied, coalesce(sum(o.bytes) FILTER (WHERE c.sha256 IS NOT NULL), 0) AS "copiedBytes",
      count(*) FILTER (WHERE ${isVerified}) AS verified, coalesce(sum(o.bytes) FILTER (WHERE ${isVerified}), 0) AS "verifiedBytes"
    FROM objects o LEFT JOIN object_copies c ON c.sha256 = o.sha256 AND c.store = ${target} AND c.problem IS NULL`.execute(
    db,
  )
  const row = rows[0]
  if (!row) throw new Error('no figures')
  return {
    total: { objects: row.total, bytes: row.totalBytes },
    copied: { objects: row.copied, bytes: row.copiedBytes },
    verified: since ? { objects: row.verified, bytes: row.verifiedBytes } : { objects: 0, bytes: 0 },
  }
}

export interface StoreAmounts {
  kept: Amount
  unused: Amount
  /** Sound copies, and all of them, by store. */
  sound: Map<StoreName, Amount>
  all: Map<StoreName, Amount>
}

export async function countStores(db: Reader): Promise<StoreAmounts> {
  const [copies, objects] = await Promise.all([
    sql<{ store: StoreName; sound: number; soundBytes: number; all: number; allBytes: number }>`
      SELECT c.store, count(*) FILTER (WHERE c.problem IS NULL) AS sound,
        coalesce(sum(o.bytes) FILTER (WHERE c.problem IS NULL), 0) AS "soundBytes", count(*) AS "all", coalesce(sum(o.bytes), 0) AS "allBytes"
      FROM object_copies c JOIN objects o USING (sha256) GROUP BY c.store`.execute(db),
    sql<{ objects: number; bytes: number; unused: number; unusedBytes: number }>`
      SELECT count(*) AS objects, coalesce(sum(bytes), 0) AS bytes, count(unused_since) AS unused,
        coalesce(sum(bytes) FILTER (WHERE unused_since IS NOT NULL), 0) AS "unusedBytes" FROM objects`.execute(db),
  ])
  const row = objects.rows[0]
  if (!row) throw new Error('no figures')
  return {
    kept: { objects: row.objects, bytes: row.bytes },
    unused: { objects: row.unused, bytes: row.unusedBytes },
    sound: new Map(copies.rows.map(({ store, sound, soundBytes }) => [store, { objects: sound, bytes: soundBytes }])),
    all: new Map(copies.rows.map(({ store, all, allBytes }) => [store, { objects: all, bytes: allBytes }])),
  }
}

export interface DamagedCopy {
  sha256: string
  store: StoreName
  problem: 'missing' | 'altered'
  bytes: number
  elsewhere: boolean
}

export async function listDamaged(db: Reader, limit: number): Promise<{ count: number; items: DamagedCopy[] }> {
  const { rows } = await sql<DamagedCopy & { count: number }>`
    SELECT c.sha256, c.store, c.problem, o.bytes, EXISTS (
      SELECT FROM object_copies s WHERE s.sha256 = c.sha256 AND s.problem IS NULL) AS elsewhere, count(*) OVER () AS count
    FROM object_copies c JOIN objects o USING (sha256) WHERE c.problem IS NOT NULL ORDER BY elsewhere, c.sha256 LIMIT ${limit}`.execute(
    db,
  )
  return { count: rows[0]?.count ?? 0, items: rows.map(({ count: _, ...item }) => item) }
}

/** What people call the content, where files and imports use it. */
export async function listNames(db: Reader, sha256s: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ sha256: string; names: string[] }>`
    SELECT sha256, (array_agg(DISTINCT name ORDER BY name))[1:3] AS names FROM (
      SELECT object_sha256 AS sha256, name FROM file_versions WHERE object_sha256 = ANY(${sha256s})
      UNION ALL
      SELECT object_sha256, file_name FROM imports WHERE object_sha256 = ANY(${sha256s})
    ) AS named GROUP BY sha256`.execute(db)
  return new Map(rows.map(({ sha256, names }) => [sha256, names]))
}

/** Foreign keys to objects that keep an object alive: facts and pictures that go with it do not. */
export async function listReferences(db: Reader): Promise<Reference[]> {
  const { rows } = await sql<Reference>`
    SELECT k.conrelid::regclass::text AS "table", a.attname AS "column"
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    WHERE k.contype = 'f' AND k.confrelid = 'objects'::regclass AND k.confdeltype <> 'c' ORDER BY 1, 2`.execute(db)
  return rows
}

export async function listUnused(db: Reader, before: Date, after: string, limit: number): Promise<Movable[]> {
  const { rows } = await sql<Movable>`
    SELECT sha256, bytes, kept_at::text AS "keptAt" FROM objects
    WHERE unused_since < ${before} AND kept_at < ${before} AND sha256 > ${after} ORDER BY sha256 LIMIT ${limit}`.execute(
    db,
  )
  return rows
}

/** Which of these this store should have. */
export async function listKnown(db: Reader, store: StoreName, sha256s: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ sha256: string }>`
    SELECT sha256 FROM object_copies WHERE store = ${store} AND sha256 = ANY(${sha256s})`.execute(db)
  return new Set(rows.map(({ sha256 }) => sha256))
}

export interface ScrubbedCopy extends Movable {
  store: StoreName
}

/** Never read again first, then those whose turn was longest ago. */
export async function listToScrub(
  db: Reader,
  due: readonly { store: StoreName; before: Date }[],
  limit: number,
): Promise<ScrubbedCopy[]> {
  if (due.length === 0) return []
  const isDue = sql.join(
    due.map(({ store, before }) => sql`c.store = ${store} AND (c.verified_at IS NULL OR c.verified_at < ${before})`),
    sql` OR `,
  )
  const { rows } = await sql<ScrubbedCopy>`
    SELECT o.sha256, o.bytes, o.kept_at::text AS "keptAt", c.store FROM object_copies c JOIN objects o USING (sha256)
    WHERE ${isDue}
    ORDER BY c.verified_at NULLS FIRST, c.sha256 LIMIT ${limit}`.execute(db)
  return rows
}

export interface ScrubRecord extends ScrubFigures {
  startedAt: Date
  endedAt: Date | null
}

export async function findLastScrub(db: Reader): Promise<ScrubRecord | undefined> {
  const { rows } = await sql<ScrubRecord>`
    SELECT started_at AS "startedAt", ended_at AS "endedAt", copies, bytes, damaged, mended FROM media_scrubs
    ORDER BY started_at DESC, id DESC LIMIT 1`.execute(db)
  return rows[0]
}

export async function findName(db: Reader, userId: string): Promise<string | undefined> {
  const row = await db.selectFrom('users').select('name').where('id', '=', userId).executeTakeFirst()
  return row?.name
}
