import { sql } from 'kysely'
import type { Reader } from '#server/platform/db.ts'

/** Bytes of all content, and of uploads that are not yet content. */
export async function sumTotal(db: Reader): Promise<number> {
  const { sum } = await db
    .selectNoFrom(
      sql<string>`(SELECT coalesce(sum(bytes), 0) FROM objects)
        + (SELECT coalesce(sum(bytes), 0) FROM uploads WHERE state IN ('arriving', 'arrived'))`.as('sum'),
    )
    .executeTakeFirstOrThrow()
  return Number(sum)
}

/** Bytes that an organisation has brought, with what is under way: each version counts, also of content that others have too. */
export async function sumOfOrganisation(db: Reader, organisationId: string): Promise<number> {
  const { sum } = await db
    .selectFrom('uploads')
    .select(sql<string>`coalesce(sum(bytes), 0)`.as('sum'))
    .where('organisation_id', '=', organisationId)
    .where('state', 'in', ['arriving', 'arrived', 'kept'])
    .executeTakeFirstOrThrow()
  return Number(sum)
}

/** The room set for an organisation itself; null: the usual one. Undefined: the office, which has no limit but the total. */
export async function findOwnQuota(db: Reader, organisationId: string): Promise<number | null> {
  const row = await db
    .selectFrom('organisations')
    .select('file_quota_bytes as bytes')
    .where('id', '=', organisationId)
    .executeTakeFirst()
  return row?.bytes === null || row?.bytes === undefined ? null : Number(row.bytes)
}
