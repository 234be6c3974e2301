import { sql } from 'kysely'
import type { Reader } from '#server/platform/db.ts'

const organisation = sql<{ id: string; name: string; acronym: string | null } | null>`
  (SELECT json_build_object('id', o.id, 'name', o.name, 'acronym', o.acronym) FROM organisations o WHERE o.id = users.organisation_id)`

export const findProfile = (db: Reader, userId: string) =>
  db
    .selectFrom('users')
    .select(['id', 'name', 'email', 'position', 'phone', 'language', 'role', 'team', 'version'])
    .select('totp_confirmed_at as twoFactorSince')
    .select([
      organisation.as('organisation'),
      sql<boolean>`EXISTS (SELECT FROM role_settings r WHERE r.role = users.role AND r.demands_two_factor)`.as(
        'demanded',
      ),
      sql<number>`(SELECT count(*) FROM recovery_codes c WHERE c.user_id = users.id AND c.used_at IS NULL)::int`.as(
        'recoveryCodesLeft',
      ),
    ])
    .where('id', '=', userId)
    .executeTakeFirst()

/** What the session view shows beside the actor: names, not just ids. */
export const findSessionPerson = (db: Reader, userId: string) =>
  db
    .selectFrom('users')
    .select(['id', 'name', 'email', 'role', 'team', 'language'])
    .select([
      organisation.as('organisation'),
      sql<boolean>`totp_confirmed_at IS NOT NULL`.as('twoFactor'),
      sql<
        { code: string; name: string }[]
      >`coalesce((SELECT json_agg(json_build_object('code', p.code, 'name', p.name) ORDER BY p.name)
        FROM user_places up JOIN places p ON p.code = up.place_code WHERE up.user_id = users.id), '[]')`.as('places'),
      sql<
        { id: string; name: string }[]
      >`coalesce((SELECT json_agg(json_build_object('id', c.id, 'name', c.name) ORDER BY c.name)
        FROM user_communities uc JOIN communities c ON c.id = uc.community_id WHERE uc.user_id = users.id), '[]')`.as(
        'communities',
      ),
    ])
    .where('id', '=', userId)
    .executeTakeFirstOrThrow()

export async function findExpiry(
  db: Reader,
  ids: { sessionId: string | null; tokenId: string | null },
): Promise<Date | undefined> {
  const row = ids.sessionId
    ? await db.selectFrom('sessions').select('expires_at as at').where('id', '=', ids.sessionId).executeTakeFirst()
    : await db
        .selectFrom('api_tokens')
        .select('expires_at as at')
        .where('id', '=', ids.tokenId ?? '')
        .executeTakeFirst()
  return row?.at
}

export const listOwnSessions = (db: Reader, userId: string, now: Date) =>
  db
    .selectFrom('sessions')
    .select(['id', 'created_at', 'last_seen_at', 'expires_at', 'address', 'user_agent'])
    .where('user_id', '=', userId)
    .where('complete', '=', true)
    .where('expires_at', '>', now)
    .orderBy('last_seen_at', 'desc')
    .orderBy('id', 'desc')
    .execute()

export const listOwnTokens = (db: Reader, userId: string) =>
  db
    .selectFrom('api_tokens')
    .select(['id', 'name', 'permissions', 'created_at', 'expires_at', 'last_used_at'])
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()

export const listMoas = (db: Reader) =>
  db
    .selectFrom('organisations')
    .select(['id', 'name', 'acronym', 'type'])
    .where('active', '=', true)
    .where('type', 'in', ['ministry', 'office', 'agency'])
    .orderBy(sql`fold(name)`)
    .execute()

/** Whatever its state: who closed the last account of an administrator meant it. */
export const hasAdministrator = async (db: Reader): Promise<boolean> =>
  (await db.selectFrom('users').select('id').where('role', '=', 'administrator').limit(1).executeTakeFirst()) !==
  undefined
