export const communityStatuses = ['confirmed', 'presumed', 'none_found'] as const
/** `none_found`: the place was visited and no community was found; kept, so that nobody searches twice. */
export type CommunityStatus = (typeof communityStatuses)[number]

export const settlementTypes = ['village', 'subdivision', 'sitio', 'purok', 'compound', 'dispersed'] as const
export type SettlementType = (typeof settlementTypes)[number]

export const proximities = ['adjacent', 'near', 'distant'] as const
export type Proximity = (typeof proximities)[number]

/** The thirteen Moro groups, and `other`. */
export const ethnolinguisticGroups = [
  'badjao',
  'iranun',
  'jama_mapun',
  'kagan_kalagan',
  'kolibugan',
  'maguindanaon',
  'meranaw',
  'molbog',
  'palawani',
  'sama',
  'sangil',
  'tausug',
  'yakan',
  'other',
] as const
export type EthnolinguisticGroup = (typeof ethnolinguisticGroups)[number]

export const contactRoles = [
  'community_leader',
  'barangay_captain',
  'tribal_leader',
  'ulama',
  'imam',
  'ustadz',
  'arabic_teacher',
  'madrasa_teacher',
  'youth_leader',
  'women_leader',
  'business_leader',
  'cooperative_leader',
  'health_worker',
  'volunteer',
  'other',
] as const
export type ContactRole = (typeof contactRoles)[number]

export const communitySorts = [
  'name',
  '-name',
  'updated',
  '-updated',
  'population',
  '-population',
  'office_id',
  '-office_id',
] as const
export type CommunitySort = (typeof communitySorts)[number]

export const exportFormats = ['csv', 'xlsx', 'geojson'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** What the list can be filtered by: a group, or `none` for communities whose group nobody has written down. */
export const groupFilters = [...ethnolinguisticGroups, 'none'] as const

/** Most positions that one map answer carries. */
export const maxMapPoints = 50_000
