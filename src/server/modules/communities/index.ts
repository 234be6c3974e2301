import type { Module, ModuleDeps } from '#server/platform/module.ts'

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
  communityWarnings,
  type ImportedCommunity,
  parseCommunityInput,
} from './communities.rules.ts'

export const communitiesJobs = []

export function communitiesModule(_deps: ModuleDeps): Module {
  return { http: () => {}, jobs: [] }
}
