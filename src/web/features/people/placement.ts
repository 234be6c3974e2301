import { type Role, type RoleEntry, roles, type ScopeKind, type Team } from '#contract/access.ts'

export interface Placement {
  role: Role | null
  team: Team | null
  organisation: { id: string; name: string } | null
  places: { code: string; name: string }[]
  communities: { id: string; name: string }[]
}

/** Whether a role reaches rows only through what is assigned to the person. */
export const reaches = (role: Role | null, kind: ScopeKind): boolean =>
  role !== null && Object.values((roles[role] as RoleEntry).grants).includes(kind)

/** What the API takes: only what the role can use goes along. */
export const placementBody = (placement: Placement & { role: Role }) => ({
  role: placement.role,
  team: placement.role === 'staff' ? placement.team : null,
  organisationId: placement.organisation?.id ?? null,
  placeCodes: reaches(placement.role, 'places') ? placement.places.map((place) => place.code) : [],
  communityIds: reaches(placement.role, 'communities') ? placement.communities.map((row) => row.id) : [],
})

export const placementPaths = ['role', 'team', 'organisationId', 'placeCodes', 'communityIds']
