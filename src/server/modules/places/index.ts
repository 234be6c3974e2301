import type { Module, ModuleDeps } from '#server/platform/module.ts'

export const placesJobs = []

export function placesModule(_deps: ModuleDeps): Module {
  return { http: () => {}, jobs: [] }
}
