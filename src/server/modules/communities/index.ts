import type { Module, ModuleDeps } from '#server/platform/module.ts'
import type { PlacesService } from '../places/index.ts'
import { serveCommunities } from './communities.http.ts'
import { type CommunitiesService, communitiesService } from './communities.service.ts'
import { contactsService } from './contacts.service.ts'

export {
  type CommunityColumn,
  type CommunityColumnKey,
  columnOfHeader,
  communityColumns,
} from './communities.columns.ts'
export {
  type BarangayFacts,
  barangayProblem,
  type CommunityCells,
  codeOf,
  communityWarnings,
  type ImportedCommunity,
  parseCommunityInput,
} from './communities.rules.ts'
export type { CommunitiesService } from './communities.service.ts'
export type { RegisterOptions } from './registrations.service.ts'

export const communitiesJobs = []

export interface CommunitiesModule extends Module {
  service: CommunitiesService
}

export function communitiesModule(deps: ModuleDeps & { places: PlacesService }): CommunitiesModule {
  const service = communitiesService(deps)
  const contacts = contactsService(deps)
  return { service, http: (server) => serveCommunities(server, service, contacts), jobs: [] }
}
