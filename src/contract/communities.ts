import { z } from 'zod'
import {
  communitySorts,
  communityStatuses,
  contactRoles,
  ethnolinguisticGroups,
  exportFormats,
  groupFilters,
  proximities,
  settlementTypes,
} from './communities.options.ts'
import {
  day,
  flagParam,
  line,
  listParam,
  pageOf,
  pageQuery,
  paragraph,
  requiredLine,
  timestamp,
  uuid,
  version,
} from './paging.ts'
import { placeRef, psgc } from './places.ts'
import { defineRoutes } from './route.ts'

const count = z
  .number('Type a whole number.')
  .int('Type a whole number.')
  .min(0, 'Type 0 or more.')
  .max(10_000_000, 'This figure is too high.')
const choice = <const T extends readonly [string, ...string[]]>(options: T) =>
  z.enum(options, `Choose one of: ${options.join(', ')}.`)
const degrees = (limit: number) =>
  z
    .number(`Type decimal degrees from -${limit} to ${limit}, e.g. 6.9214.`)
    .min(-limit, `Type decimal degrees from -${limit} to ${limit}.`)
    .max(limit, `Type decimal degrees from -${limit} to ${limit}.`)
const group = choice(ethnolinguisticGroups)

/** What a person types about a community. Leaving a field out changes nothing; `null` empties it. */
const communityFields = {
  name: requiredLine(200),
  aliases: z.array(requiredLine(200)).max(20),
  /** Barangay where the community lives. It must lie outside BARMM: an OBC is by definition outside (RA 11054, Art. VI Sec. 12). */
  barangayCode: psgc,
  sitio: line(200).nullable(),
  settlementType: choice(settlementTypes).nullable(),
  proximity: choice(proximities).nullable(),
  status: choice(communityStatuses),
  /** Who or what says so: a document, a visit, a person in office. */
  statusSource: requiredLine(300),
  statusDate: day,
  /** Decimal degrees, WGS 84. Both or neither. */
  latitude: degrees(90).nullable(),
  longitude: degrees(180).nullable(),
  /** Radius in metres within which the true position lies. */
  accuracyMetres: z
    .number('Type whole metres.')
    .int('Type whole metres.')
    .min(0, 'Type 0 or more.')
    .max(100_000, 'Type at most 100,000 metres.')
    .nullable(),
  /** People of the community (OBC population), not of the whole barangay. */
  population: count.nullable(),
  households: count.nullable(),
  families: count.nullable(),
  primaryGroup: group.nullable(),
  otherGroups: z.array(group).max(ethnolinguisticGroups.length),
  notes: paragraph(10_000)
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, 'Remove control characters.')
    .nullable(),
}

const optionalOnCreate = {
  aliases: true,
  sitio: true,
  settlementType: true,
  proximity: true,
  latitude: true,
  longitude: true,
  accuracyMetres: true,
  population: true,
  households: true,
  families: true,
  primaryGroup: true,
  otherGroups: true,
  notes: true,
} as const

export const createCommunityBody = z.strictObject(communityFields).partial(optionalOnCreate)
export type CreateCommunityBody = z.infer<typeof createCommunityBody>

export const changeCommunityBody = z.strictObject({ ...z.strictObject(communityFields).partial().shape, version })
export type ChangeCommunityBody = z.infer<typeof changeCommunityBody>

/**
 * `details` of a `stale_version` answer: the record as it is now and every field that changed since the version the
 * person saw. `mine` is there when he sent the field too; `collides` when his value is not the one that stands now.
 */
export const changedMeanwhile = z.object({
  field: z.string(),
  base: z.unknown(),
  theirs: z.unknown(),
  mine: z.unknown().optional(),
  collides: z.boolean(),
})
export type ChangedMeanwhile = z.infer<typeof changedMeanwhile>

export const communityWarning = z.object({
  code: z.enum(['outside_region', 'households_above_population', 'families_above_population']),
  message: z.string(),
})

const can = z.object({
  edit: z.boolean(),
  archive: z.boolean(),
  readContacts: z.boolean(),
  editContacts: z.boolean(),
  readHistory: z.boolean(),
})

