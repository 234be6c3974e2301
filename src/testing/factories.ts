import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { v7 as uuidv7 } from 'uuid'
import type { Permission, Role, ScopeKind } from '#contract/access.ts'
import type { Confidentiality } from '#contract/files.options.ts'
import type { FileRecord } from '#contract/files.ts'
import { columnsOf } from '#server/modules/files/files.rules.ts'
import type { Storage } from '#server/platform/storage.ts'
import type { TestDb } from './test-db.ts'

export interface TestUser {
  id: string
  email: string
  name: string
  role: Role
  /** The session's token, as the cookie carries it. */
  token: string
}

export interface UserOptions {
  role?: Role
  name?: string
  email?: string
  organisationId?: string
  placeCodes?: string[]
  communityIds?: string[]
  passwordHash?: string
  state?: string
  grants?: { permission: Permission; effect: 'allow' | 'deny'; scope?: ScopeKind; expiresAt?: Date }[]
}

/** A person with an open session, straight through SQL. */
export async function createUser(test: Pick<TestDb, 'query'>, now: Date, options: UserOptions = {}): Promise<TestUser> {
  const id = uuidv7()
  const role = options.role ?? 'staff'
  const email = options.email ?? `${role}.${id.slice(-8)}@example.org`
  const name = options.name ?? `Test ${role}`
  await test.query(
    `INSERT INTO users (id, email, name, password_hash, role, organisation_id, state, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
    [
      id,
      email,
      name,
      options.passwordHash ?? null,
      role,
      options.organisationId ?? null,
      options.state ?? 'active',
      now,
    ],
  )
  for (const code of options.placeCodes ?? [])
    await test.query('INSERT INTO user_places (user_id, place_code) VALUES ($1, $2)', [id, code])
  for (const community of options.communityIds ?? [])
    await test.query('INSERT INTO user_communities (user_id, community_id) VALUES ($1, $2)', [id, community])
  for (const grant of options.grants ?? [])
    await test.query(
      `INSERT INTO user_grants (id, user_id, permission, effect, scope, reason, expires_at, created_at)
       VALUES ($1, $2, $3, $4, $5, 'test', $6, $7)`,
      [uuidv7(), id, grant.permission, grant.effect, grant.scope ?? null, grant.expiresAt ?? null, now],
    )
  const token = randomBytes(32).toString('base64url')
  await test.query(
    `INSERT INTO sessions (id, token_hash, user_id, complete, created_at, last_seen_at, expires_at)
     VALUES ($1, $2, $3, true, $4, $4, $4::timestamptz + interval '10 hours')`,
    [uuidv7(), createHash('sha256').update(token).digest(), id, now],
  )
  return { id, email, name, role, token }
}

/** A barangay of Region XII outside BARMM and one of Region IX, from the real place data. */
export const barangays = { saranganiAlabel: '1208001001', zamboanga: '0931700002' } as const

export interface CommunityOptions {
  name?: string
  barangayCode?: string
  status?: string
  population?: number | null
  latitude?: number | null
  longitude?: number | null
  primaryGroup?: string | null
  archivedAt?: Date | null
}

/** A community, straight through SQL. */
export async function createCommunity(
  test: Pick<TestDb, 'query'>,
  now: Date,
  options: CommunityOptions = {},
): Promise<string> {
  const id = uuidv7()
  const name = options.name ?? `Community ${id.slice(-6)}`
  await test.query(
    `INSERT INTO communities (id, office_id, name, barangay_code, city_code, province_code, region_code, status, status_source,
       status_date, population, latitude, longitude, primary_group, created_at, updated_at, archived_at)
     SELECT $1, $2, $3, p.code, p.city_code, p.province_code, p.region_code, $5, 'test', '2026-01-15', $6, $7, $8, $9, $10, $10, $11
     FROM places p WHERE p.code = $4`,
    [
      id,
      `TEST-${id.slice(-12)}`,
      name,
      options.barangayCode ?? barangays.saranganiAlabel,
      options.status ?? 'confirmed',
      options.population ?? null,
      options.latitude ?? null,
      options.longitude ?? null,
      options.primaryGroup ?? null,
      now,
      options.archivedAt ?? null,
    ],
  )
  return id
}

export interface FileOptions {
  record: FileRecord
  name?: string
  confidentiality?: Confidentiality
  content?: Buffer | string
  mediaType?: string
  scan?: string
  /** What its derived pictures are; without one there are none. */
  derived?: Buffer
  thumbnails?: string
  text?: string
  tags?: string[]
  createdBy?: string
  archivedAt?: Date
}

/** A file whose content is kept, with what is known of it, straight through SQL. */
export async function createFile(
  test: Pick<TestDb, 'query'> & { storage: Storage },
  now: Date,
  options: FileOptions,
): Promise<string> {
  const keep = (content: Buffer | string) =>
    test.storage.keep(Readable.from([Buffer.from(content)], { objectMode: false }), { maxBytes: 2 ** 30 })
  const id = uuidv7()
  const name = options.name ?? `File ${id.slice(-6)}.pdf`
  const { sha256, bytes } = await keep(options.content ?? `content of ${id}`)
  const mediaType = options.mediaType ?? 'application/pdf'
  const at = columnsOf(options.record)
  await test.query(
    `INSERT INTO files (id, folder_id, community_id, place_code, organisation_id, name, type, tags, confidentiality, media_type, bytes,
       created_at, created_by, updated_at, archived_at, words)
     VALUES ($1, $2, $3, $4, $5, $6, 'other', $7, $8, $9, $10, $11, $12, $11, $13, file_words($6, $7, $14))`,
    [
      id,
      at.folder_id,
      at.community_id,
      at.place_code,
      at.organisation_id,
      name,
      options.tags ?? [],
      options.confidentiality ?? 'public',
      mediaType,
      bytes,
      now,
      options.createdBy ?? null,
      options.archivedAt ?? null,
      options.text ?? null,
    ],
  )
  await test.query(
    `INSERT INTO file_versions (file_id, number, object_sha256, name, bytes, media_type, created_at) VALUES ($1, 1, $2, $3, $4, $5, $6)`,
    [id, sha256, name, bytes, mediaType, now],
  )
  await test.query(
    `INSERT INTO object_facts (object_sha256, scan, thumbnails, text_state, text_content, media_type, looked_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (object_sha256) DO NOTHING`,
    [
      sha256,
      options.scan ?? 'unneeded',
      options.thumbnails ?? (options.derived ? 'ready' : 'none'),
      options.text === undefined ? 'none' : 'ready',
      options.text ?? null,
      mediaType,
      now,
    ],
  )
  if (options.derived) {
    const small = await keep(options.derived)
    await test.query(`UPDATE objects SET media_type = 'image/webp' WHERE sha256 = $1`, [small.sha256])
    for (const size of ['small', 'medium', 'large'])
      await test.query(
        `INSERT INTO object_thumbnails (object_sha256, size, thumbnail_sha256, width, height) VALUES ($1, $2, $3, 10, 10)
         ON CONFLICT DO NOTHING`,
        [sha256, size, small.sha256],
      )
  }
  return id
}
