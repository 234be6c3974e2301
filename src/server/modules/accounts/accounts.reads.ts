import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import type { ApprovalStage } from '#contract/accounts.options.ts'
import type { Position } from '#server/platform/cursor.ts'
import type { Reader } from '#server/platform/db.ts'
import type { Grant } from '../identity/index.ts'

export interface AccountFilter {
  q?: string | undefined
  role?: readonly string[] | undefined
  state?: readonly string[] | undefined
  organisation?: string | undefined
}

const organisation = sql<{ id: string; name: string; acronym: string | null } | null>`
  (SELECT json_build_object('id', o.id, 'name', o.name, 'acronym', o.acronym) FROM organisations o WHERE o.id = users.organisation_id)`

const core = [
  'users.id',
  'users.name',
  'users.email',
  'users.position',
  'users.role',
  'users.team',
  'users.state',
  'users.organisation_id as organisationId',
  'users.created_at as createdAt',
  'users.last_sign_in_at as lastSignInAt',
  'users.endorsed_at as endorsedAt',
  organisation.as('organisation'),
  sql<boolean>`users.totp_confirmed_at IS NOT NULL`.as('twoFactor'),
] as const

const clauseOf = (
  { q, role, state, organisation: of }: AccountFilter,
  reach: RawBuilder<boolean>,
): RawBuilder<boolean> => {
  const parts: RawBuilder<unknown>[] = [reach]
  if (q)
    parts.push(sql`fold(users.name || ' ' || users.email || ' ' || coalesce(users.position, '')) LIKE ALL (
      ARRAY(SELECT '%' || word || '%' FROM unnest(string_to_array(fold(${q}), ' ')) word))`)
  if (role && role.length > 0) parts.push(sql`users.role = ANY(${role})`)
  if (state && state.length > 0) parts.push(sql`users.state = ANY(${state})`)
  if (of) parts.push(sql`users.organisation_id = ${of}::uuid`)
  return sql`${sql.join(parts, sql` AND `)}`
}

export const listAccounts = (
  db: Reader,
  filter: AccountFilter,
  reach: RawBuilder<boolean>,
  after: Position | undefined,
  limit: number,
) =>
  db
    .selectFrom('users')
    .select(core)
    .select(sql<string>`fold(users.name)`.as('sortKey'))
    .where(clauseOf(filter, reach))
    .where(after ? sql<boolean>`(fold(users.name), users.id) > (${after.key}, ${after.id}::uuid)` : sql<boolean>`true`)
    .orderBy(sql`fold(users.name)`)
    .orderBy('users.id')
    .limit(limit)
    .execute()

export async function countAccounts(db: Reader, filter: AccountFilter, reach: RawBuilder<boolean>): Promise<number> {
  const row = await db
    .selectFrom('users')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(clauseOf(filter, reach))
    .executeTakeFirstOrThrow()
  return row.count
}

export type AccountRowRecord = Omit<Awaited<ReturnType<typeof listAccounts>>[number], 'sortKey'>

const nameOf = (column: 'endorsed_by' | 'approved_by') =>
  sql<string | null>`(SELECT other.name FROM users other WHERE other.id = users.${sql.ref(column)})`

export interface GrantRecord extends Grant {
  id: string
  reason: string
  expiresAt: string | null
  expired: boolean
  createdBy: string | null
  createdAt: string
}

