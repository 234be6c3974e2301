import type { Module, ModuleDeps } from '#server/platform/module.ts'
import type { PlacesService } from '../places/index.ts'
import { serveCommunities } from './communities.http.ts'
import { communitiesService } from './communities.service.ts'
import { contactsService } from './contacts.service.ts'

export {
  type CommunityColumnKey,
  columnOfHeader,
  communityColumns,
} from './communities.columns.ts'
export { reach } from './communities.policy.ts'
export { findTakenOfficeIds } from './communities.repo.ts'
export {
  barangayProblem,
  type CommunityCells,
  communityWarnings,
  type ImportedCommunity,
  labelOf,
  parseCommunityInput,
} from './communities.rules.ts'
export { addContacts, registerMany, removeDemo } from './registrations.service.ts'

export const communitiesJobs = []

export function communitiesModule(deps: ModuleDeps & { places: PlacesService }): Module {
  const communities = communitiesService(deps)
  const contacts = contactsService(deps)
  return { http: (server) => serveCommunities(server, communities, contacts), jobs: [] }
}
