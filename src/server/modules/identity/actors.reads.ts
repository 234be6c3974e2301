import { sql } from 'kysely'
import type { Reader } from '#server/platform/db.ts'
import type { Grant } from './actors.rules.ts'

/** What a person's access rests on, read at one moment. */
const accessColumns = (now: Date) =>
  [
    'users.id as userId',
    'users.name as name',
    'users.role as role',
    'users.organisation_id as organisationId',
    sql<boolean>`users.totp_confirmed_at IS NOT NULL`.as('twoFactor'),
    sql<boolean>`EXISTS (SELECT FROM role_settings r WHERE r.role = users.role AND r.demands_two_factor)`.as(
      'demandsTwoFactor',
    ),
    sql<string[]>`ARRAY(SELECT place_code FROM user_places WHERE user_id = users.id ORDER BY 1)`.as('placeCodes'),
    sql<string[]>`ARRAY(SELECT community_id::text FROM user_communities WHERE user_id = users.id ORDER BY 1)`.as(
      'communityIds',
    ),
    sql<
      Grant[]
    >`coalesce((SELECT json_agg(json_build_object('permission', permission, 'effect', effect, 'scope', scope))
      FROM user_grants WHERE user_id = users.id AND (expires_at IS NULL OR expires_at > ${now})), '[]')`.as('grants'),
    sql<Date | null>`(SELECT min(expires_at) FROM user_grants WHERE user_id = users.id AND expires_at > ${now})`.as(
      'grantEndsAt',
    ),
  ] as const

export const findSessionAccess = (db: Reader, tokenHash: Buffer, now: Date) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id', 'sessions.created_at as createdAt', 'sessions.last_seen_at as lastSeenAt'])
    .select('sessions.expires_at as expiresAt')
    .select(accessColumns(now))
    .where('sessions.token_hash', '=', tokenHash)
    .where('sessions.complete', '=', true)
    .where('sessions.expires_at', '>', now)
    .where('users.state', '=', 'active')
    .executeTakeFirst()

export const findPersonAccess = (db: Reader, userId: string, now: Date) =>
  db
    .selectFrom('users')
    .select(accessColumns(now))
    .where('users.id', '=', userId)
    .where('users.state', '=', 'active')
    .executeTakeFirst()

/** Which of these sessions still stand. */
export async function findStandingSessions(db: Reader, ids: readonly string[], now: Date): Promise<Set<string>> {
  const rows = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select('sessions.id')
    .where(sql<boolean>`sessions.id = ANY(${ids}::uuid[])`)
    .where('sessions.complete', '=', true)
    .where('sessions.expires_at', '>', now)
    .where('users.state', '=', 'active')
    .execute()
  return new Set(rows.map(({ id }) => id))
}

export const findTokenAccess = (db: Reader, tokenHash: Buffer, now: Date) =>
  db
    .selectFrom('api_tokens')
    .innerJoin('users', 'users.id', 'api_tokens.user_id')
    .select(['api_tokens.id', 'api_tokens.last_used_at as lastSeenAt', 'api_tokens.permissions as carried'])
    .select('api_tokens.expires_at as expiresAt')
    .select(accessColumns(now))
    .where('api_tokens.token_hash', '=', tokenHash)
    .where('api_tokens.expires_at', '>', now)
    .where('users.state', '=', 'active')
    .executeTakeFirst()