/** One person with everything that the record shows, in one query. */
export const findAccount = (db: Reader, accountId: string, reach: RawBuilder<boolean>, now: Date) =>
  db
    .selectFrom('users')
    .select(core)
    .select(['users.phone', 'users.language', 'users.note', 'users.version'])
    .select([
      'users.state_reason as stateReason',
      'users.approved_at as approvedAt',
      'users.endorsed_by as endorsedById',
    ])
    .select([
      sql<boolean>`users.password_hash IS NOT NULL`.as('hasPassword'),
      nameOf('endorsed_by').as('endorsedBy'),
      nameOf('approved_by').as('approvedBy'),
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
      sql<
        GrantRecord[]
      >`coalesce((SELECT json_agg(json_build_object('id', g.id, 'permission', g.permission, 'effect', g.effect,
          'scope', g.scope, 'reason', g.reason, 'expiresAt', g.expires_at, 'expired', coalesce(g.expires_at <= ${now}, false),
          'createdBy', giver.name, 'createdAt', g.created_at) ORDER BY g.created_at, g.id)
        FROM user_grants g LEFT JOIN users giver ON giver.id = g.created_by WHERE g.user_id = users.id), '[]')`.as(
        'grants',
      ),
      sql<number>`(SELECT count(*) FROM sessions s WHERE s.user_id = users.id AND s.complete AND s.expires_at > ${now})::int`.as(
        'openSessions',
      ),
      sql<number>`(SELECT count(*) FROM api_tokens t WHERE t.user_id = users.id AND t.expires_at > ${now})::int`.as(
        'tokens',
      ),
    ])
    .where('users.id', '=', accountId)
    .where(reach)
    .executeTakeFirst()

export type AccountRecord = NonNullable<Awaited<ReturnType<typeof findAccount>>>

const stage = sql<ApprovalStage>`CASE WHEN users.role = 'moa_focal' AND users.endorsed_at IS NULL THEN 'endorsement' ELSE 'approval' END`
const waits = sql<boolean>`users.state IN ('requested', 'endorsed')`
/** Fixed width, so that the order of the text is the order of time. */
const createdKey = sql<string>`to_char(users.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`
/** The years of the database are fewer than those of the standard; accounts are of this age. */
export const createdKeyShape = z.iso.datetime({ local: true }).startsWith('2')

export const listApprovals = (
  db: Reader,
  wanted: ApprovalStage | undefined,
  reach: RawBuilder<boolean>,
  after: Position | undefined,
  limit: number,
) =>
  db
    .selectFrom('users')
    .select(core)
    .select(['users.phone', 'users.note', 'users.version'])
    .select([stage.as('stage'), createdKey.as('sortKey'), nameOf('endorsed_by').as('endorsedBy')])
    .where(waits)
    .where(reach)
    .where(wanted ? sql<boolean>`${stage} = ${wanted}` : sql<boolean>`true`)
    .where(
      after
        ? sql<boolean>`(users.created_at, users.id) > (${after.key}::timestamp AT TIME ZONE 'UTC', ${after.id}::uuid)`
        : sql<boolean>`true`,
    )
    .orderBy('users.created_at')
    .orderBy('users.id')
    .limit(limit)
    .execute()

export const countApprovals = (db: Reader, reach: RawBuilder<boolean>) =>
  db
    .selectFrom('users')
    .select([
      sql<number>`count(*) FILTER (WHERE ${stage} = 'endorsement')::int`.as('endorsement'),
      sql<number>`count(*) FILTER (WHERE ${stage} = 'approval')::int`.as('approval'),
    ])
    .where(waits)
    .where(reach)
    .executeTakeFirstOrThrow()

export const listRoleFigures = (db: Reader) =>
  db
    .selectFrom('users')
    .select('role')
    .select([
      sql<number>`count(*)::int`.as('people'),
      sql<number>`count(totp_confirmed_at)::int`.as('peopleWithTwoFactor'),
    ])
    .where('state', '=', 'active')
    .groupBy('role')
    .execute()

export const listDemandingRoles = (db: Reader) =>
  db.selectFrom('role_settings').select('role').where('demands_two_factor', '=', true).execute()

export const findOrganisationOf = (db: Reader, organisationId: string) =>
  db.selectFrom('organisations').select(['id', 'type', 'active']).where('id', '=', organisationId).executeTakeFirst()

export const listKnownPlaces = (db: Reader, codes: readonly string[]) =>
  db.selectFrom('places').select('code as key').where('code', '=', sql<string>`ANY(${codes})`).execute()

export const listKnownCommunities = (db: Reader, ids: readonly string[]) =>
  db.selectFrom('communities').select('id as key').where('id', '=', sql<string>`ANY(${ids}::uuid[])`).execute()