const communityCore = z.object({
  id: uuid,
  /** The office's number, e.g. `OBC-12-000123`. */
  officeId: z.string(),
  name: z.string(),
  status: z.enum(communityStatuses),
  primaryGroup: group.nullable(),
  population: z.number().int().nullable(),
  households: z.number().int().nullable(),
  /** Made-up record of the demonstration set. */
  demo: z.boolean(),
  archived: z.boolean(),
  updatedAt: timestamp,
})

export const communityRow = communityCore.extend({
  sitio: z.string().nullable(),
  barangay: placeRef,
  city: placeRef,
  province: placeRef.nullable(),
  region: placeRef,
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
})
export type CommunityRow = z.infer<typeof communityRow>

export const communityView = communityRow.extend({
  aliases: z.array(z.string()),
  settlementType: z.enum(settlementTypes).nullable(),
  proximity: z.enum(proximities).nullable(),
  statusSource: z.string(),
  statusDate: z.string(),
  accuracyMetres: z.number().int().nullable(),
  families: z.number().int().nullable(),
  otherGroups: z.array(group),
  notes: z.string().nullable(),
  version,
  createdAt: timestamp,
  createdBy: z.string().nullable(),
  updatedBy: z.string().nullable(),
  archivedAt: timestamp.nullable(),
  archiveReason: z.string().nullable(),
  warnings: z.array(communityWarning),
  can,
})
export type CommunityView = z.infer<typeof communityView>

