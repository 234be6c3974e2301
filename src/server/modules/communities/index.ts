import type { Module, ModuleDeps } from '#server/platform/module.ts'

export const communitiesJobs = []

export function communitiesModule(_deps: ModuleDeps): Module {
  return { http: () => {}, jobs: [] }
}
