import { z } from 'zod'
import { flagParam, intParam } from './paging.ts'
import { placeKinds, placeLevels } from './places.options.ts'
import { defineRoutes } from './route.ts'

/** Philippine Standard Geographic Code, ten digits. */
export const psgc = z.string().regex(/^\d{10}$/, 'Type a PSGC code of ten digits.')

export const placeRef = z.object({ code: psgc, name: z.string(), level: z.enum(placeLevels) })

const placeSummary = placeRef.extend({
  kind: z.enum(placeKinds),
  /** Ancestors from the region down to the parent. */
  path: z.array(placeRef),
  inBarmm: z.boolean(),
})
export type PlaceSummary = z.infer<typeof placeSummary>

const placeView = placeSummary.extend({
  aliases: z.array(z.string()),
  validFrom: z.string().nullable(),
  validUntil: z.string().nullable(),
  predecessors: z.array(placeRef.extend({ on: z.string(), source: z.string() })),
  successors: z.array(placeRef.extend({ on: z.string(), source: z.string() })),
  /** Membership of BARMM, dated; `until` null means still a member. */
  barmm: z.array(z.object({ from: z.string(), until: z.string().nullable(), source: z.string() })),
  /** Earlier parents, when the place moved. */
  formerParents: z.array(placeRef.extend({ from: z.string().nullable(), until: z.string(), source: z.string() })),
  /** How many places of each level lie inside. */
  inside: z.object({ province: z.number().int(), city: z.number().int(), barangay: z.number().int() }),
})
export type PlaceView = z.infer<typeof placeView>

export const placeRoutes = defineRoutes({
  search: {
    method: 'GET',
    path: '/api/v1/places',
    summary:
      'Find places by name, best matches first; spelling differences (ñ, Brgy., Sto., hyphen, spacing) do not matter.',
    permission: 'place.read',
    query: z.object({
      /** At least two letters, or a PSGC code. */
      q: z.string().trim().min(2, 'Type at least two letters.').max(100),
      level: z.enum(placeLevels).optional(),
      /** Only places inside this one. */
      within: psgc.optional(),
      /** `false` leaves out places that are in BARMM today, `true` those that are not. */
      barmm: flagParam.optional(),
      limit: intParam(1, 50).optional(),
    }),
    reply: z.object({ items: z.array(placeSummary) }),
  },
  children: {
    method: 'GET',
    path: '/api/v1/places/children',
    summary: 'The places directly below a place; without `of`, the regions.',
    permission: 'place.read',
    query: z.object({ of: psgc.optional() }),
    reply: z.object({ items: z.array(placeSummary.omit({ path: true }).extend({ hasChildren: z.boolean() })) }),
  },
  show: {
    method: 'GET',
    path: '/api/v1/places/:code',
    summary: 'One place: path, aliases, validity, predecessors and successors, membership of BARMM.',
    permission: 'place.read',
    params: z.object({ code: psgc }),
    reply: placeView,
  },
})
