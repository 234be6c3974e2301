import type { Module, ModuleDeps } from '#server/platform/module.ts'

export const importsJobs = []

export function importsModule(_deps: ModuleDeps): Module {
  return { http: () => {}, jobs: [] }
}
