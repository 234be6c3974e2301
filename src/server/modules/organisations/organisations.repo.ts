import { type RawBuilder, type Selectable, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Position } from '#server/platform/cursor.ts'
import type { Reader, Tables, Tx } from '#server/platform/db.ts'

export type OrganisationRecord = Selectable<Tables['organisations']>

export interface OrganisationFilter {
  q?: string | undefined
  type?: readonly string[] | undefined
  active?: boolean | undefined
}

const sortKey = sql<string>`fold(name)`

const clauseOf = ({ q, type, active }: OrganisationFilter): RawBuilder<boolean> => {
  const parts = [
    ...(q
      ? [
          sql`fold(name || ' ' || coalesce(acronym, '')) LIKE ALL (
        ARRAY(SELECT '%' || word || '%' FROM unnest(string_to_array(fold(${q}), ' ')) word))`,
        ]
      : []),
    ...(type && type.length > 0 ? [sql`type = ANY(${type})`] : []),
    ...(active === undefined ? [] : [sql`active = ${active}`]),
  ]
  return parts.length > 0 ? sql`${sql.join(parts, sql` AND `)}` : sql`true`
}

export const listOrganisations = (
  db: Reader,
  filter: OrganisationFilter,
  after: Position | undefined,
  limit: number,
): Promise<(OrganisationRecord & { sortKey: string })[]> =>
  db
    .selectFrom('organisations')
    .selectAll()
    .select(sortKey.as('sortKey'))
    .where(clauseOf(filter))
    .where(after ? sql<boolean>`(fold(name), id) > (${after.key}, ${after.id}::uuid)` : sql<boolean>`true`)
    .orderBy(sortKey)
    .orderBy('id')
    .limit(limit)
    .execute()

export async function countOrganisations(db: Reader, filter: OrganisationFilter): Promise<number> {
  const row = await db
    .selectFrom('organisations')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(clauseOf(filter))
    .executeTakeFirstOrThrow()
  return row.count
}

export const findOrganisation = (db: Reader, id: string): Promise<OrganisationRecord | undefined> =>
  db.selectFrom('organisations').selectAll().where('id', '=', id).executeTakeFirst()

export const insertOrganisation = (
  tx: Tx,
  organisation: { name: string; acronym: string | null; type: string },
  now: Date,
): Promise<OrganisationRecord> =>
  tx
    .insertInto('organisations')
    .values({ id: uuidv7(), ...organisation, created_at: now, updated_at: now })
    .returningAll()
    .executeTakeFirstOrThrow()

/** @returns undefined when the version is no longer the present one */
export const markOrganisation = (
  tx: Tx,
  id: string,
  version: number,
  change: { name?: string; acronym?: string | null; type?: string; active?: boolean },
  now: Date,
): Promise<OrganisationRecord | undefined> =>
  tx
    .updateTable('organisations')
    .set({ ...change, version: version + 1, updated_at: now })
    .where('id', '=', id)
    .where('version', '=', version)
    .returningAll()
    .executeTakeFirst()
