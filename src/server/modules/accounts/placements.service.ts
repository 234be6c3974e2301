import type { Role, Team } from '#contract/access.ts'
import { moaTypes } from '#contract/organisations.options.ts'
import type { Actor } from '#server/platform/actor.ts'
import type { Tx } from '#server/platform/db.ts'
import { invalidField } from '#server/platform/errors.ts'
import { findOrganisationOf, listKnownCommunities, listKnownPlaces } from './accounts.reads.ts'
import { replaceCommunities, replacePlaces } from './accounts.repo.ts'
import { assertMayGiveRole } from './accounts.rules.ts'

/** Where a person stands: what is left out stays as it is. */
export interface Placement {
  role?: Role | undefined
  team?: Team | null | undefined
  organisationId?: string | null | undefined
  placeCodes?: string[] | undefined
  communityIds?: string[] | undefined
}

export interface PlacedNow {
  role: string | null
  team: string | null
  organisationId: string | null
}

export const isPlacement = (change: Placement): boolean =>
  [change.role, change.team, change.organisationId, change.placeCodes, change.communityIds].some(
    (value) => value !== undefined,
  )

async function assertKnown(
  field: string,
  wanted: readonly string[],
  list: (keys: readonly string[]) => Promise<{ key: string }[]>,
): Promise<void> {
  if (wanted.length === 0) return
  const known = new Set((await list(wanted)).map((row) => row.key))
  const unknown = wanted.filter((key) => !known.has(key))
  if (unknown.length > 0) throw invalidField(field, `Unknown: ${unknown.slice(0, 5).join(', ')}.`)
}

/**
 * Checks where a person is to stand and says which columns that makes.
 * @throws AppError `invalid_input` for what cannot be, `forbidden` for a role that the actor may not give
 */
export async function checkPlacement(tx: Tx, actor: Actor, wanted: Placement, now: PlacedNow) {
  const role = wanted.role ?? (now.role as Role)
  if (role !== now.role) assertMayGiveRole(actor, role)
  if (wanted.team && role !== 'staff') throw invalidField('team', 'Only staff of OOBC belong to a team.')
  const team = role === 'staff' ? (wanted.team === undefined ? now.team : wanted.team) : null
  const organisationId = wanted.organisationId === undefined ? now.organisationId : wanted.organisationId
  const moved = organisationId !== now.organisationId
  if (moved || role !== now.role) {
    const organisation = organisationId === null ? undefined : await findOrganisationOf(tx, organisationId)
    if (moved && organisationId !== null && !organisation?.active)
      throw invalidField('organisationId', 'Choose an active organisation of the list.')
    if (role === 'moa_focal' && !(moaTypes as readonly string[]).includes(organisation?.type ?? ''))
      throw invalidField('organisationId', 'A ministry’s focal person needs a ministry, office or agency of BARMM.')
  }
  await assertKnown('placeCodes', wanted.placeCodes ?? [], (codes) => listKnownPlaces(tx, codes))
  await assertKnown('communityIds', wanted.communityIds ?? [], (ids) => listKnownCommunities(tx, ids))
  return { role, team, organisation_id: organisationId }
}

/** Gives the rows that the scopes `places` and `communities` reach. */
export async function placeRows(tx: Tx, accountId: string, wanted: Placement): Promise<void> {
  if (wanted.placeCodes) await replacePlaces(tx, accountId, [...new Set(wanted.placeCodes)])
  if (wanted.communityIds) await replaceCommunities(tx, accountId, [...new Set(wanted.communityIds)])
}
