import type { Tx } from '#server/platform/db.ts'
import type { PlaceData, PlaceRecord } from './gazetteer.rules.ts'

/** Everything about places, in one snapshot: 44,000 rows, about 0.2 s. */
export async function listPlaceData(reader: Tx): Promise<PlaceData> {
  const places = await reader
    .selectFrom('places')
    .select([
      'code',
      'name',
      'level',
      'kind',
      'parent_code as parentCode',
      'region_code as regionCode',
      'province_code as provinceCode',
      'city_code as cityCode',
      'valid_from as validFrom',
      'valid_until as validUntil',
    ])
    .execute()
  const aliases = await reader
    .selectFrom('place_aliases')
    .select(['place_code as placeCode', 'alias'])
    .orderBy('alias')
    .execute()
  const successions = await reader
    .selectFrom('place_successions')
    .select(['predecessor_code as predecessorCode', 'successor_code as successorCode', 'on_date as on', 'source'])
    .orderBy('on_date')
    .execute()
  const formerParents = await reader
    .selectFrom('place_former_parents')
    .select([
      'place_code as placeCode',
      'parent_code as parentCode',
      'valid_from as from',
      'valid_until as until',
      'source',
    ])
    .orderBy('valid_until')
    .execute()
  const memberships = await reader
    .selectFrom('barmm_memberships')
    .select(['place_code as placeCode', 'from_date as from', 'until_date as until', 'source'])
    .orderBy('from_date')
    .execute()
  return { places: places as PlaceRecord[], aliases, successions, formerParents, memberships }
}
