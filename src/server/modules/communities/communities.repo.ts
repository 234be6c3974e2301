import { sql } from 'kysely'
import type { Doer } from '#server/platform/audit.ts'
import type { Reader, Tx } from '#server/platform/db.ts'
import type { CommunityInput } from './communities.rules.ts'

interface Writer {
  now: Date
  userId: string | null
}

/** The columns of `communities` that hold what a person typed; the codes of the ancestors follow the barangay. */
const columnsOf = (input: CommunityInput) => ({
  name: input.name,
  aliases: input.aliases ?? [],
  barangay_code: input.barangayCode,
  sitio: input.sitio || null,
  settlement_type: input.settlementType ?? null,
  proximity: input.proximity ?? null,
  status: input.status,
  status_source: input.statusSource,
  status_date: input.statusDate,
  latitude: input.latitude ?? null,
  longitude: input.longitude ?? null,
  accuracy_metres: input.accuracyMetres ?? null,
  population: input.population ?? null,
  households: input.households ?? null,
  families: input.families ?? null,
  primary_group: input.primaryGroup ?? null,
  other_groups: input.otherGroups ?? [],
  notes: input.notes || null,
})

const ancestorsOf = (barangayCode: string) => ({
  city_code: sql<string>`(select city_code from places where code = ${barangayCode})`,
  province_code: sql<string | null>`(select province_code from places where code = ${barangayCode})`,
  region_code: sql<string>`(select region_code from places where code = ${barangayCode})`,
})

export async function insertCommunity(
  tx: Tx,
  made: { id: string; officeId: string; input: CommunityInput },
  { now, userId }: Writer,
): Promise<void> {
  await tx
    .insertInto('communities')
    .values({
      id: made.id,
      office_id: made.officeId,
      ...columnsOf(made.input),
      ...ancestorsOf(made.input.barangayCode),
      created_at: now,
      created_by: userId,
      updated_at: now,
      updated_by: userId,
    })
    .execute()
}

/** Writes a row that the caller has locked; the version goes up by one. */
export async function updateCommunity(
  tx: Tx,
  id: string,
  input: CommunityInput,
  { now, userId }: Writer,
): Promise<void> {
  await tx
    .updateTable('communities')
    .set({
      ...columnsOf(input),
      ...ancestorsOf(input.barangayCode),
      version: sql`version + 1`,
      updated_at: now,
      updated_by: userId,
    })
    .where('id', '=', id)
    .execute()
}

/** `reason` null restores. */
export async function markArchived(tx: Tx, id: string, reason: string | null, { now, userId }: Writer): Promise<void> {
  await tx
    .updateTable('communities')
    .set({
      archived_at: reason === null ? null : now,
      archive_reason: reason,
      version: sql`version + 1`,
      updated_at: now,
      updated_by: userId,
    })
    .where('id', '=', id)
    .execute()
}

/** Office ids that the registry has already, of those given. */
export async function findTakenOfficeIds(reader: Reader, officeIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ office_id: string }>`
    select office_id from communities where office_id = any(${[...officeIds]})`.execute(reader)
  return rows.map((row) => row.office_id)
}

/** New office ids `OBC-<region>-<six digits>`, one for each region code, in that order. Numbers in use are passed over. */
export async function drawOfficeIds(tx: Tx, regionCodes: readonly string[]): Promise<string[]> {
  const drawn: string[] = []
  for (let missing = regionCodes.map((_, index) => index); missing.length > 0; ) {
    const { rows } = await sql<{ office_id: string; taken: boolean }>`
      select n.office_id, exists (select from communities c where c.office_id = n.office_id) as taken
      from (
        select ord, 'OBC-' || left(code, 2) || '-' || lpad(number::text, greatest(6, length(number::text)), '0') as office_id
        from (
          select ord, code, nextval('community_numbers') as number
          from unnest(${missing.map((index) => regionCodes[index])}::text[]) with ordinality w(code, ord)
        ) d
      ) n order by n.ord`.execute(tx)
    const again: number[] = []
    for (const [at, index] of missing.entries()) {
      const row = rows[at]
      if (!row || row.taken) again.push(index)
      else drawn[index] = row.office_id
    }
    missing = again
  }
  return drawn
}

export interface NewCommunity extends CommunityInput {
  id: string
  officeId?: string | undefined
}

/** Registers a batch and writes its audit entries, in one statement each; every row must be right already. */
export async function insertCommunities(
  tx: Tx,
  rows: readonly NewCommunity[],
  { doer, now, importId, demo }: { doer: Doer; now: Date; importId: string | null; demo: boolean },
): Promise<void> {
  const person = 'system' in doer ? null : doer
  const unnumbered = rows.filter((row) => !row.officeId)
  if (unnumbered.length > 0) {
    const { rows: regions } = await sql<{ region_code: string }>`
      select p.region_code from unnest(${unnumbered.map((row) => row.barangayCode)}::text[]) with ordinality w(code, ord)
      join places p on p.code = w.code order by w.ord`.execute(tx)
    const officeIds = await drawOfficeIds(
      tx,
      regions.map((region) => region.region_code),
    )
    for (const [index, row] of unnumbered.entries()) row.officeId = officeIds[index]
  }
  await sql`
    with given as materialized (
      select g.value as fields, r.*, p.city_code, p.province_code, p.region_code
      from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) g,
        jsonb_to_record(g.value) as r(id uuid, "officeId" text, name text, aliases text[], "barangayCode" text, sitio text,
          "settlementType" text, proximity text, status text, "statusSource" text, "statusDate" date, latitude float8,
          longitude float8, "accuracyMetres" int, population int, households int, families int, "primaryGroup" text,
          "otherGroups" text[], notes text)
        join places p on p.code = r."barangayCode"
    ), made as (
      insert into communities (id, office_id, name, aliases, barangay_code, city_code, province_code, region_code, sitio,
        settlement_type, proximity, status, status_source, status_date, latitude, longitude, accuracy_metres, population,
        households, families, primary_group, other_groups, notes, demo, import_id, created_at, created_by, updated_at,
        updated_by)
      select id, "officeId", name, coalesce(aliases, '{}'), "barangayCode", city_code, province_code, region_code,
        nullif(sitio, ''), "settlementType", proximity, status, "statusSource", "statusDate", latitude, longitude,
        "accuracyMetres", population, households, families, "primaryGroup", coalesce("otherGroups", '{}'),
        nullif(notes, ''), ${demo}, ${importId}::uuid, ${now}, ${person?.userId ?? null}::uuid, ${now},
        ${person?.userId ?? null}::uuid
      from given
    )
    insert into audit_events (at, actor_id, actor_name, action, subject_type, subject_id, after, request_id, address)
    select ${now}, ${person?.userId ?? null}::uuid, ${'system' in doer ? doer.system : doer.name}, ${importId ? 'community.imported' : 'community.registered'},
      'community', id::text, jsonb_strip_nulls(fields) - 'id' || '{"version": 1}', ${person?.requestId ?? null},
      ${person?.address ?? null}
    from given`.execute(tx)
}

/** @returns how many there were */
export async function deleteDemoCommunities(tx: Tx, kept: readonly string[]): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    with gone as (delete from communities where demo and id <> all(${kept}::uuid[]) returning id)
    select count(*) as total from gone`.execute(tx)
  return rows[0]?.total ?? 0
}
