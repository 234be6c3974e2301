import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { Role } from '#contract/access.ts'
import { filesService, type ListRequest } from '#server/modules/files/files.service.ts'
import { foldersService } from '#server/modules/files/folders.service.ts'
import type { Actor } from '#server/platform/actor.ts'
import { systemClock } from '#server/platform/clock.ts'
import { openDb } from '#server/platform/db.ts'
import { startEmbeddedPostgres } from '#server/platform/embedded-postgres.ts'
import { migrate } from '#server/platform/migrate.ts'
import { actorFor } from '#testing/actor.ts'

/**
 * The document library with 100,000 files in one folder and a tenth of that on communities: lists, searches and counts, asked of the
 * service over a fresh embedded database. `node bench/files.ts [files] [rounds]`
 */
const [files = 100_000, rounds = 40] = process.argv.slice(2).map(Number)
const dataDir = mkdtempSync(join(tmpdir(), 'obcms-bench-'))
const database = await startEmbeddedPostgres({ dataDir, durable: false, log: { info() {}, warn: console.warn } })
try {
  await migrate(database.url)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const began = performance.now()
  const folder = uuidv7()
  await client.query(`INSERT INTO folders (id, name, created_at, updated_at) VALUES ($1, 'Archive', now(), now())`, [
    folder,
  ])
  await client.query(`INSERT INTO objects (sha256, bytes, media_type, kept_at)
    SELECT encode(sha256(n::text::bytea), 'hex'), 1000, 'application/pdf', now() FROM generate_series(1, 100) n`)
  // As many communities as the office knows, a hundred of them in the places of the focal person.
  await client.query(`INSERT INTO communities (id, office_id, name, barangay_code, city_code, province_code, region_code, status,
      status_source, status_date, created_at, updated_at)
    SELECT gen_random_uuid(), 'B-' || n, 'Community ' || n, code, city_code, province_code, region_code, 'confirmed', 'bench', now(), now(), now()
    FROM (SELECT *, row_number() OVER (ORDER BY code) AS n FROM places WHERE level = 'barangay' AND region_code IN ('0900000000', '1200000000')) p
    WHERE n <= 3000`)
  // Words as in a language: few that are everywhere, many that are rare.
  await client.query(`CREATE TEMP TABLE vocabulary AS SELECT n, translate(substr(md5(n::text), 1, 4 + n % 6), '0123456789', 'oieasgtbqu') AS word
    FROM generate_series(0, 19999) n; CREATE UNIQUE INDEX ON vocabulary (n)`)
  const vocabulary = (await client.query<{ word: string }>('SELECT word FROM vocabulary ORDER BY n')).rows.map(
    ({ word }) => word,
  )
  const word = () => vocabulary[Math.floor(vocabulary.length * Math.random() ** 3)] ?? ''
  const communities = (await client.query<{ id: string }>('SELECT id FROM communities ORDER BY office_id')).rows
  const types = ['report', 'letter', 'minutes', 'photo', 'map']
  const degrees = ['public', 'internal', 'internal', 'restricted']
  const total = Math.round(files * 1.1)
  // Texts are read once and used again: making them takes longest.
  const texts = 2_000
  await client.query('CREATE TEMP TABLE texts (n int PRIMARY KEY, words tsvector)')
  for (let from = 0; from < texts; from += 500)
    await client.query(
      `INSERT INTO texts SELECT n + $2, file_words('', '{}', text) FROM json_array_elements_text($1) WITH ORDINALITY AS given (text, n)`,
      [JSON.stringify(Array.from({ length: 500 }, () => Array.from({ length: 150 }, word).join(' '))), from],
    )
  // Built at the end: a hundred thousand texts one by one take minutes.
  await client.query('DROP INDEX files_words')
  for (let from = 0; from < total; from += 1000) {
    const rows = Array.from({ length: Math.min(1000, total - from) }, (_, offset) => {
      const n = from + offset
      return {
        id: uuidv7(),
        folder_id: n < files ? folder : null,
        community_id: n < files ? null : communities[n % communities.length]?.id,
        name: `${word()} ${word()} ${n}.pdf`,
        type: types[n % types.length],
        tags: [`tag${n % 50}`],
        confidentiality: degrees[n % degrees.length],
        at: new Date(Date.UTC(2026, 0, 1) - n * 60_000),
        object: n % 100,
        text: 1 + ((n * 7) % texts),
      }
    })
    await client.query(
      `WITH given AS (SELECT * FROM json_to_recordset($1) AS g (id uuid, folder_id uuid, community_id uuid, name text, type text,
         tags text[], confidentiality text, at timestamptz, object int, text int)),
       made AS (INSERT INTO files (id, folder_id, community_id, name, type, tags, confidentiality, media_type, bytes, created_at, updated_at, words)
         SELECT id, folder_id, community_id, name, type, tags, confidentiality, 'application/pdf', 1000, at, at, file_words(name, tags, NULL) || texts.words
         FROM given JOIN texts ON texts.n = given.text)
       INSERT INTO file_versions (file_id, number, object_sha256, name, bytes, media_type, created_at)
         SELECT id, 1, encode(sha256((object + 1)::text::bytea), 'hex'), name, 1000, 'application/pdf', at FROM given`,
      [JSON.stringify(rows)],
    )
  }
  await client.query(`INSERT INTO object_facts (object_sha256, media_type, scan, thumbnails, text_state, text_content, looked_at)
    SELECT sha256, media_type, 'clean', 'none', 'ready', repeat('Of the communities and their needs. ', 3000), now() FROM objects`)
  await client.query('CREATE INDEX files_words ON files USING gin (words) WITH (fastupdate = off)')
  await client.query('VACUUM ANALYZE')
  const made = Math.round((performance.now() - began) / 1000)
  const [size] = (
    await client.query(`SELECT pg_size_pretty(pg_total_relation_size('files')) AS table,
    pg_size_pretty(pg_relation_size('files_words')) AS index`)
  ).rows

  const db = openDb({ url: database.url, poolSize: 5 })
  const service = filesService({ db, clock: systemClock })
  const folders = foldersService({ db, clock: systemClock })
  const assigned = communities.slice(0, 1).map(({ id }) => id)
  const as = (role: Role): Actor =>
    actorFor({ id: uuidv7(), name: role }, role, {
      organisationId: uuidv7(),
      placeCodes: ['0907200000'],
      communityIds: assigned,
    })
  async function measure(name: string, work: () => Promise<unknown>) {
    for (let warm = 0; warm < 6; warm += 1) await work()
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now()
      await work()
      times.push(performance.now() - start)
    }
    const at = (share: number) => (times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0).toFixed(1)
    console.log(`| ${name} | ${at(0.5)} | ${at(0.95)} |`)
  }
  const list = (name: string, request: ListRequest, role: Role = 'staff') =>
    measure(`${name} (${role})`, () => service.list(as(role), request))
  const inFolder = { record: 'folder', id: folder } as const
  console.log(
    `${total} files made in ${made} s (table ${size.table}, index of words ${size.index}); ${cpus()[0]?.model}, ${cpus().length} cores\n`,
  )
  console.log('| what | median ms | p95 ms |\n|---|---:|---:|')
  for (const sort of ['-updated', 'updated', 'name', '-name'] as const) {
    await list(`all files by ${sort}, with the count`, { sort })
    await list(`folder of ${files} by ${sort}, with the count`, { ...inFolder, sort })
  }
  const next = (await service.list(as('staff'), { ...inFolder, sort: 'name', limit: 100 })).nextCursor ?? undefined
  await list('folder, next page', { ...inFolder, sort: 'name', cursor: next })
  for (const role of ['ocm', 'moa_focal', 'lgu_focal', 'community_leader', 'researcher'] as const) {
    await list('all files by -updated, with the count', {}, role)
    await list('all files by name, with the count', { sort: 'name' }, role)
  }
  await list('one community', { record: 'community', id: communities[0]?.id })
  await list('by tag', { tag: ['tag7'] })
  await list('by type and confidentiality', { type: ['map'], confidentiality: ['restricted'], sort: 'name' })
  // The most frequent word, one of the middle, a rare one; two words; as typed, letter by letter.
  const [often = '', middle = '', rare = ''] = [0, 2_000, 19_000].map((n) => vocabulary[n])
  await list('search: a word in nearly half of the files', { q: often })
  await list('search: a frequent word', { q: vocabulary[20] })
  await list('search: a word of the middle', { q: middle })
  await list('search: a rare word', { q: rare })
  await list('search: two words', { q: `${often} ${middle}` })
  for (const length of [1, 2, 3, 4]) await list(`search: the first ${length} letters`, { q: middle.slice(0, length) })
  await list('search: nothing found', { q: 'nowhere' })
  await measure('search: any word by its frequency (staff)', () => service.list(as('staff'), { q: word() }))
  await measure('search: any word by its frequency (moa_focal)', () => service.list(as('moa_focal'), { q: word() }))
  await measure('search: any word by its frequency (lgu_focal)', () => service.list(as('lgu_focal'), { q: word() }))
  await measure('tags', () => service.tags(as('staff'), undefined))
  await measure('folders at the top with their counts', () => folders.list(as('staff'), {}))
  await client.end()
  await db.close()
} finally {
  await database.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
