export const placeLevels = ['region', 'province', 'city', 'barangay'] as const
/** `city` is the level of cities and municipalities. */
export type PlaceLevel = (typeof placeLevels)[number]

export const placeKinds = [
  'region',
  'province',
  'special_geographic_area',
  'municipality',
  'component_city',
  'independent_component_city',
  'highly_urbanised_city',
  'submunicipality',
  'barangay',
] as const
export type PlaceKind = (typeof placeKinds)[number]