export const contactBody = z.strictObject({
  name: requiredLine(200),
  role: z.enum(contactRoles),
  position: line(200).nullable().optional(),
  phone: line(40).nullable().optional(),
  email: z.email('Type an e-mail address.').max(254).nullable().optional(),
  /** Day on which somebody last made sure that this is right. */
  verifiedOn: day.nullable().optional(),
})
export type ContactBody = z.infer<typeof contactBody>
export const contactView = z.object({
  id: uuid,
  name: z.string(),
  role: z.enum(contactRoles),
  position: z.string().nullable(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  verifiedOn: z.string().nullable(),
  version,
})
export type ContactView = z.infer<typeof contactView>

/** One change of one record, newest first. A personal field shows its values only to who may see contact persons. */
export const historyEntry = z.object({
  id: z.number().int(),
  at: timestamp,
  by: z.string().nullable(),
  action: z.string(),
  /** Fields of a contact person begin with `contact.`; `hidden` says that the reader may not see their values. */
  changes: z.array(
    z.object({ field: z.string(), before: z.unknown(), after: z.unknown(), hidden: z.boolean().optional() }),
  ),
})
export type HistoryEntry = z.infer<typeof historyEntry>

/** The filter that list, counts, map and export share. */
export const communityFilter = {
  /** Words in name, alias, sitio or office id; spelling differences do not matter. */
  q: z.string().trim().max(100).optional(),
  /** A place of any level, by PSGC code. */
  place: psgc.optional(),
  status: listParam(z.enum(communityStatuses)).optional(),
  group: listParam(z.enum(groupFilters)).optional(),
  /** `true`: only with coordinates, `false`: only without. */
  located: flagParam.optional(),
  /** `true` shows the archived ones instead of the current ones. */
  archived: flagParam.optional(),
}
export const communityFilterQuery = z.object(communityFilter)
export type CommunityFilter = z.infer<typeof communityFilterQuery>

const communityParams = z.object({ communityId: uuid })
const contactParams = z.object({ communityId: uuid, contactId: uuid })
const reason = requiredLine(300)

export const communityRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/communities',
    summary: 'Communities in the reader’s sight, filtered, sorted, by keyset pages.',
    permission: 'community.read',
    query: z.object({ ...communityFilter, ...pageQuery, sort: z.enum(communitySorts).optional() }),
    reply: pageOf(communityRow),
  },
  figures: {
    method: 'GET',
    path: '/api/v1/communities/figures',
    summary: 'Counts and sums over the same filter as the list. Sums say how many rows have a figure.',
    permission: 'community.read',
    query: communityFilterQuery,
    reply: z.object({
      total: z.number().int(),
      byStatus: z.record(z.enum(communityStatuses), z.number().int()),
      byGroup: z.array(z.object({ group: group.nullable(), total: z.number().int() })),
      byRegion: z.array(z.object({ region: placeRef, total: z.number().int() })),
      population: z.object({ sum: z.number().int(), known: z.number().int() }),
      households: z.object({ sum: z.number().int(), known: z.number().int() }),
      located: z.number().int(),
      asOf: timestamp,
    }),
  },
  map: {
    method: 'GET',
    path: '/api/v1/communities/map',
    summary:
      'Positions of the filtered communities as compact columns: [longitude, latitude, status index, id, name] per community that has coordinates.',
    permission: 'community.read',
    query: communityFilterQuery,
    reply: z.object({
      statuses: z.array(z.enum(communityStatuses)),
      points: z.array(z.tuple([z.number(), z.number(), z.number().int(), uuid, z.string()])),
      /** Communities of the filter without coordinates. */
      unlocated: z.number().int(),
      /** True when there were more than the page shows; narrow the filter. */
      truncated: z.boolean(),
    }),
  },
  export: {
    method: 'GET',
    path: '/api/v1/communities/export',
    summary: 'Exactly the filtered rows as a file, streamed.',
    permission: 'community.export',
    query: z.object({ ...communityFilter, sort: z.enum(communitySorts).optional(), format: z.enum(exportFormats) }),
    download: true,
  },
  show: {
    method: 'GET',
    path: '/api/v1/communities/:communityId',
    summary: 'One community.',
    permission: 'community.read',
    params: communityParams,
    reply: communityView,
  },
  create: {
    method: 'POST',
    path: '/api/v1/communities',
    summary: 'Register a community. Send an `Idempotency-Key`, so that a second click does not register it twice.',
    permission: 'community.create',
    body: createCommunityBody,
    reply: communityView,
    status: 201,
  },
  change: {
    method: 'PATCH',
    path: '/api/v1/communities/:communityId',
    summary:
      'Change the fields sent, and no other. A stale version answers `stale_version` with the current record and what changed since.',
    permission: 'community.edit',
    params: communityParams,
    body: changeCommunityBody,
    reply: communityView,
  },
  archive: {
    method: 'POST',
    path: '/api/v1/communities/:communityId/archive',
    summary: 'Archive a community; nothing is deleted.',
    permission: 'community.archive',
    params: communityParams,
    body: z.strictObject({ reason, version }),
    reply: communityView,
  },
  restore: {
    method: 'POST',
    path: '/api/v1/communities/:communityId/restore',
    summary: 'Bring an archived community back.',
    permission: 'community.archive',
    params: communityParams,
    body: z.strictObject({ version }),
    reply: communityView,
  },
  history: {
    method: 'GET',
    path: '/api/v1/communities/:communityId/history',
    summary: 'Every change of the community, field by field, newest first.',
    permission: 'community.read_history',
    params: communityParams,
    query: z.object(pageQuery),
    reply: pageOf(historyEntry),
  },
  listContacts: {
    method: 'GET',
    path: '/api/v1/communities/:communityId/contacts',
    summary: 'Contact persons of a community (personal data, RA 10173).',
    permission: 'community.read_contacts',
    params: communityParams,
    reply: z.object({ items: z.array(contactView) }),
  },
  addContact: {
    method: 'POST',
    path: '/api/v1/communities/:communityId/contacts',
    summary: 'Add a contact person.',
    permission: 'community.edit_contacts',
    params: communityParams,
    body: contactBody,
    reply: contactView,
    status: 201,
  },
  changeContact: {
    method: 'PATCH',
    path: '/api/v1/communities/:communityId/contacts/:contactId',
    summary: 'Change a contact person.',
    permission: 'community.edit_contacts',
    params: contactParams,
    body: z.strictObject({ ...contactBody.partial().shape, version }),
    reply: contactView,
  },
  removeContact: {
    method: 'POST',
    path: '/api/v1/communities/:communityId/contacts/:contactId/remove',
    summary: 'Take a contact person off the community. The history keeps that there was one.',
    permission: 'community.edit_contacts',
    params: contactParams,
    body: z.strictObject({ version }),
  },
})
